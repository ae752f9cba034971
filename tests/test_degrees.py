"""Have random networks the degrees that were asked for?"""

import numpy as np
import pytest

from simulation.degrees import Degrees, heavy_tailed, joint, random_network
from simulation.errors import InputError
from simulation.exchange import check, to_scipy, to_ties
from tests.reference.compare import blocks_of


@pytest.fixture
def degrees():
    """Return the degrees of 5,000 people, heavy-tailed at both ends."""
    followers = heavy_tailed(5000, mean=12, tail=2.5, largest=900)
    return joint(followers, heavy_tailed(5000, mean=12, tail=3.0, largest=200), reciprocity=0.4, noise=0.1, seed=1)


@pytest.mark.parametrize(("mean", "tail", "largest"), [(35.25, 2.27, 70_000), (5, 2.5, 200), (0.3, 3.5, 50)])
def test_degrees_have_their_mean_their_largest_and_their_tail(mean, tail, largest):
    found = heavy_tailed(100_000, mean, tail, largest)
    assert found.sum() == round(mean * 100_000) and found.max() == largest and found.min() >= 0
    assert np.all(np.diff(found) >= 0)
    if largest > 1000:  # a straight line on logarithmic axes, far from both ends
        at = np.array([500, 5000])
        share = (found[:, None] > at).mean(axis=0)
        slope = np.diff(np.log(share)) / np.diff(np.log(at))
        assert slope[0] == pytest.approx(1 - tail, abs=0.05)


def test_degrees_are_dealt_out_whole(degrees):
    assert degrees.followers.sum() == degrees.followees.sum() == 60_000
    assert degrees.mutual.sum() % 2 == 0
    assert degrees.mutual.sum() == pytest.approx(0.4 * 60_000, rel=0.01)
    assert np.all(degrees.mutual <= np.minimum(degrees.followers, degrees.followees))
    ranked = [np.argsort(np.argsort(each)) for each in (degrees.followers, degrees.followees)]
    assert 0.5 < np.corrcoef(ranked)[0, 1] < 0.99


def test_the_network_has_these_degrees_but_for_what_is_erased(degrees):
    network = random_network(degrees, seed=2)
    check(network)
    followers, followees = network.followers.where["count"], network.followees.where["count"]
    assert np.all(followers <= degrees.followers) and np.all(followees <= degrees.followees)
    assert 0.93 < followers.sum() / degrees.followers.sum() < 1
    small = degrees.followers < 20  # hubs lose more
    assert followers[small].sum() > 0.96 * degrees.followers[small].sum()


def test_mutual_ties_are_mutual(degrees):
    matrix = to_scipy(random_network(degrees, seed=2)).astype(int)
    returned = matrix.multiply(matrix.T).sum() / matrix.sum()
    assert returned == pytest.approx(0.4, abs=0.04)
    nobody = random_network(degrees._replace(mutual=np.zeros(5000, np.int32)), seed=2)
    matrix = to_scipy(nobody).astype(int)
    assert matrix.multiply(matrix.T).sum() / matrix.sum() < 0.15  # hubs follow each other by chance


def test_a_seed_gives_a_network_whatever_the_blocks_and_chunks(degrees, monkeypatch):
    one = to_ties(random_network(degrees, seed=2))
    with blocks_of(256):
        other = random_network(degrees, seed=2)
        check(other)
        assert all(np.array_equal(a, b) for a, b in zip(one, to_ties(other), strict=True))
    monkeypatch.setattr("simulation.degrees.CHUNK", 1000)
    assert all(np.array_equal(a, b) for a, b in zip(one, to_ties(random_network(degrees, seed=2)), strict=True))
    assert not np.array_equal(one[1], to_ties(random_network(degrees, seed=3))[1])


def test_ends_meet_at_random():
    """Without hubs every other agent is as likely: chi-square over whom agent 0 follows in 2,000 networks."""
    two = np.full(6, 2, np.int32)
    networks = (random_network(Degrees(two, two, np.zeros(6, np.int32)), seed) for seed in range(2000))
    met = sum(np.bincount(to_ties(each)[1][to_ties(each)[0] == 0], minlength=6) for each in networks)
    assert met[0] == 0
    expected = met[1:].mean()
    assert ((met[1:] - expected) ** 2 / expected).sum() < 23.5  # p = 1e-4 with four degrees of freedom


@pytest.mark.parametrize(("wrong", "message"), [
    ({"agents": 1}, "agents 1"), ({"mean": 0}, "mean 0"), ({"mean": 300}, "mean 300"), ({"tail": 2}, "tail > 2"),
    ({"largest": 1000}, "largest 1000"),
])  # fmt: skip
def test_impossible_degrees_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        heavy_tailed(**({"agents": 1000, "mean": 5, "tail": 2.5, "largest": 200} | wrong))


def test_degrees_that_do_not_fit_together_are_refused():
    one, two = np.ones(4, np.int32), np.full(4, 2, np.int32)
    with pytest.raises(InputError, match="4 followers and 8 followees"):
        joint(one, two, 0.1, 0.1, seed=1)
    with pytest.raises(InputError, match=r"reciprocity: 0\.9"):
        joint(np.array([0, 0, 4], np.int32), np.array([1, 1, 2], np.int32), 0.9, 0.0, seed=1)
