"""What can a class take away from a run? A figure, tables, the network, and the Python lines that repeat it."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable

import networkx as nx

from ..errors import unknown_name
from ..interventions import Intervention
from ..parameters import SPECIFICATIONS
from .controls import as_given
from .session import Session

_DRAWING = threading.Lock()  # matplotlib's settings belong to the whole process


def figure(session: Session) -> bytes:
    """Return a PNG of followers against generosity, and of ties over time."""
    from matplotlib import style
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from .. import figures

    record, content = session.run.record(), io.BytesIO()
    with _DRAWING, style.context(figures.STYLE):
        drawn = Figure(figsize=(9, 3.8), layout="constrained")
        canvas = FigureCanvasAgg(drawn)
        left, right = drawn.subplots(1, 2)
        figures.followers_by_generosity(record, ax=left)
        figures.over_time(record, "ties", ax=right)
        right.set_title("ties over time")
        right.set_ylim(bottom=0)
        right.xaxis.get_major_locator().set_params(integer=True)
        drawn.suptitle(f"{record.world.name}, seed {record.seed}, {record.ticks} ticks", fontsize="medium")
        canvas.print_png(content)
    return content.getvalue()


def people(session: Session) -> bytes:
    """Return a CSV table with one row per person."""
    agents = session.run.record().agents
    return agents[agents["present"]].to_csv(index_label="slot").encode()


def series(session: Session) -> bytes:
    """Return a CSV table with one row per tick."""
    return session.run.record().series.to_csv().encode()


def graphml(session: Session) -> bytes:
    """Return the network as GraphML: an edge u -> v says that u follows v."""
    content = io.BytesIO()
    nx.write_graphml(session.run.record().network(), content)
    return content.getvalue()


def python(session: Session) -> bytes:
    """Return Python lines that do the run again and give the same numbers."""
    given = as_given(session.started_with)
    of_world = {name: value for name, value in given.items() if SPECIFICATIONS[name].belongs != "model"}
    world = session.run.world.name
    arguments = ", ".join(f"{name}={value!r}" for name, value in of_world.items())
    done = [each for each in session.run.interventions if each.ticks[0] < session.run.tick]
    makers = {"set": "set_attribute", "parameter": "set_parameter", "add": "add_ties"}
    imported = sorted(makers[each.kind] for each in done)
    lines = [
        "# Repeats a run of the lab of Connectors: the same numbers come out.",
        f"from simulation import Parameters, {world}, simulate",
    ]
    if done:
        lines.append(f"from simulation.interventions import {', '.join(dict.fromkeys(imported))}")
    lines += ["", "record = simulate(", f"    {world}({arguments}),", f"    {session.run.parameters!r},",
              f"    ticks={session.run.tick},", f"    seed={session.run.seed},"]  # fmt: skip
    if done:
        lines += ["    interventions=[", *(f"        {_written(each)}," for each in done), "    ],"]
    lines += [")", 'print(record.series[["ties", "read", "lost", "followers_gini"]].tail())',
              'print(record.agents[["generosity", "followers", "received"]].head())', ""]  # fmt: skip
    return "\n".join(lines).encode()


def _written(change: Intervention) -> str:
    if change.kind == "parameter":
        return f"set_parameter({change.ticks[0]}, {change.name!r}, {change.value!r})"
    if change.kind == "add":
        return f"add_ties({change.ticks[0]}, {list(change.ties)!r})"
    return f"set_attribute({change.ticks[0]}, {list(change.agents)!r}, {change.name!r}, {change.value!r})"


#: What can be taken: its maker, the end of its file's name and its media type.
TAKEN: dict[str, tuple[Callable[[Session], bytes], str, str]] = {
    "figure": (figure, "png", "image/png"),
    "people": (people, "people.csv", "text/csv"),
    "series": (series, "series.csv", "text/csv"),
    "network": (graphml, "graphml", "application/xml"),
    "python": (python, "py", "text/x-python"),
}


def take(session: Session, what: str) -> tuple[str, str, bytes]:
    """Return name, media type and content of what a class takes away.

    Parameters
    ----------
    session : Session
    what : str
        One of ``TAKEN``.

    Raises
    ------
    InputError
        There is no such thing to take.

    Examples
    --------
    >>> session = Session({"agents": 20}, seed=1, compile=False)
    >>> session.step()
    >>> name, kind, content = take(session, "python")
    >>> name, content.decode().splitlines()[1]
    ('connectors-seed1-tick1.py', 'from simulation import Parameters, open_world, simulate')
    """
    if not isinstance(what, str) or what not in TAKEN:
        raise unknown_name("thing to take away", what, TAKEN)
    make, end, kind = TAKEN[what]
    letter = "-b" if session.number else ""
    return f"connectors-seed{session.run.seed}-tick{session.run.tick}{letter}.{end}", kind, make(session)
