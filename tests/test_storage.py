import numpy as np
import pandas as pd
import pytest

from simulation import (
    InputError,
    Parameters,
    Record,
    Run,
    folders,
    from_network,
    open_world,
    rules,
    simulate,
    storage,
    workplace,
)
from tests.records import ALL, TABLES, changing, edit, from_graph, same_state, same_tables


@pytest.fixture(scope="module")
def changed():
    return simulate(ticks=12, **changing())


def steep(cost, load):
    return cost * load * load


def steeper(cost, load):
    return cost * load * load * load


def continued(folder, arguments, first=12, ticks=30, **how):
    """Return a run of 30 ticks, and one of 12 that was written, read and continued."""
    at_once = Run(**arguments).advance(ticks)
    Run(**arguments).advance(first).record().save(folder, checkpoint=True)
    return at_once, Run.resume(folder, compile=arguments.get("compile", True), **how).advance(ticks - first)


@pytest.mark.parametrize("first", [0, 1, 12, 30])
def test_a_continued_run_is_the_run(tmp_path, first):
    at_once, later = continued(tmp_path, changing(), first)
    same_state(at_once, later)
    one, other = at_once.record(), later.record()
    same_tables(one, other)
    assert other.ended == "ran all 30 ticks" or first == 30
    different = {name for name in one.provenance if one.provenance[name] != other.provenance[name]}
    assert different <= {"written"}
    other.save(tmp_path, checkpoint=True)
    assert storage.replay(tmp_path, compile=False).agrees


@pytest.mark.parametrize(
    "world",
    [
        lambda: workplace(span=3, levels=3, generosity={0: 0.1, 1: 0.5, 2: 1 / 3}, introducing=0.1),
        lambda: open_world(agents=25, start="growth", key=np.arange(25)[::-1], world_seed=9),
        from_graph,
    ],
    ids=["workplace", "growth", "network"],
)
def test_all_worlds_continue_and_replay(tmp_path, world):
    at_once, later = continued(tmp_path, {"world": world(), "parameters": Parameters(departure=0.05, arrivals=1.0),
                                          "seed": 3, "keep": ALL, "compile": False}, 5, 9)  # fmt: skip
    same_state(at_once, later)
    pd.testing.assert_frame_equal(at_once.record().series, later.record().series)
    assert storage.replay(tmp_path, compile=False).agrees


@pytest.mark.slow
def test_a_continued_run_is_the_run_compiled(tmp_path):
    at_once, later = continued(tmp_path, changing(compile=True))
    same_state(at_once, later)
    same_tables(at_once.record(), later.record())
    interpreted = Run.resume(tmp_path, compile=False).advance(18)
    same_state(at_once, interpreted)


def test_own_rules_must_be_passed_again(tmp_path):
    own = rules.replace(price=steep)
    at_once, later = continued(tmp_path, changing(rules=own), rules=own)
    same_state(at_once, later)
    both = (
        r"rule price: the record was made with 'steep', given is 'steeper'(.|\n)*load \* load\n(.|\n)*load \* load \* l"
    )
    for again in (Run.resume, storage.replay):
        with pytest.raises(InputError, match=r"made with 'steep', given is \"the model's own\"(.|\n)*def steep\("):
            again(tmp_path, compile=False)
        with pytest.raises(InputError, match=both):
            again(tmp_path, rules=rules.replace(price=steeper), compile=False)
    assert storage.replay(tmp_path, rules=own, compile=False).agrees


def test_rules_that_the_run_did_not_have_are_refused(changed, tmp_path):
    changed.save(tmp_path, checkpoint=True)
    with pytest.raises(InputError, match=r"rule price: the record was made with \"the model's own\", given is 'steep'"):
        Run.resume(tmp_path, rules=rules.replace(price=steep))


def test_a_checkpoint_under_other_circumstances_is_refused(changed, tmp_path, monkeypatch):
    changed.save(tmp_path, checkpoint=True)
    with pytest.raises(InputError, match=r"does not fit the parameters given: cost: 0\.33\d+ there, 0\.4 in the par"):
        Run.resume(tmp_path, parameters=changed.parameters.replace(cost=0.4))
    assert Run.resume(tmp_path, parameters=changed.parameters, compile=False).tick == 12
    now = storage.software()
    for name, other in (("version", "9.0"), ("dynamics_fingerprint", "0" * 16)):
        with monkeypatch.context() as later:
            later.setattr(storage, "software", lambda name=name, other=other: now | {name: other})
            with pytest.raises(InputError, match=f"software.{name}: '{now[name]}' there, '{other}' in this software"):
                Run.resume(tmp_path, compile=False)


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (lambda told: told["parameters"].update(churn=0.5), r"parameters\.churn: 0\.02 there, 0\.5 in provenance"),
        (lambda told: told.update(seed=6), "seed: 5 there, 6 in provenance"),
        (lambda told: told.update(ticks=11), "ticks: 12 there, 11 in"),
        (lambda told: told["world"].update(attention=5), r"world\.attention: 4 there, 5 in"),
        (lambda told: told["interventions"].pop(), "interventions: "),
    ],
)
def test_an_altered_provenance_is_refused(changed, tmp_path, change, shown):
    changed.save(tmp_path, checkpoint=True)
    edit(tmp_path, change)
    with pytest.raises(InputError, match=rf"checkpoint\.npz: does not fit provenance\.json: .*{shown}"):
        Run.resume(tmp_path, compile=False)


