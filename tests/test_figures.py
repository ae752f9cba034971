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
