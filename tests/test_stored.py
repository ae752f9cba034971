import json

import networkx as nx
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from simulation import (
    InputError,
    Keep,
    Parameters,
    Record,
    Run,
    open_world,
    simulate,
    storage,
)
from tests.records import changing, edit, from_graph, same_tables


@pytest.fixture(scope="module")
def changed():
    return simulate(ticks=12, **changing())


def test_tables_and_provenance_come_back(changed, tmp_path):
    assert changed.save(tmp_path / "new" / "record") == tmp_path / "new" / "record"
    read = Record.load(tmp_path / "new" / "record")
    assert len(read.ledger) and len(read.snapshots) and len(read.feeds)
    same_tables(read, changed)
    for mine, theirs in zip(read.ties_at_start, changed.ties_at_start, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert (read.seed, read.ticks, read.ended) == (5, 12, "ran all 12 ticks")
    assert read.parameters == changed.parameters and not read.has_checkpoint
    told = {name: read.provenance[name] for name in changed.provenance}
    assert told == json.loads(json.dumps(changed.provenance))
    assert read.provenance["parameters"]["cost"] == 1 / 3
    assert set(read.provenance["software"]) == {"name", "version", "dynamics_fingerprint"}
    assert nx.utils.graphs_equal(read.network(), changed.network())


def test_floats_come_back_to_the_last_bit(tmp_path):
    awkward = [0.1 + 0.2, 5e-324, 1 / 3, 1.0, np.nextafter(1, 0)]
    record = simulate(open_world(agents=5, generosity=awkward), Parameters(cost=1e8 / 3), ticks=0, seed=2**63 - 1)
    read = Record.load(record.save(tmp_path))
    assert read.provenance["world"]["generosity"] == awkward
    assert read.parameters.cost == 1e8 / 3 and read.seed == 2**63 - 1
    np.testing.assert_array_equal(read.world.attributes["generosity"], awkward)


def test_nothing_kept_and_nothing_run(tmp_path):
    record = simulate(open_world(agents=1, start="empty"), ticks=0, seed=1, compile=False)
    record.save(tmp_path, checkpoint=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "agents.parquet", "checkpoint.npz", "provenance.json", "series.parquet", "start.parquet", "ties.parquet",
    ]  # fmt: skip
    same_tables(Record.load(tmp_path), record)
    assert Run.resume(tmp_path, compile=False).advance(2).tick == 2
    assert storage.replay(tmp_path, compile=False).agrees


def test_kept_but_empty_tables_keep_their_types(tmp_path):
    record = simulate(open_world(agents=3, start="empty", find_rate=0), ticks=3, seed=1, keep=Keep(True, 2, True),
                      compile=False)  # fmt: skip
    same_tables(Record.load(record.save(tmp_path)), record)


def test_parquet_needs_none_of_our_code(changed, tmp_path):
    changed.save(tmp_path)
    for name, number in (("series", "tick"), ("agents", "agent")):
        table = pq.read_table(tmp_path / f"{name}.parquet")
        assert table.column(number).to_pylist() == list(range(len(getattr(changed, name))))
        assert not any(name.startswith("__") for name in table.column_names)
    plain = pd.read_parquet(tmp_path / "ledger.parquet")
    assert list(plain["reason"]) == list(changed.ledger["reason"])
    for path in tmp_path.glob("*.parquet"):
        assert "seed" not in pq.read_table(path).column_names


@pytest.mark.parametrize("column", ["name", "agent", "tick"])
def test_columns_of_a_node_table_never_get_in_the_way(column, tmp_path):
    world = from_graph()
    if column != "name":
        world.table[column] = 3
    record = simulate(world, ticks=2, seed=1, compile=False)
    same = Record.load(record.save(tmp_path))
    shown = column if column != "agent" else "agent_given"
    assert list(same.agents[shown]) == list(record.agents[shown])


def test_records_that_are_not_there(tmp_path):
    with pytest.raises(InputError, match=r"nowhere' does not exist; allowed: a folder that holds a record"):
        Record.load(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"holds no record: provenance\.json is missing"):
        Record.load(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file; allowed"):
        Record.load(tmp_path / "file")


@pytest.mark.parametrize("name", ["series.parquet", "agents.parquet", "start.parquet", "checkpoint.npz"])
def test_missing_cut_and_altered_files_are_named(changed, tmp_path, name):
    changed.save(tmp_path, checkpoint=True)
    whole = (tmp_path / name).read_bytes()
    altered = whole[:300] + bytes([whole[300] ^ 1]) + whole[301:]
    for damaged in (whole[:-7], b"", altered):
        (tmp_path / name).write_bytes(damaged)
        with pytest.raises(InputError, match=rf"{name}: is damaged, or belongs to another record than the rest \("):
            Record.load(tmp_path)
        with pytest.raises(InputError, match=name):
            Run.resume(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(InputError, match=rf"{name}: is missing, though provenance\.json lists it"):
        Record.load(tmp_path)


def test_a_mixture_of_two_records_is_found_out(changed, tmp_path):
    changed.save(tmp_path / "a")
    simulate(ticks=12, **changing(seed=6)).save(tmp_path / "b")
    (tmp_path / "b" / "ledger.parquet").replace(tmp_path / "a" / "ledger.parquet")
    with pytest.raises(InputError, match=r"ledger\.parquet: .* belongs to another record than the rest"):
        Record.load(tmp_path / "a")


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"files": 3}', '{"files": {"x": 1}}', "\udcff"])
def test_a_damaged_provenance_is_named(changed, tmp_path, text):
    changed.save(tmp_path)
    (tmp_path / "provenance.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(InputError, match=r"provenance\.json: (is no record's|cannot be read, or is damaged)"):
        Record.load(tmp_path)


def test_newer_and_incomplete_provenance(changed, tmp_path):
    changed.save(tmp_path)
    edit(tmp_path, lambda told: told.update(schema_version=2))
    with pytest.raises(InputError, match=r"schema_version: 2, written by a newer version of connectors; allowed: 1 or"):
        Record.load(tmp_path)
    edit(tmp_path, lambda told: told.update(schema_version=1) or told.pop("seed"))
    with pytest.raises(InputError, match="lacks the field 'seed'"):
        Record.load(tmp_path)
    edit(tmp_path, lambda told: told.update(seed=5) or told["files"].pop("ties.parquet"))
    with pytest.raises(InputError, match="lacks the table 'ties'"):
        Record.load(tmp_path)
