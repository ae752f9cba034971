"""Does a file that is no network give an error that says why?"""

import gzip

import pytest

from simulation.errors import InputError
from simulation.readers import read_network


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv.gz", b"", "empty"),
        ("a.csv", b" \n\n", "empty"),
        ("a.csv", b"# only\n% comments\n", "no ties"),
        ("a.csv", b"source,target\n", "no ties"),
        ("a.csv", b"lonely\npeople\n", r"(?s)no ties.*line 1: 'lonely' \(too few fields"),
        ("a.csv", b"1,1\n", "(?s)no ties.*self ties"),
        ("a.csv", b"1,2\n\x00\x01\x02", "not a text file.*line 2"),
        ("a.csv", bytes(range(128, 256)), "not UTF-8"),
        ("a.csv", "1,2\nJürgen,3\n".encode("latin-1"), "0xfc in line 2"),
        ("a.csv", "1,2\n".encode("utf-16"), "UTF-16"),
        ("a.docx", b"1,2\n", "unknown format '.docx'"),
        ("a.cvs", b"1,2\n", "did you mean '.csv'"),
        ("a", b"1,2\n", "unknown format ''"),
        ("a.gz", b"1,2\n", "unknown format"),
        ("a.graphml", b"<graphml><oops", "not readable as graphml"),
        ("a.gexf", b"1,2\n", "not readable as gexf"),
        ("a.mtx", b"1 2\n", "must begin"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate pattern general\n3 4 1\n1 2\n", "as many columns"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate pattern general\n3 3 2\n1 2\n", "declares 2 entries but has 1"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate pattern general\n3 3 1\n1 4\n", "index 4"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate pattern general\n3 3 1\n1 x\n", "index x"),
    ],
)
def test_files_that_are_no_network(write, name, data, message):
    with pytest.raises(InputError, match=message):
        read_network(write(data, name))


def test_paths_that_lead_nowhere(write, tmp_path):
    write("1,2\n", "follows.csv")
    for source, message in [
        (tmp_path / "folows.csv", "did you mean 'follows.csv'"),
        (tmp_path / "none" / "a.csv", "no folder"),
        (tmp_path, "is a folder"),
        (None, "neither the path"),
        ("", "neither the path"),
    ]:
        with pytest.raises(InputError, match=message):
            read_network(source)


def test_broken_gzip(tmp_path):
    path = tmp_path / "a.csv.gz"
    for data in (gzip.compress(b"1,2\n" * 1000)[:-9], b"1,2\n"):
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"gzip|unpacked"):
            read_network(path)
