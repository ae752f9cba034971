"""Does the experiment on followers who feed the giver measure a gift rightly, and can its verdict come out each way?"""

import json

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from experiments import followers_feed_the_giver as feeding
from experiments import runner
from experiments.claims import Verdict
from experiments.gifts import MARKS, draw_gift, effect_of, marks
from simulation import Parameters, open_world

matplotlib.use("Agg")


def small_rows(replicates=2):
    """Every kind of run, tiny; the first five points of the region."""
    rows = [row for row in feeding.design(quick=True, replicates=replicates) if row.get("point", 0) < 5]
    for row in rows:
        row |= {"agents": 40, "warm": min(row["warm"], 3), "ticks": 10, "gift": min(row["gift"], 8), "treated": 1}
        if row["part"] == "saturation":
            row["gift"] = 3 if row["gift"] < 8 else 8
    return rows


def test_design_is_whole_and_paired():
    rows = pd.DataFrame(feeding.design())
    parts = rows.groupby("part")
    assert set(parts.groups) == {"corner", "loop", "saturation", "region"}
    assert parts.get_group("region")["point"].nunique() == 200
    settings = {"corner": ["bring"], "loop": ["route", "bring"], "saturation": ["gift", "attention", "bring"]}
    for part, by in settings.items():
        replicates = parts.get_group(part).groupby(by)["replicate"].agg(tuple)
        assert replicates.nunique() == 1, part
    for name, (low, high) in feeding.REGION.items():
        assert parts.get_group("region")[name].between(low, high).all()
    assert len(feeding.design(quick=True)) < len(rows) / 5


def test_gift_is_random_and_bounded():
    world = open_world(agents=50)
    gift = draw_gift(world, 1, start=2, ticks=3, gift=1000, treated=1000)
    assert gift.agents.size == 5 and len(gift.ties) == 5 * 10 and len(set(gift.ties)) == 50
    assert all(follower != followee for follower, followee in gift.ties)
    assert draw_gift(world, 2, start=2, ticks=3, gift=1000, treated=1000).ties != gift.ties


def test_excess_is_what_was_given_won_and_lost():
    world = open_world(agents=60, start="empty", generosity=0.0)
    gift = draw_gift(world, 4, start=0, ticks=20, gift=10, treated=3)
    still = effect_of(gift, world, Parameters(churn=0.0, bring=0.0), 4)
    assert [still[f"excess_{place}"] for place in range(MARKS)] == [10.0] * MARKS
    assert still["gain"] == still["loss"] == still["share"] == 0.0
    gone = effect_of(gift, world, Parameters(churn=1.0, bring=0.0), 4)
    assert gone["excess_0"] == 10.0 and gone["excess_1"] == 0.0 and gone["loss"] == 1.0 and gone["gain"] == 0.0
    assert marks(20) == [0, 4, 8, 12, 16, 20]


def test_gift_counts_only_new_ties():
    """Whoever follows already is no gift."""
    world = open_world(agents=10, followees=9, generosity=0.0)
    gift = draw_gift(world, 4, start=0, ticks=5, gift=2, treated=1)
    assert effect_of(gift, world, Parameters(churn=0.0), 4)["excess_0"] == 0.0


def test_followers_feed_their_giver_only_where_they_bring():
    row = {"part": "corner", "replicate": 0, "agents": 400, "warm": 0, "ticks": 20, "gift": 30, "treated": 1}
    brought, nothing = (feeding.measure({**row, "bring": bring}, 1) for bring in (1.0, 0.0))
    assert nothing["gain"] == nothing["share"] == 0.0
    assert brought["share"] == pytest.approx(feeding.FINDS, rel=0.3) and brought["gain"] > 0.03


@pytest.mark.slow
def test_from_start_to_end(tmp_path, monkeypatch):
    rows = small_rows()
    monkeypatch.setattr(feeding, "design", lambda **how: rows)
    verdict = runner.run("followers_feed_the_giver", quick=True, out=tmp_path, jobs=1)
    assert isinstance(verdict, Verdict) and verdict.kind != "holds broadly"
    assert json.loads((tmp_path / "provenance.json").read_text())["verdict"] == verdict.kind
    runs = pd.read_csv(tmp_path / "runs.csv")
    pd.testing.assert_frame_equal(feeding.effects(runs), pd.read_csv(tmp_path / "effects.csv"), rtol=1e-9)