def test_no_checkpoint_and_one_that_was_cut_before_it_was_listed(changed, tmp_path):
    changed.save(tmp_path)
    with pytest.raises(InputError, match=r"has no checkpoint; write one by save\(folder, checkpoint=True\)"):
        Run.resume(tmp_path)
    changed.save(tmp_path, checkpoint=True)
    cut = (tmp_path / "checkpoint.npz").read_bytes()[:-100]
    (tmp_path / "checkpoint.npz").write_bytes(cut)
    about = {"bytes": len(cut), "sha256": folders._sha256(tmp_path / "checkpoint.npz")}
    edit(tmp_path, lambda told: told["files"].update({"checkpoint.npz": about}))
    with pytest.raises(InputError, match=r"checkpoint\.npz: cannot be read"):
        Run.resume(tmp_path)


def test_replay_agrees_and_says_so(changed, tmp_path):
    changed.save(tmp_path)
    report = storage.replay(tmp_path, compile=False)
    assert report.agrees and report.differences == () and report.changed == {}
    assert set(report.compared) == {*TABLES, "start"} and sum(report.compared.values()) > 5000
    assert "every number agrees" in str(report)


def test_replay_of_a_network_needs_no_file(tmp_path):
    edges = tmp_path / "edges.csv"
    edges.write_text("follower,followee\n" + "".join(f"{a},{(a * 7 + 3) % 20 + 100}\n" for a in range(1, 40)))
    record = simulate(from_network(edges), ticks=5, seed=1, compile=False)
    record.save(tmp_path / "record")
    edges.unlink()
    assert storage.replay(tmp_path / "record", compile=False).agrees
    assert Record.load(tmp_path / "record").provenance["world"]["source"] == str(edges)


@pytest.mark.parametrize(
    ("table", "column", "row"),
    [("series", "deliveries", 4), ("series", "followers_gini", 11), ("agents", "received", 3), ("ties", "followee", 0),
     ("ledger", "reason", 7), ("ledger", "tick", 2), ("snapshots", "locked", 5), ("feeds", "value", 1)],
)  # fmt: skip
def test_replay_finds_a_single_wrong_number(changed, tmp_path, table, column, row):
    changed.save(tmp_path)
    path = tmp_path / f"{table}.parquet"
    numbers = pd.read_parquet(path)
    right = numbers.loc[row, column]
    if numbers[column].dtype == float:
        wrong = np.nextafter(right, 2)
    elif column == "reason":
        wrong = "churn" if right != "churn" else "stale"
    else:
        wrong = not right if numbers[column].dtype == bool else right + 1
    if column == "reason":
        numbers[column] = numbers[column].astype(str)
    numbers.loc[row, column] = wrong
    numbers.to_parquet(path, index=False)
    about = {"bytes": path.stat().st_size, "sha256": folders._sha256(path)}
    edit(tmp_path, lambda told: told["files"].update({path.name: about}))
    report = storage.replay(tmp_path, compile=False)
    assert not report.agrees
    assert [(each.table, each.column, each.row, each.rows) for each in report.differences] == [(table, column, row, 1)]
    assert report.differences[0].stored == wrong and report.differences[0].replayed == right
    assert f"{table}, {column}, row {row}: stored" in str(report)


def test_replay_finds_other_parameters_and_lost_rows(changed, tmp_path):
    changed.save(tmp_path)
    edit(tmp_path, lambda told: told["parameters"].update(churn=0.1))
    report = storage.replay(tmp_path, compile=False)
    assert not report.agrees
    assert {"series", "ties"} <= {each.table for each in report.differences}
    assert any(each.column == "number of rows" for each in report.differences)


def test_replay_shows_another_version(changed, tmp_path, monkeypatch):
    changed.save(tmp_path)
    now = storage.software()
    monkeypatch.setattr(storage, "software", lambda: now | {"version": "9.0", "dynamics_fingerprint": "f" * 16})
    report = storage.replay(tmp_path, compile=False)
    assert report.agrees  # the numbers are what counts
    assert report.changed == {
        "software.version": (now["version"], "9.0"),
        "software.dynamics_fingerprint": (now["dynamics_fingerprint"], "f" * 16),
    }
    assert "software.version: " in str(report)


def test_replay_of_a_stranger_world_says_so(changed, tmp_path):
    changed.save(tmp_path)
    edit(tmp_path, lambda told: told["world"].update(name="open_wrld"))
    with pytest.raises(InputError, match="unknown world 'open_wrld'; did you mean 'open_world'"):
        storage.replay(tmp_path)
