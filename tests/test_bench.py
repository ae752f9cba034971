"""Are the benchmark's figures complete, right in their arithmetic, fit for JSON, and is their comparison fair?"""

import json

import numpy as np
import pytest
from scipy import stats

from simulation import bench, compiled
from simulation.bench import compare, figures, kernels, limits, measure, processes, tables, twitter, workload
from simulation.errors import InputError
from simulation.exchange import to_ties
from simulation.run import Run

PHASES = {"find", "give", "deliver", "read", "rewire", "observe"}
ONES = dict.fromkeys(kernels.NAMES, 1.0)


@pytest.fixture
def tiny(monkeypatch):
    """Measure in this process, and small."""
    monkeypatch.setattr(kernels, "measure", lambda *_, **__: dict(ONES))
    monkeypatch.setattr(figures, "apart", lambda what, **how: getattr(measure, what)(**how))
    monkeypatch.setattr(figures, "software", lambda: {"name": "connectors", "version": "0", "dynamics_fingerprint": ""})
    monkeypatch.setattr(processes, "fresh_peak", processes.peak_memory)  # pytest's own count is left alone
    monkeypatch.setattr(workload, "ticks_for", lambda agents: 2)
    monkeypatch.setattr(measure.small, "__defaults__", (20, 3, 2))
    monkeypatch.setattr(measure.sweeping, "__defaults__", (4, 12, 20, 3, "serial"))
    monkeypatch.setattr(figures, "in_child", lambda arguments: '{"deliveries_per_second": [1000.0]}')


def result_of(**values):
    """Return a benchmark with these figures' values."""
    return {"figures": [figures.figure(name, each) for name, each in values.items()]}


# --- figures ----------------------------------------------------------------------------------------------------


def test_every_goal_has_its_figure_and_all_is_json(tiny):
    seen = []
    skipped = {"compile", "twitter"}  # a fresh process of most of a minute; a world of at least a thousand
    result = bench.bench([name for name in bench.GROUPS if name not in skipped], runs=2, agents=30, done=seen.append)
    assert json.loads(json.dumps(result, allow_nan=False)) == result
    assert result["figures"] == seen
    names = {each["name"] for each in seen}
    assert names == set(bench.GOALS) - skipped - {"mesa_100000", "numpy_100000"}  # one size was asked for
    assert all(each["min"] <= each["median"] <= each["max"] for each in seen if each["values"])
    assert all("met" not in each for each in seen if each.get("at"))


def test_a_run_of_the_workload():
    run, found = workload.advance(30, ticks=2)
    deliveries = np.concatenate(run.series)[-2:, 6].sum()
    assert found["counts"]["deliveries"] * 2 == deliveries
    assert found["ns"] == pytest.approx(1e9 * found["seconds"] / deliveries)
    assert run.tick == workload.WARM_UP + 2


def test_the_work_is_what_is_promised():
    if compiled.interpreting():
        pytest.skip("interpreted, a size at which this can be judged takes minutes")
    _, found = workload.advance(2000)
    counts = found["counts"]
    assert 9 <= counts["deliveries"] / 2000 <= 11
    assert counts["lost_share"] <= 0.05
    reasons = ("encounter", "credit", "follow_back", "introduction")
    wanted = ["shared", "brought", "introductions", "unfollow_churn", *(f"follow_{each}" for each in reasons)]
    assert {name for name in wanted if not counts[name] > 0} == set()


def test_phases_and_threads_where_the_engine_has_them(tiny, monkeypatch):
    real_advance, real_start, threads_of = Run.advance, Run.__init__, []

    def advance(run, ticks, progress=None, timings=None):
        if timings is not None:
            timings.update(find=1.0, deliver=3.0)
        return real_advance(run, ticks, progress)

    def start(run, *given, threads=1, **how):
        threads_of.append(threads)
        real_start(run, *given, **how)

    monkeypatch.setattr(Run, "advance", advance)
    monkeypatch.setattr(Run, "__init__", start)
    result = bench.bench(["speed", "threads"], runs=1, agents=30)
    speed, _, same = result["figures"]
    assert set(threads_of) == {1, 2}
    assert same["values"] == [1.0]
    phases = {row["phase"]: row for row in speed["phases"]}
    assert phases["deliver"]["ns"] == pytest.approx(3 * phases["find"]["ns"])
    assert phases["find"]["ns"] == pytest.approx(1e9 / (2 * speed["counts"]["deliveries"]))
    assert phases["read"]["ns"] is None and phases["read"]["limit"] > 0


