"""Is an edited measure noticed, though it has the same name?"""

import sys

import pytest

from simulation.errors import InputError
from simulation.sweep.identity import refuse_another, source_of
from simulation.sweep.store import DESIGN

SOURCE = (
    "LEAST = 2\n\ndef helper(x):\n    return x\n\ndef measure(record):\n    return {'ties': helper(record) + LEAST}\n"
)


def imported(folder, source, monkeypatch):
    (folder / "own_measure.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    sys.modules.pop("own_measure", None)
    import linecache

    linecache.clearcache()
    return __import__("own_measure").measure


@pytest.mark.parametrize(
    ("was", "now"), [("return x", "return -x"), ("LEAST = 2", "LEAST = 3"), ("+ LEAST", "- LEAST")]
)
def test_an_edit_is_another_sweep_and_is_shown(tmp_path, monkeypatch, was, now):
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = {"measure source": source_of(imported(tmp_path, SOURCE, monkeypatch))}
    after = {"measure source": source_of(imported(tmp_path, SOURCE.replace(was, now), monkeypatch))}
    (tmp_path / f".{DESIGN}").write_text(__import__("json").dumps(before))
    refuse_another(tmp_path, before)
    with pytest.raises(InputError, match=r"source of the measure has changed[\s\S]*" + now.replace("+", r"\+")):
        refuse_another(tmp_path, after)
