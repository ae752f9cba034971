"""What share of ties is returned, where new follows are answered with a fixed probability?

Two definitions circulate: the share of ties that are returned (edge reciprocity, y) and the share of connected pairs
that are mutual (dyad reciprocity, p). One graph has both, y = 2 p / (1 + p).

The corner of the model: everybody's opt-in and churn as in `chains` (all N agents give, with equal find_rate and
generosity), and follow_back > 0. The two directions of a pair then depend on different people's shares, so that a
pair is a chain on three states (none, one-way, mutual), exact for every N. It is sparse where the opt-in per tick is
small against the churn; the closed forms are that limit.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ._checks import number, probability, whole


class Dyad(NamedTuple):
    """Probabilities that a given pair is not connected, connected one way, mutual."""

    none: float
    one_way: float
    mutual: float

    @property
    def edge_reciprocity(self) -> float:
        """Expected mutual ties over expected ties; NaN without ties."""
        ties = 2 * self.mutual + self.one_way
        return 2 * self.mutual / ties if ties else float("nan")

    @property
    def dyad_reciprocity(self) -> float:
        """Expected mutual pairs over expected connected pairs; NaN without ties."""
        connected = self.mutual + self.one_way
        return self.mutual / connected if connected else float("nan")


def edge_from_dyad_reciprocity(dyad: float) -> float:
    """Return the share of ties that are returned, given the share of connected pairs that are mutual.

    y = 2 p / (1 + p), an identity.

    Parameters
    ----------
    dyad : float
        In [0, 1].

    Examples
    --------
    >>> round(edge_from_dyad_reciprocity(0.221), 3)
    0.362
    """
    p = probability("dyad", dyad)
    return 2 * p / (1 + p)


def dyad_from_edge_reciprocity(edge: float) -> float:
    """Return the share of connected pairs that are mutual, given the share of ties that are returned.

    p = y / (2 - y), an identity.

    Parameters
    ----------
    edge : float
        In [0, 1].

    Examples
    --------
    >>> round(dyad_from_edge_reciprocity(0.362), 3)
    0.221
    """
    y = probability("edge", edge)
    return y / (2 - y)


def edge_reciprocity(follow_back: float, one_way_loss: float = 1.0, mutual_loss: float = 1.0) -> float:
    """Return the stationary share of ties that are returned, sparse and in continuous time.

    y = rho d1 / (rho d1 + d2): a new follow is answered with probability rho, one-way ties end at rate d1, each of
    a mutual pair at rate d2. With one rate, rho / (1 + rho). Conditions: the module's, with few ties among those
    possible and small losses per tick. Derived here.

    Parameters
    ----------
    follow_back : float
        rho, in [0, 1].
    one_way_loss, mutual_loss : float
        d1 and d2 > 0; only their ratio matters. The model has one churn rate: the defaults.

    Examples
    --------
    >>> edge_reciprocity(0.25)
    0.2
    >>> print(round(edge_reciprocity(0.185, 2.5), 3), round(edge_reciprocity(0.227, 2.5), 3))
    0.316 0.362
    """
    won = probability("follow_back", follow_back) * number("one_way_loss", one_way_loss, above=True)
    return won / (won + number("mutual_loss", mutual_loss, above=True))


def dyad_reciprocity(follow_back: float, one_way_loss: float = 1.0, mutual_loss: float = 1.0) -> float:
    """Return the stationary share of connected pairs that are mutual, sparse and in continuous time.

    p = rho d1 / (rho d1 + 2 d2). Conditions and parameters: as in `edge_reciprocity`. Derived here.

    Examples
    --------
    >>> round(dyad_reciprocity(0.25), 4)
    0.1111
    """
    return dyad_from_edge_reciprocity(edge_reciprocity(follow_back, one_way_loss, mutual_loss))


def stepped_edge_reciprocity(follow_back: float, churn: float) -> float:
    """Return the stationary share of ties that are returned, sparse, exact in ticks.

    y = 2 rho / ((1 + rho) (2 - churn)): both ties of a pair may be lost in one tick. rho / (1 + rho) is the limit
    churn -> 0. Conditions: the module's, sparse. Derived here.

    Parameters
    ----------
    follow_back : float
        rho, in [0, 1].
    churn : float
        In (0, 1].

    Examples
    --------
    >>> round(stepped_edge_reciprocity(0.25, 0.05), 4)
    0.2051
    """
    rho = probability("follow_back", follow_back)
    return 2 * rho / ((1 + rho) * (2 - number("churn", churn, 0, 1, above=True)))


def follow_back_for(edge: float, loss_ratio: float = 1.0) -> float:
    """Return the probability of following back at which a given share of ties is returned.

    The inverse of `edge_reciprocity`.

    Parameters
    ----------
    edge : float
        In [0, 1).
    loss_ratio : float
        d1 / d2 > 0: how much faster one-way ties end than those of mutual pairs.

    Raises
    ------
    ValueError
        No probability reaches that share.

    Examples
    --------
    >>> [round(follow_back_for(y, 2.5), 3) for y in (0.316, 0.362, 0.42, 0.71)]
    [0.185, 0.227, 0.29, 0.979]
    """
    y = number("edge", edge, 0, 1)
    rho = y / ((1 - y) * number("loss_ratio", loss_ratio, above=True)) if y < 1 else float("inf")
    if rho > 1:
        highest = loss_ratio / (1 + loss_ratio)
        raise ValueError(f"edge: {edge!r} is out of reach; allowed: a number in [0, {highest:g}]")
    return rho


def dyad_kernel(opt_in: float, churn: float, follow_back: float) -> NDArray:
    """Return how a pair moves among none, one-way and mutual within one tick.

    Two new follows of one pair in one tick are independent; a single one from none is answered with probability
    ``follow_back``; a new follow whose reverse exists at the beginning of the tick is not answered. Conditions: see
    the module. Derived here.

    Parameters
    ----------
    opt_in : float
        Probability that a non-follower follows within a tick (`chains.opt_in_probability`), in [0, 1].
    churn, follow_back : float
        In [0, 1].

    Returns
    -------
    array of float, shape (3, 3)

    Examples
    --------
    >>> dyad_kernel(0.1, 0.2, 0.5).round(2)
    array([[0.81, 0.09, 0.1 ],
           [0.18, 0.74, 0.08],
           [0.04, 0.32, 0.64]])
    """
    a, m = probability("opt_in", opt_in), probability("churn", churn)
    rho = probability("follow_back", follow_back)
    return np.array(
        [
            [(1 - a) ** 2, 2 * a * (1 - a) * (1 - rho), a**2 + 2 * a * (1 - a) * rho],
            [m * (1 - a), m * a + (1 - m) * (1 - a), (1 - m) * a],
            [m**2, 2 * m * (1 - m), (1 - m) ** 2],
        ]
    )


def dyad_law(ticks: int | None, *, opt_in: float, churn: float, follow_back: float) -> Dyad:
    """Return the law of a pair after some ticks from no ties, or in the long run.

    Powers of `dyad_kernel`. Conditions: see the module. Derived here.

    Parameters
    ----------
    ticks : int or None
        None: the stationary law; then opt_in and churn positive.
    opt_in, churn, follow_back : float
        As in `dyad_kernel`.

    Examples
    --------
    >>> round(dyad_law(None, opt_in=1e-9, churn=0.05, follow_back=0.25).edge_reciprocity, 4)
    0.2051
    >>> round(dyad_law(None, opt_in=0.1, churn=0.1, follow_back=0).edge_reciprocity, 4)  # no answers: density
    0.5
    """
    kernel = dyad_kernel(opt_in, churn, follow_back)
    if ticks is None:
        number("churn", churn, 0, 1, above=True)
        number("opt_in", opt_in, 0, 1, above=True)
        # by cuts, without subtraction: exact also where ties are rare
        to_mutual = kernel[0, 2] * (kernel[1, 0] + kernel[1, 2]) + kernel[0, 1] * kernel[1, 2]
        to_none = kernel[2, 0] * (kernel[1, 0] + kernel[1, 2]) + kernel[2, 1] * kernel[1, 0]
        to_one = kernel[0, 1] * (kernel[2, 0] + kernel[2, 1]) + kernel[0, 2] * kernel[2, 1]
        total = to_mutual + to_none + to_one
        return Dyad(float(to_none / total), float(to_one / total), float(to_mutual / total))
    law = np.array([1.0, 0.0, 0.0])
    for _ in range(whole("ticks", ticks)):
        law = law @ kernel
    return Dyad(*(float(each) for each in law))