def test_another_course_of_events_is_not_the_same_bits():
    one, other, same = (workload.advance(30, ticks=ticks)[0] for ticks in (2, 3, 2))
    assert measure.digest(one) == measure.digest(same) != measure.digest(other)
    same.state.agents.received[3] += 1e-12
    assert measure.digest(one) != measure.digest(same)


def test_goals_are_judged_on_the_right_side():
    assert figures.figure("small", [7.0, 8.0, 9.0])["met"]
    assert not figures.figure("small", [7.0, 8.1, 9.0])["met"]
    assert figures.figure("threads", [1.6, 1.7, 1.8])["met"]
    assert not figures.figure("threads", [1.6, 1.69, 1.8])["met"]
    assert "met" not in figures.figure("threads", [])
    assert "met" not in figures.figure("small", [1.0], at=10)


@pytest.mark.parametrize(("how", "message"), [({"groups": ["sped"]}, "speed"), ({"runs": 0}, "runs: 0.*>= 1"),
                                              ({"agents": 1}, "agents: 1.*>= 2")])  # fmt: skip
def test_what_cannot_be_measured_is_refused(how, message):
    with pytest.raises(InputError, match=message):
        bench.bench(**how)


@pytest.mark.slow
def test_a_repetition_in_a_fresh_process():
    found = processes.apart("memory", agents=500)
    assert found["resting"] > 500 * found["bytes_per_agent"]
    if found["peak_running"] is not None:
        assert 0 <= found["peak_running"] < 2**27  # the interpreter and its libraries are not in it


@pytest.mark.slow
def test_a_measurement_that_dies_says_why():
    with pytest.raises(ChildProcessError, match=r"measuring .*speed.* failed \(status 1\): .*agents: 1; allowed"):
        processes.apart("speed", agents=1)


def test_peak_memory_grows_with_what_is_held():
    before = processes.peak_memory()
    if before is None:
        pytest.skip("this system does not tell")
    held = b"x" * (before + 2**26)
    assert processes.peak_memory() - before >= 2**26
    del held


# --- limits -----------------------------------------------------------------------------------------------------


def test_kernels_do_what_they_say():
    block = 1 << kernels.BLOCK
    index = np.array([5, block, 3, 2 * block + 9, 5], np.int32)
    pairs, free = np.zeros(5, np.uint64), np.array([0, 3, 4], np.int64)
    kernels.scatter_blocked(pairs, free, index)
    assert [(int(pair) >> 32, int(pair) & 0xFFFFFFFF) for pair in pairs] == [(5, 0), (3, 2), (5, 4), (block, 1),
                                                                            (2 * block + 9, 3)]  # fmt: skip
    into = np.zeros(2 * block + 10, np.uint64)
    kernels.write_random(pairs, into, index)
    assert into[[5, block, 3, 2 * block + 9]].tolist() == [4, 1, 2, 3]
    assert kernels.gather_random(pairs, into, index) == 14
    numbers = np.zeros(4, np.uint64)
    kernels.write_all(numbers, into, index)
    assert kernels.read_all(numbers, into, index) == 6


@pytest.mark.slow
def test_kernels_take_time():
    cost = kernels.measure(agents=5000, threads=2, runs=2, count=2**12)
    assert set(cost) == set(kernels.NAMES)
    assert all(0 < each < 1e6 for each in cost.values())


def test_limits_follow_from_bytes_and_accesses():
    run, found = workload.advance(40, ticks=2)
    counts = found["counts"]
    assert set(limits.demands(run.state, counts)) == PHASES
    limit = limits.limits(run.state, counts, ONES)
    assert limit["observe"] == pytest.approx(40 * 4 / counts["deliveries"])
    assert min(limit.values()) > 0
    double = limits.limits(run.state, counts, dict.fromkeys(ONES, 2.0))
    assert double == pytest.approx({name: 2 * each for name, each in limit.items()})
    more = limits.demands(run.state, {**counts, "deliveries": 2 * counts["deliveries"]})
    assert more["deliver"].scattered == 2 * counts["deliveries"]


def test_tables(tiny):
    result = bench.bench(["speed", "small"], runs=1, agents=30)
    text, page = tables.show(result), tables.show(result, markdown=True)
    assert PHASES | {"whole"} <= {line.split()[0] for line in text.splitlines() if line}
    assert page.count("| whole tick |") == 1
    assert result["warning"] in text and result["environment"]["processor"] in text
    speed = result["figures"][0]
    assert tables.ratio_to_limit(speed) == pytest.approx(speed["median"] / speed["limit"])
    assert tables.cells(figures.figure("growth", [], note="why"))[-1] == "why"


