"""What does the model description say that only the code can know?

Tables of parameters, the schedule, the rules, the codes and the constants of the draws are written from the code
into ``ODD.md``, between a line ``<!-- generated: NAME -->`` and a line ``<!-- end -->``.
``python -m simulation.description`` writes them anew.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from . import engine, randomness, record, rules, state
from . import worlds as _worlds  # noqa: F401 - its import registers what belongs to a world
from .distributions import as_text, draw
from .errors import unknown_name
from .families import KINDS
from .parameters import describe

ODD = Path(__file__).with_name("ODD.md")
MARKED = re.compile(r"^(<!-- generated: (\w+) -->\n)(.*?)(^<!-- end -->$)", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^# --- (\d+\. .+?) -*$")


def table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Return a Markdown table; bars inside a cell are escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def first_line(thing: object) -> str:
    """Return the first line of a docstring, in Markdown."""
    return (inspect.getdoc(thing) or "").partition("\n")[0].replace("``", "`")


# --- the parts --------------------------------------------------------------------------------------------------


def parameters() -> str:
    """Return the tables of all quantities that can be set, by owner."""
    titles = {
        "model": "**Parameters of the model**, the same for all agents.",
        "agent": "**Attributes of agents**: one number, a distribution, or an array with one value per slot.",
        "world": "**Parameters of starting worlds.**",
    }
    head = ("name", "default", "unit", "range", "meaning", "source of the default")
    columns = ("unit", "range", "meaning", "source")
    parts = []
    for owner, title in titles.items():
        rows = [
            (f"`{row['name']}`", default_text(row["default"]), *(row[name] for name in columns))
            for row in describe()
            if row["belongs"] == owner
        ]
        parts.append(f"{title}\n\n{table(head, rows)}")
    return "\n\n".join(parts)


def default_text(value: Any) -> str:
    """Return a default as people read it."""
    return value if isinstance(value, str) else as_text(value)


def phases_of(module: Any) -> dict[str, str]:
    """Return the phase of every function of a module: the numbered heading that it stands under in the source."""
    lines = inspect.getsource(module).splitlines()
    headings = [(number, found[1]) for number, line in enumerate(lines, 1) if (found := HEADING.match(line))]
    known = {}
    for name, thing in vars(module).items():
        if isinstance(thing, FunctionType) and thing.__module__ == module.__name__:
            above = [title for number, title in headings if number < thing.__code__.co_firstlineno]
            if above:
                known[name] = above[-1]
    return known


def called(function: FunctionType, in_loops: bool) -> Iterator[FunctionType]:
    """Yield the package's functions that a function calls, in the order of its source.

    Parameters
    ----------
    function : function
    in_loops : bool
        Whether to yield the calls inside ``for`` loops or those outside.
    """
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For)]
    inside = {id(node) for loop in loops for part in loop.body for node in ast.walk(part)}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and (id(node) in inside) == in_loops]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(call.func, ast.Name):
            thing = function.__globals__.get(call.func.id)
        elif isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
            thing = getattr(function.__globals__.get(call.func.value.id), call.func.attr, None)
        else:
            continue
        if isinstance(thing, FunctionType) and thing.__module__.startswith(f"{__package__}."):
            yield thing


def steps() -> list[tuple[str, FunctionType]]:
    """Return (phases, function) of every step of a tick, in the order in which the engine takes them."""
    advance: Any = engine.advance
    before = {*called(advance, in_loops=False)}  # what is made ready before the first tick is no phase
    found = []
    for function in called(advance, in_loops=True):
        own = phases_of(sys.modules[function.__module__])
        if function in before or function.__name__ not in own:
            continue
        helpers = [*called(function, in_loops=True), *called(function, in_loops=False)]
        near = {each.__name__ for each in helpers if each.__module__ == function.__module__}
        titles = {own[name] for name in {function.__name__, *near} & own.keys()}
        found.append(("; ".join(sorted(titles)), function))
    return found


def schedule() -> str:
    """Return the table of phases in the order in which the engine runs them."""
    rows = [
        (title, f"`{function.__module__.rpartition('.')[2]}.{function.__name__}`", first_line(function))
        for title, function in steps()
    ]
    return table(("phase", "function", "what it does"), rows)


def rules_as_text() -> str:
    """Return every rule: its name, what it says, and its formula as it stands in the code."""
    parts = []
    for name, rule in rules.RULES.items():
        source = textwrap.dedent(inspect.getsource(rule)).splitlines()
        definition: Any = ast.parse("\n".join(source)).body[0]
        body = definition.body[1:] if ast.get_docstring(definition) else definition.body
        formula = textwrap.dedent("\n".join(source[body[0].lineno - 1 :]))
        arguments = ", ".join(inspect.signature(rule).parameters)
        parts.append(f"`{name}({arguments})`:\n{first_line(rule)}\n\n```python\n{formula}\n```")
    return "\n\n".join(parts)


def codes() -> str:
    """Return the codes of reasons, channels and kinds of items."""
    reasons = [(code, f"`{name}`", "opt-in" if code > 0 else "opt-out") for code, name in state.REASONS.items()]
    kinds = [(code, f"`{name}`", "kind of an item in hand") for code, name in enumerate(record.KINDS)]
    channels = [(code, f"`{name}`", "channel of a delivery") for code, name in enumerate(record.CHANNELS)]
    return table(("code", "name", "of what"), [*reasons, *kinds, *channels])


def constants() -> str:
    """Return the constants of the generator and the numbers of all streams and branches."""
    rows = []
    for name, value in vars(randomness).items():
        if name.isupper():
            whole = isinstance(value, np.uint64) and value > 1
            rows.append((f"`{name}`", f"0x{int(value):016X}" if whole else value))
    return table(("name", "value"), rows)


def families() -> str:
    """Return the distributions that attributes can be drawn from."""
    rows = [(f"`{name}`", ", ".join(kind.parameters), kind.rule) for name, kind in KINDS.items()]
    return table(("name", "parameters", "allowed"), rows)


def vectors() -> str:
    """Return numbers that another implementation of the draws must reproduce."""
    with np.errstate(over="ignore"):
        finds = randomness.stream(1, 0, randomness.FIND)
        one = randomness.fold(finds, 7)
        generosity = float(draw(("uniform", 0, 1), "generosity", 1, [7])[0])
        name = randomness.item_name(randomness.fold(randomness.stream(1, 3, randomness.ITEM), 7), 0)
        occasion = randomness.fold(randomness.stream(1, 4, randomness.GIVE), randomness.cue(name, 9))
        none = float(randomness.no_event(2.5))
        many = float(randomness.no_event(40.0))
        rows = [
            ("stream(1, 0, FIND)", f"0x{int(finds):016X}"),
            ("s = fold(stream(1, 0, FIND), 7)", f"0x{int(one):016X}"),
            ("uniform(s)", repr(float(randomness.uniform(one)))),
            ("below(s, 1000)", int(randomness.below(one, 1000))),
            ("no_event(2.5)", repr(none)),
            ("poisson(s, 2.5, no_event(2.5))", int(randomness.poisson(one, 2.5, none))),
            ("poisson(s, 40, no_event(40))", int(randomness.poisson(one, 40.0, many))),
            ("binomial(s, 1000, 0.05)", int(randomness.binomial(one, 1000, 0.05))),
            ("n = item_name(fold(stream(1, 3, ITEM), 7), 0)", f"0x{int(name):08X}"),
            ("item_quality(n, 1)", repr(float(randomness.item_quality(name, 1.0)))),
            ("cue(n, 9)", f"0x{int(randomness.cue(name, 9)):016X}"),
            ("o = fold(stream(1, 4, GIVE), cue(n, 9))", f"0x{int(occasion):016X}"),
            ("upper(o)", repr(float(randomness.upper(occasion)))),
            ("lower(o)", repr(float(randomness.lower(occasion)))),
            ("generosity of key 7, uniform(0, 1), seed 1", repr(generosity)),
        ]
    return table(("expression", "value"), [(f"`{expression}`", value) for expression, value in rows])


PARTS: dict[str, Callable[[], str]] = {
    "parameters": parameters,
    "schedule": schedule,
    "rules": rules_as_text,
    "codes": codes,
    "families": families,
    "constants": constants,
    "vectors": vectors,
}

# --- the file ---------------------------------------------------------------------------------------------------


def rewritten(text: str) -> str:
    """Return a description with all generated parts as the code has them now.

    Raises
    ------
    InputError
        A marker names a part that nobody generates.
    """

    def anew(found: re.Match[str]) -> str:
        if found[2] not in PARTS:
            raise unknown_name("generated part", found[2], PARTS)
        return f"{found[1]}\n{PARTS[found[2]]()}\n\n{found[4]}"

    return MARKED.sub(anew, text)


def by_hand(text: str) -> str:
    """Return a description without its generated parts."""
    return MARKED.sub("", text)


def update(path: str | Path = ODD) -> bool:
    """Rewrite the generated parts of a description; return whether anything changed."""
    path = Path(path)
    old = path.read_text(encoding="utf-8")
    new = rewritten(old)
    if new != old:
        path.write_text(new, encoding="utf-8")
    return new != old


if __name__ == "__main__":
    print(f"{ODD.name}: {'rewritten' if update() else 'already agrees with the code'}")
