"""Do real networks have the numbers that their publishers and other readers give?"""

import warnings
from pathlib import Path

import numpy as np
import pytest

from simulation.readers import ReadWarning, read_network
from tests.readers.helpers import balanced, tolerant

DATA = Path(__file__).parents[3] / "shared" / "data"


def real(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the real data {name} are not at hand")
    return path


@pytest.mark.parametrize(
    ("name", "options", "people", "ties", "duplicates", "self_ties"),
    [
        ("higgs_twitter/higgs-retweet_network.edgelist.gz", {}, 256_491, 328_132, 0, 0),
        ("krackhardt_hightech/advice.csv", {}, 21, 190, 0, 0),
        ("email_eu_core/email_eu_core.csv", {}, 1005, 24_929, 0, 642),
        ("collegemsg/CollegeMsg.txt.gz", {}, 1899, 20_296, 39_539, 0),
        ("bundestag_twitter/follows_two_waves.csv", {"where": "at_20181205"}, 247, 13_960, 0, 0),
        ("bundestag_twitter/follows_two_waves.csv", {"where": "at_20190702"}, 247, 14_489, 0, 0),
    ],
)
def test_real_networks(name, options, people, ties, duplicates, self_ties):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if duplicates + self_ties else "error", ReadWarning)
        network = read_network(real(name), **options)
    report = network.report
    assert (report.people, report.ties, report.duplicates, report.self_ties) == (people, ties, duplicates, self_ties)
    assert len(network.ids) == people
    assert len(network.follower) == ties
    assert balanced(report)


def test_real_node_tables():
    path = real("bundestag_twitter/follows_two_waves.csv")
    network = read_network(path, where="at_20181205", nodes=real("bundestag_twitter/nodes.csv"), strict=True)
    assert len(network.ids) == len(network.attributes) == 247
    assert list(network.attributes)[:2] == ["party", "gender"]
    assert network.attributes["party"].isna().sum() == 2, "two deputies have no party in the table"
    departments = real("email_eu_core/departments.csv")
    network = tolerant(real("email_eu_core/email_eu_core.csv"), nodes=departments, match="self ties 642")
    assert network.attributes["department"].nunique() == 42
    network = read_network(
        real("krackhardt_hightech/advice.csv"), nodes=real("krackhardt_hightech/nodes.csv"), strict=True
    )
    assert np.bincount(network.followee).max() == 18
    assert network.ids[np.bincount(network.followee).argmax()] == 2
    assert network.attributes.loc[network.ids == 7, "level"].tolist() == [1]
