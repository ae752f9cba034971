"""Do the figures draw the numbers that they are given?"""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from simulation import figures, open_world, simulate
from simulation.measures import by_generosity


@pytest.fixture(scope="module")
def record():
    return simulate(open_world(agents=30), ticks=5, seed=1, compile=False)


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_followers_by_generosity_draws_every_person_and_the_means(record):
    ax = figures.followers_by_generosity(record)
    points = ax.collections[0].get_offsets()
    np.testing.assert_allclose(points, record.agents[["generosity", "followers"]])
    np.testing.assert_allclose(ax.lines[0].get_ydata(), by_generosity(record.agents))
    assert "generosity" in ax.get_xlabel() and "5 ticks" in ax.get_ylabel()


def test_it_draws_where_it_is_told_and_changes_no_settings(record):
    before = dict(plt.rcParams)
    ax = plt.subplots()[1]
    assert figures.followers_by_generosity(record, column="received", ax=ax) is ax
    assert dict(plt.rcParams) == before


def test_over_time(record):
    ax = figures.over_time(record, ["ties", "read"])
    assert [line.get_label() for line in ax.lines] == ["ties", "read"]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), record.series["ties"])


def test_curve_and_effects_draw_intervals():
    table = pd.DataFrame({"x": [1, 0], "name": ["a", "b"], "mean": [2.0, 1.0], "low": [1.5, 0.5], "high": [3.0, 1.2]})
    figure, axes = figures.panels(1, 2)
    figures.curve(table, x="x", label="c", ax=axes[0])
    assert axes[0].lines[0].get_ydata().tolist() == [1.0, 2.0] and len(axes[0].collections) == 1
    figures.effects(table, ax=axes[1], unit="followers")
    assert [label.get_text() for label in axes[1].get_yticklabels()] == ["a", "b"]
    assert figure.axes == axes


def test_bars_draw_each_estimate_with_its_interval():
    table = pd.DataFrame({"name": ["a", "b"], "first": [0.5, 0.2], "first_low": [0.4, 0.0], "first_high": [0.6, 0.3],
                          "total": [0.7, 0.2], "total_low": [0.5, 0.1], "total_high": [0.9, 0.3]})  # fmt: skip
    _, (ax,) = figures.panels(1, 1)
    figures.bars(table, {"first": "first order", "total": "total"}, ax=ax, unit="share")
    assert [bar.get_width() for bar in ax.patches] == [0.5, 0.2, 0.7, 0.2]
    spans = [segment[:, 0].tolist() for lines in ax.collections for segment in lines.get_segments()]
    assert spans == [[0.4, 0.6], [0.0, 0.3], [0.5, 0.9], [0.1, 0.3]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["first order", "total"]


def test_heat_maps_write_means_and_leave_out_what_is_missing():
    table = pd.DataFrame({"x": ["a", "b", "a"], "y": [0.1, 0.1, 0.2], "mean": [1.0, 1000.0, np.nan],
                          "low": [0.5, 990.0, np.nan], "high": [1.5, 1010.0, np.nan]})  # fmt: skip
    _, (ax,) = figures.panels(1, 1)
    cells = figures.heat_map(table, x="x", y="y", ax=ax, low=1.0, high=1000.0)
    assert [text.get_text() for text in ax.texts] == ["1\n±0.5", "1000\n±10"]
    assert np.ma.getmaskarray(cells.get_array()).tolist() == [[False, False], [True, True]]
    assert type(cells.norm).__name__ == "LogNorm"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["a", "b"]
