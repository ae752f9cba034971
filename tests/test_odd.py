"""Does the model description agree with the code, is it whole, and can the draws be made from it alone?"""

import math
import re
import zlib

import numpy as np
import pytest

from simulation import description, interventions, parameters, randomness, rules, state
from simulation.errors import InputError
from simulation.families import KINDS
from simulation.worlds import WORLDS, open_world, workplace

TEXT = description.ODD.read_text(encoding="utf-8")
CURRENT = description.rewritten(TEXT)
TITLES = {title for phases, _ in description.steps() for title in phases.split("; ")}
ELEMENTS = (
    "## 1. Purpose and patterns",
    "## 2. Entities, state variables, and scales",
    "## 3. Process overview and scheduling",
    "## 4. Design concepts",
    "## 5. Initialization",
    "## 6. Input data",
    "## 7. Submodels",
)
CONCEPTS = (
    "### Basic principles", "### Emergence", "### Adaptation", "### Objectives", "### Learning", "### Prediction",
    "### Sensing", "### Interaction", "### Stochasticity", "### Collectives", "### Observation",
)  # fmt: skip
NAMES = {
    "parameter": list(parameters.SPECIFICATIONS),
    "rule": list(rules.RULES),
    "reason": list(state.REASONS.values()),
    "intervention": list(interventions.KINDS),
    "world": list(WORLDS),
    "distribution": list(KINDS),
    "draw constant": [name for name in vars(randomness) if name.isupper()],
}


def absent(text):
    """Return the elements and names that the part written by hand lacks; elements also where their order is wrong."""
    own = description.by_hand(text)
    lines, words = own.splitlines(), set(re.findall(r"(?<![\w.])\w+", own))
    headings = [line for line in lines if line in ELEMENTS + CONCEPTS]
    wanted = [*ELEMENTS[:4], *CONCEPTS, *ELEMENTS[4:]]
    lacking = [f"heading {each}" for each in wanted if each not in headings]
    if not lacking and headings != wanted:
        lacking.append("order of headings")
    lacking += [f"phase {title}" for title in TITLES if f"{title[:2]} **{title[3:]}**" not in own]
    for kind, names in NAMES.items():
        lacking += [f"{kind} {name}" for name in names if name not in words]
    return lacking


def test_the_file_is_what_the_code_generates():
    assert TEXT == CURRENT, "run python -m simulation.description"


def test_every_part_stands_in_the_file_once():
    assert sorted(name for _, name, _, _ in description.MARKED.findall(TEXT)) == sorted(description.PARTS)
    assert TEXT.count("<!-- generated: ") == len(description.PARTS) + 1  # the introduction shows one
    assert TEXT.count("<!-- end -->") == len(description.PARTS) + 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("| `churn` | 0.005 |", "| `churn` | 0.05 |"),
        ("return cost * load", "return cost * load * load"),
        ("| 4 | `follow_back` |", "| 5 | `follow_back` |"),
        ("| `CREDIT` | 16 |", "| `CREDIT` | 17 |"),
        ("| 8. Observe | `rewiring.observe` |", "| 3. Observe | `rewiring.observe` |"),
    ],
)
def test_an_altered_copy_is_noticed_and_mended(tmp_path, old, new):
    assert CURRENT.count(old) == 1
    altered = CURRENT.replace(old, new)
    assert description.rewritten(altered) != altered
    path = tmp_path / "ODD.md"
    path.write_text(altered, encoding="utf-8")
    assert description.update(path)
    assert path.read_text(encoding="utf-8") == CURRENT
    assert not description.update(path)


def test_an_altered_code_is_noticed(monkeypatch):
    def price(cost, load):
        """Price by another formula."""
        return cost + load

    monkeypatch.setitem(rules.RULES, "price", price)
    assert "return cost + load" in description.rewritten(TEXT)
    assert description.rewritten(TEXT) != CURRENT


def test_what_is_written_by_hand_is_left_alone():
    altered = CURRENT.replace("## Choices", "## Decisions")
    assert altered != CURRENT
    assert description.rewritten(altered) == altered


def test_an_unknown_part_is_refused():
    with pytest.raises(InputError, match="did you mean 'parameters'"):
        description.rewritten(TEXT.replace("generated: parameters", "generated: paramters"))


def test_nothing_is_absent():
    assert absent(TEXT) == []
    assert len(ELEMENTS) == 7
    assert len(CONCEPTS) == 11


@pytest.mark.parametrize("heading", ELEMENTS + CONCEPTS)
def test_an_absent_heading_is_noticed(heading):
    assert absent(TEXT.replace(f"\n{heading}\n", "\n")) == [f"heading {heading}"]