def test_every_part_measures_and_is_drawn():
    rows = small_rows()
    runs = pd.DataFrame(rows).join(pd.DataFrame([feeding.measure(row, 1) for row in rows]))
    table = feeding.effects(runs)
    assert table["name"].is_unique and np.isfinite(table["mean"][~table["name"].str.contains("rank")]).all()
    plt.close(feeding.figure(runs))


def made(loop_gain=0.002, unbrought=0.0, closed=0.0, corner=1.0, larger=-0.004, larger_with_attention=0.0):
    """Runs as they would be, with these effects."""
    random = np.random.default_rng(3)
    rows = []
    for k in range(12):
        noise = random.normal(0, 0.0001)
        for bring in feeding.CORNER_BRINGS:
            fed = corner * feeding._fed(bring)
            law = feeding.branching.gift_excess(40, gift=20, feedback=fed, churn=feeding.CORNER["churn"])
            excess = {f"excess_{place}": float(law) + random.normal(0, 0.5) for place in range(MARKS)}
            rows.append({"part": "corner", "bring": bring, "replicate": k, "gift": 20, "ticks": 40, "loss": 0.05,
                         "gain": fed + noise, "share": 0.5 * bring, **excess})  # fmt: skip
        excess = {f"excess_{place}": 20.0 - place for place in range(MARKS)}
        whole = {"replicate": k, "ticks": 40, "loss": 0.006, **excess}
        for bring in feeding.BRINGS:
            more = random.normal(0, 0.0001) + (loop_gain if bring else 0.0)
            rows.append({"part": "loop", "route": "all", "bring": bring, "gain": 0.001 + noise + more,
                         "share": (0.01 if bring else unbrought) + noise, **whole})  # fmt: skip
        rows.append({"part": "loop", "route": "none", "bring": 0.0, "gain": closed + noise, "share": 0.0, **whole})
        rows += [{"part": "saturation", "gift": gift, "attention": attention, "bring": bring, "gain": 0.002 + noise,
                  "share": (0.01 + (larger + larger_with_attention * (attention > 2)) * (gift > 5)) * (bring > 0)
                  + random.normal(0, 0.0001), **whole}
                 for gift in (5, 80) for attention in (2.0, 50.0) for bring in (0.0, 0.3)]  # fmt: skip
    for point in range(10):
        settings = {name: low + (high - low) * point / 9 for name, (low, high) in feeding.REGION.items()}
        rows += [{"part": "region", "point": point, "replicate": k, "gain": loop_gain + random.normal(0, 1e-5),
                  "gain_off": 0.0, "loss": 0.005, **settings} for k in range(4)]  # fmt: skip
    return pd.DataFrame(rows)


def judged(**effects):
    runs = made(**effects)
    return feeding.verdict(runs, feeding.effects(runs))


def test_verdict_can_come_out_each_way():
    assert judged().kind == "holds under a condition"
    assert judged(loop_gain=0.0).kind == judged(loop_gain=-0.002).kind == "not supported"
    assert judged(closed=0.002).kind == "not testable as stated"
    assert judged(unbrought=0.005).kind == "not testable as stated"


def test_too_few_runs_support_nothing():
    runs = made()
    runs.loc[runs["part"].eq("loop") & runs["route"].eq("none"), "gain"] = np.linspace(-0.004, 0.004, 12)
    verdict = feeding.verdict(runs, feeding.effects(runs))
    assert verdict.kind == "not supported" and "no loop at bring = 0" in verdict.sentences[-1]


def test_verdict_says_which_predictions_failed():
    assert judged().sentences[-1] == "Predictions that failed: none."
    assert "reads little" in judged(larger_with_attention=-0.004).sentences[-1]
    assert "too weak" in judged(loop_gain=0.02).sentences[-1]
    assert "exact law" in judged(corner=0.5).sentences[-1]
    assert "the larger the gift" in judged(larger=0.0).sentences[-1]
    assert "a loop at every bring" in judged(loop_gain=0.0).sentences[-1]


def test_region_counts_points():
    table = feeding.effects(made()).set_index("name")
    assert table.loc["region: share of points above 0", "mean"] == 1.0
    assert table.loc["region: share of points with gain above loss", "mean"] == 0.0