# --- comparison -------------------------------------------------------------------------------------------------


def test_noise_is_rarely_called_a_difference():
    random, wrong = np.random.default_rng(1), 0
    for _ in range(200):
        before, now = (result_of(**{name: random.lognormal(0, 0.1, 7) for name in ("small", "help", "shell")})
                       for _ in range(2))  # fmt: skip
        wrong += any(row["beyond_noise"] for row in compare.compare(before, now))
    assert wrong <= stats.binom.ppf(0.999, 200, compare.ALPHA)


def test_a_difference_is_found_and_its_size():
    random = np.random.default_rng(2)
    before = result_of(small=random.normal(10, 0.1, 7), help=random.normal(1, 0.01, 7))
    now = result_of(small=random.normal(8, 0.1, 7), help=random.normal(1, 0.01, 7))
    small, other = compare.compare(before, now)
    assert small["beyond_noise"] and not other["beyond_noise"]
    assert small["low"] < 0.8 < small["high"] and small["high"] - small["low"] < 0.05
    assert "yes" in compare.table([small]) and "no" in compare.table([other])


def test_intervals_cover_as_often_as_they_say():
    random = np.random.default_rng(3)
    held = sum(low <= 1.5 <= high for _, low, high in
               (compare.interval(random.lognormal(0, 0.3, 6), 1.5 * random.lognormal(0, 0.3, 7))
                for _ in range(1000)))  # fmt: skip
    assert 940 <= held <= 985
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    _, low, high = compare.interval(x, x + 0.01)
    ordered = np.sort(((x + 0.01)[:, None] / x).ravel())
    assert (low, high) == (ordered[2], ordered[22])  # tables of the rank sum for 5 and 5: critical value 2
    assert compare.interval(x[:2], x[:2])[1:] == (-np.inf, np.inf)


def test_counted_figures_have_no_noise():
    (row,) = compare.compare(result_of(bytes_per_tie=[12.0] * 3), result_of(bytes_per_tie=[10.0] * 3))
    assert row["beyond_noise"] and row["ratio"] == row["low"] == row["high"] == 10 / 12
    assert not compare.compare(result_of(bytes_per_tie=[12.0]), result_of(bytes_per_tie=[12.0]))[0]["beyond_noise"]


def test_what_cannot_be_compared(tmp_path):
    with pytest.raises(InputError, match="no figure of the same size"):
        compare.compare(result_of(small=[1.0]), result_of(help=[1.0]))
    file = tmp_path / "bench.json"
    for content in ("{", "[]", '{"figures": 3}'):
        file.write_text(content)
        with pytest.raises(InputError, match=r"bench\.json"):
            compare.load(file)
    with pytest.raises(InputError, match="missing"):
        compare.load(tmp_path / "missing")
    file.write_text(json.dumps(result_of(small=[1.0])))
    assert compare.load(file)["figures"][0]["values"] == [1.0]


# --- the page ---------------------------------------------------------------------------------------------------


def test_tables_go_between_the_marks_of_a_page(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"above\n{tables.BEGIN}\nold\n{tables.END}\nbelow\n")
    for new in ("first", "second"):
        tables.put_into(page, new)
        assert page.read_text() == f"above\n{tables.BEGIN}\n\n{new}\n\n{tables.END}\nbelow\n"
    page.write_text("no marks")
    with pytest.raises(InputError, match="lacks the line"):
        tables.put_into(page, "new")
    assert page.read_text() == "no marks"
    with pytest.raises(InputError, match="cannot be read"):
        tables.put_into(tmp_path / "missing", "new")


def test_a_share_of_twitter_is_built_and_runs(tiny):
    (found,) = bench.bench(["twitter"], agents=2000, full=True)["figures"]
    about = found["found"]
    assert 0.9 < about["ties"] / (2000 * twitter.MEAN) < 1
    assert about["deliveries"] > 0 and about["resting"] > 8 * about["ties"]
    (left_out,) = bench.bench(["twitter"])["figures"]
    assert not left_out["values"] and "--full" in left_out["note"]


def test_the_share_of_twitter_starts_with_the_ties_that_it_says(tiny):
    run = Run(twitter.twitter(1000), seed=3, check=True).advance(2)
    again = Run(twitter.twitter(1000), seed=3, threads=2)
    assert [ends.tolist() for ends in run.start_ties] == [ends.tolist() for ends in to_ties(again.state.network)]
    with pytest.raises(InputError, match="agents: 999; allowed: a whole number in"):
        twitter.twitter(999)