def test_headings_in_another_order_are_noticed():
    learning, sensing = "### Learning", "### Sensing"
    swapped = TEXT.replace(learning, "### ?").replace(sensing, learning).replace("### ?", sensing)
    assert absent(swapped) == ["order of headings"]


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, names in NAMES.items() for name in names])
def test_an_absent_name_is_noticed(kind, name):
    assert f"{kind} {name}" in absent(re.sub(rf"(?<![\w.]){name}(?!\w)", "?", TEXT))


def test_the_schedule_has_all_eight_phases_in_order():
    titles = [phases.split("; ") for phases, _ in description.steps()]
    numbers = [int(each[-1][0]) for each in titles]  # newcomers' follows are answered (6) while people arrive (7)
    assert numbers == sorted(numbers)
    assert {int(title[0]) for each in titles for title in each} == set(range(1, 9))


def test_an_absent_phase_is_noticed():
    assert absent(TEXT.replace("**Rewire**", "Rewire")) == ["phase 7. Rewire"]


def test_facts_carry_no_mark_of_unconfirmed_memory():
    assert "[M]" not in TEXT
    assert "[S]" in TEXT
    assert "[S2" in TEXT


def test_lines_of_prose_are_wrapped():
    own = description.by_hand(TEXT).splitlines()
    assert [line for line in own if len(line) > 140 and not line.startswith("|")] == []


# --- the appendix, implemented anew from its text, in whole numbers of Python ----------------------------------------


def rows(part):
    """Return the cells of a generated table as a mapping from its first column to its second."""
    body = next(body for _, name, body, _ in description.MARKED.findall(TEXT) if name == part)
    cells = [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in body.splitlines() if "`" in line]
    return dict(cells)


C = {name: float(v) if "." in v or "e" in v else int(v, 0) for name, v in rows("constants").items()}
WORD = 2**64


def mix(z):
    z = ((z ^ (z >> 30)) * C["MIX_1"]) % WORD
    z = ((z ^ (z >> 27)) * C["MIX_2"]) % WORD
    return z ^ (z >> 31)


def fold(state, word):
    return mix(state ^ ((word + C["ONE"]) * C["GOLDEN"] % WORD))


def stream(seed, tick, kind):
    return fold(fold(fold(C["GOLDEN"], seed), tick), kind)


def uniform(state):
    return (state >> 11) * C["TO_UNIT"]


def exp_minus(x):
    h = math.floor(x * 1.4426950408889634 + 0.5)
    r = (h * 0.6931471803691238 - x) + h * 1.9082149292705877e-10
    s = 1.0
    for n in range(16, 0, -1):
        s = 1 + s * r / n
    return math.ldexp(s, -h)


def no_event(mean):
    return float(np.float32(exp_minus(mean / max(1, math.ceil(mean / C["LUMP"])))))


def inversion(u, term, ratio, most):
    total, events = term, 0
    while u >= total and events < most:
        term *= ratio(events)
        events += 1
        if total + term == total:
            break
        total += term
    return events


def poisson(state, mean, none):
    if not mean > 0:
        return 0
    count = max(1, math.ceil(mean / C["LUMP"]))
    rate = mean / count
    states = [fold(state, j) if j else state for j in range(count)]
    return sum(inversion(uniform(each), none, lambda events: rate / (events + 1), math.inf) for each in states)


def power(base, n):
    result = 1.0
    while n > 0:
        if n % 2:
            result *= base
        base *= base
        n //= 2
    return result


def binomial(state, trials, p):
    if trials <= 0 or not p > 0:
        return 0
    if p >= 1:
        return trials
    odds, size, total, lump = p / (1 - p), math.floor(min(C["LUMP"] / p, 2.0**40)), 0, 0
    while trials > 0:
        n = min(size, trials)
        u = uniform(fold(state, lump) if lump else state)
        total += inversion(u, power(1 - p, n), lambda events, n=n: odds * (n - events) / (events + 1), n)
        trials, lump = trials - n, lump + 1
    return total


def attribute(seed, name, born, number):
    world = stream(seed, 0, C["WORLD"])
    return uniform(fold(fold(fold(world, zlib.crc32(name.encode("ascii"))), born), number))


def first_followees(seed, key, agent, c, taken=None):
    """Return whom one agent follows first: keys of all agents, its slot, how many, and whom it follows already."""
    start = fold(fold(stream(seed, 0, C["WORLD"]), 1), key[agent])
    others = sorted((x for x in range(len(key)) if x != agent and x not in (taken or ())), key=lambda x: key[x])
    c = min(c, len(key) - 1)
    if taken is None and c <= len(key) // 2:
        chosen = []
        for place in range(c):
            attempt = 0
            while True:
                other = others[math.floor(uniform(fold(fold(start, place), attempt)) * (len(key) - 1))]
                attempt += 1
                if other not in chosen:
                    break
            chosen.append(other)
        return set(chosen)
    draws = sorted((fold(start, i), other) for i, other in enumerate(others))
    return {other for _, other in draws[:c]}


