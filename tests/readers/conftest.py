"""Files for the tests of readers."""

import gzip

import pytest


@pytest.fixture
def write(tmp_path):
    """A function that writes a text or bytes to a file, packed where its name says so."""

    def write(text, name="ties.csv"):
        path = tmp_path / name
        data = text if isinstance(text, bytes) else text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write
