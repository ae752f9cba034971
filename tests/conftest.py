"""Which work do the tests do once, before several processes share them?"""

import pytest


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile the engine once, where it must be: else every process would compile it for itself, at the same time."""
    if not getattr(session.config.option, "numprocesses", None) or session.config.option.collectonly:
        return  # one process, or a worker: the first test that needs the engine compiles it
    from simulation.compiled import compile_once

    compile_once()