def test_the_generator_gives_the_numbers_to_check_against():
    expected = rows("vectors")
    s = fold(stream(1, 0, C["FIND"]), 7)
    n = max(fold(fold(stream(1, 3, C["ITEM"]), 7), 0) >> 32, 1)
    o = fold(stream(1, 4, C["GIVE"]), (n << 32) + 9)
    assert list(expected.values()) == [
        f"0x{stream(1, 0, C['FIND']):016X}",
        f"0x{s:016X}",
        repr(uniform(s)),
        str(math.floor(uniform(s) * 1000)),
        repr(no_event(2.5)),
        str(poisson(s, 2.5, no_event(2.5))),
        str(poisson(s, 40.0, no_event(40.0))),
        str(binomial(s, 1000, 0.05)),
        f"0x{n:08X}",
        repr(1 - n / 2**32),
        f"0x{(n << 32) + 9:016X}",
        f"0x{o:016X}",
        repr((o >> 32) / 2**32),
        repr((o & 2**32 - 1) / 2**32),
        repr(attribute(1, "generosity", 0, 7)),
    ]


@np.errstate(over="ignore")
def test_numbers_drawn_agree_with_the_code():
    for seed in range(200):
        s = stream(seed, seed % 7, C["CHURN"])
        assert s == int(randomness.stream(seed, seed % 7, randomness.CHURN))
        mean, p = 0.3 * seed, seed / 250
        assert no_event(mean) == float(randomness.no_event(mean))
        state = np.uint64(s)
        assert poisson(s, mean, no_event(mean)) == randomness.poisson(state, mean, float(randomness.no_event(mean)))
        assert binomial(s, 3 * seed, p) == randomness.binomial(state, 3 * seed, p)


@pytest.mark.parametrize("followees", [0, 3, 6, 9, 40])
def test_people_and_random_ties_can_be_drawn_from_the_text(followees):
    key = [30, 4, 17, 2, 99, 5, 41, 8, 60, 11, 23, 1]
    world = open_world(agents=len(key), key=key, followees=followees)
    people = world.people(5, len(key))
    assert people["generosity"].tolist() == [attribute(5, "generosity", 0, k) for k in key]
    follower, followee, locked = world.first_ties(5, people["key"])
    drawn = {(a, b) for a in range(len(key)) for b in first_followees(5, key, a, followees)}
    assert set(zip(follower.tolist(), followee.tolist(), strict=True)) == drawn
    assert not locked.any()


def test_a_workplace_can_be_drawn_from_the_text():
    world = workplace(span=2, levels=4, followees=2)
    manager = {p: (p - 1) // 2 for p in range(1, 15)}
    lines = {*manager.items(), *((m, p) for p, m in manager.items())}
    head = {p: p if p in (1, 2) else 0 for p in range(3)}
    for p in range(3, 15):
        head[p] = head[manager[p]]
    people = world.people(5, 15)
    assert people["group"].tolist() == [head[p] for p in range(15)]
    follower, followee, locked = world.first_ties(5, people["key"])
    ties = list(zip(follower.tolist(), followee.tolist(), strict=True))
    assert {tie for tie, lock in zip(ties, locked, strict=True) if lock} == lines
    near = {a: {b for one, b in lines if one == a} for a in range(15)}
    drawn = {(a, b) for a in range(15) for b in first_followees(5, list(range(15)), a, 2, near[a])}
    assert {tie for tie, lock in zip(ties, locked, strict=True) if not lock} == drawn


def test_a_grown_network_can_be_drawn_from_the_text():
    key = [30, 4, 17, 2, 99, 5, 41, 8]
    world = open_world(agents=len(key), key=key, start="growth", followees=2, attraction=0.7)
    numbers = np.random.Generator(np.random.PCG64([5, C["WORLD"]]))
    order = sorted(range(len(key)), key=lambda slot: key[slot])
    ties = []
    for n in range(1, len(key)):
        made, chosen = [followee for _, followee in ties], set()
        while len(chosen) < min(2, n):
            u = numbers.random() * (0.7 * n + len(made))
            if u < 0.7 * n or not made:
                chosen.add(min(math.floor(u / 0.7), n - 1))
            else:
                chosen.add(made[math.floor((u - 0.7 * n) % len(made))])
        ties += [(n, one) for one in sorted(chosen)]
    follower, followee, _ = world.first_ties(5, world.people(5, len(key))["key"])
    assert list(zip(follower.tolist(), followee.tolist(), strict=True)) == [(order[a], order[b]) for a, b in ties]
