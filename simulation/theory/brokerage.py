"""How constrained is somebody, and how much lies between others, in networks whose brokerage is known exactly?

Constraint as Burt (1992, Structural Holes) defines it, undirected and with equal ties: the sum over *contacts* j of
(p_ij + sum_q p_iq p_qj)^2. (Some programs sum over everybody; in these networks that differs.) Betweenness over
unordered pairs without their ends (Freeman 1977).
"""

from __future__ import annotations

from ._checks import whole


def star_constraint(contacts: int) -> float:
    """Return the constraint of the centre of a star, 1 / k; that of its leaves is 1.

    Parameters
    ----------
    contacts : int
        k >= 1.

    Examples
    --------
    >>> star_constraint(10)
    0.1
    """
    return 1 / whole("contacts", contacts, 1)


def clique_constraint(contacts: int) -> float:
    """Return the constraint of anybody in a clique of k + 1, (2 k - 1)^2 / k^3.

    It is also what the centre of a star comes to that introduces all its contacts to each other.

    Parameters
    ----------
    contacts : int
        k >= 1.

    Examples
    --------
    >>> clique_constraint(10)
    0.361
    """
    k = whole("contacts", contacts, 1)
    return (2 * k - 1) ** 2 / k**3


def broker_constraint(cliques: int, size: int) -> float:
    """Return the constraint of a broker who knows everybody in g cliques that are not connected otherwise.

    (2 s - 1)^2 / (g s^3), s people in each clique besides the broker.

    Parameters
    ----------
    cliques, size : int
        g, s >= 1.

    Examples
    --------
    >>> broker_constraint(2, 5)
    0.324
    """
    g, s = whole("cliques", cliques, 1), whole("size", size, 1)
    return (2 * s - 1) ** 2 / (g * s**3)


def broker_betweenness(cliques: int, size: int) -> float:
    """Return the betweenness of such a broker, C(g, 2) s^2.

    Parameters
    ----------
    cliques, size : int
        g, s >= 1.

    Examples
    --------
    >>> broker_betweenness(3, 5)
    75.0
    """
    g, s = whole("cliques", cliques, 1), whole("size", size, 1)
    return g * (g - 1) / 2 * s**2


def bridge_constraint(size: int) -> float:
    """Return the constraint of one end of the single tie between two cliques of s people each.

    1 / s^2 + (s - 1) ((1 / s) (1 + (s - 2) / (s - 1)))^2.

    Parameters
    ----------
    size : int
        s >= 2.

    Examples
    --------
    >>> bridge_constraint(2)
    0.5
    """
    s = whole("size", size, 2)
    return 1 / s**2 + (s - 1) * ((1 / s) * (1 + (s - 2) / (s - 1))) ** 2


def bridge_betweenness(size: int) -> float:
    """Return the betweenness of one end of the single tie between two cliques of s people each, s (s - 1).

    Everybody else of its clique reaches everybody of the other clique through it.

    Parameters
    ----------
    size : int
        s >= 1.

    Examples
    --------
    >>> bridge_betweenness(5)
    20
    """
    return whole("size", size, 1) * (size - 1)
