"""What do people do? The hypotheses of the model, one plain function each: numbers in, a number out.

Nothing here is random and nothing reads followers, centrality or power, except the opt-in through ``attraction``
where `fame` is switched on. A researcher replaces a rule with `replace`; an engine is then compiled for it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from .errors import InputError, unknown_name

FIRST, READ, BROUGHT = 0, 1, 2  # kinds of items in hand: found oneself, read in public, brought by a follower
STALE, DULL, OVERLOAD = -1, -2, -3  # reasons to opt out


def share_probability(generosity, relay, kind):
    """Probability of giving an item in hand to one's followers: generosity, discounted for what was public."""
    if kind == READ:
        return generosity * relay
    return generosity


def bring_probability(bring, relay, kind):
    """Probability of handing an item up to someone one follows; what was brought is not brought on."""
    if kind == FIRST:
        return bring
    if kind == READ:
        return bring * relay
    return 0.0


def attention_left(attention, costs):
    """Attention left for reading after giving: one budget serves both, and costs never forbid giving."""
    return max(0.0, attention - costs)


def value(remembered, quality, same_group, openness):
    """Worth of an item to its reader: nothing if remembered, less if it is another group's topic."""
    if remembered:
        return 0.0
    if same_group:
        return quality
    return quality * openness


def price(cost, load):
    """Price of the attention that reading one item takes; ``load`` is the feed's length over full attention."""
    return cost * load


def follow_probability(responsiveness, net, homophily, same_identity, attraction):
    """Probability of following whom one owes an item of net > 0; attraction = (1 + followers) ** fame."""
    if same_identity:
        return responsiveness * net * attraction
    return responsiveness * net * (1.0 - homophily) * attraction


def unfollow_probability(responsiveness, net):
    """Probability of dropping the sender of an item of net < 0: the same number as in following."""
    return responsiveness * -net


def opt_out_reason(remembered, value, cost):
    """Why an item of net < 0 was not worth its price: seen before, worth it at load 1, or never worth it."""
    if remembered:
        return STALE
    if value - cost >= 0.0:
        return OVERLOAD
    return DULL


def follow_back_probability(follow_back, homophily, same_identity):
    """Probability of answering a new follow."""
    if same_identity:
        return follow_back
    return follow_back * (1.0 - homophily)


def introduction_probability(responsiveness, homophily, same_identity):
    """Probability that one of two introduced people follows the other."""
    if same_identity:
        return responsiveness
    return responsiveness * (1.0 - homophily)


def acceptance_probability(homophily, same_identity):
    """Probability that a newcomer accepts someone it came across as its first followee."""
    if same_identity:
        return 1.0
    return 1.0 - homophily


RULES = {
    rule.__name__: rule
    for rule in (
        share_probability,
        bring_probability,
        attention_left,
        value,
        price,
        follow_probability,
        unfollow_probability,
        opt_out_reason,
        follow_back_probability,
        introduction_probability,
        acceptance_probability,
    )
}


def replace(**rules: Callable) -> dict[str, Callable]:
    """Check own rules and return them for ``simulate(..., rules=...)``.

    Parameters
    ----------
    **rules : function
        Name of the rule to replace (see ``RULES``) and a plain scalar function of the same signature.

    Raises
    ------
    InputError
        An unknown rule, something that is not a function, or other argument names than the rule's own.

    Examples
    --------
    >>> def steep(cost, load):
    ...     return cost * load * load
    >>> list(replace(price=steep))
    ['price']
    """
    for name, rule in rules.items():
        if name not in RULES:
            raise unknown_name("rule", name, RULES)
        if not inspect.isfunction(rule):
            raise InputError(f"rule {name}: {rule!r} is not a plain Python function")
        expected = list(inspect.signature(RULES[name]).parameters)
        given = list(inspect.signature(rule).parameters)
        if given != expected:
            allowed = f"{name}({', '.join(expected)})"
            raise InputError(f"rule {name}: {rule.__name__}({', '.join(given)}) must have the signature {allowed}")
    return rules
