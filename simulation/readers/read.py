"""What are the steps from a source to a network with a report?"""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
import pandas as pd

from simulation.errors import InputError
from simulation.readers.edgelists import edge_rows
from simulation.readers.files import EDGE_LISTS, Text, existing, format_of, load
from simulation.readers.graphs import graph_rows, matrix_rows, parse_graph
from simulation.readers.layout import Wishes, recognise
from simulation.readers.nodes import join, node_table
from simulation.readers.report import EXAMPLES, Example, ReadReport, ReadWarning
from simulation.readers.rows import Rows


@dataclass(frozen=True, eq=False)
class NetworkFile:
    """A network as read: people are numbered by slot, 0 .. len(ids) - 1.

    Attributes
    ----------
    follower, followee : numpy.ndarray of int32, shape (ties,)
        The two slots of each tie, in the order of the source.
    ids : numpy.ndarray, shape (people,)
        The original id in each slot: int64, or object (text, or the nodes of a networkx graph).
    attributes : pandas.DataFrame, len(ids) rows
        One column per attribute; NaN or None where a person has no value.
    report : ReadReport
    """

    follower: np.ndarray
    followee: np.ndarray
    ids: np.ndarray
    attributes: pd.DataFrame
    report: ReadReport


def read_network(
    source: str | os.PathLike | nx.Graph,
    *,
    nodes: str | os.PathLike | pd.DataFrame | None = None,
    strict: bool = False,
    columns: Sequence[str | int] | None = None,
    where: str | int | None = None,
    reverse: bool = False,
    header: bool | None = None,
    comments: str = "#%",
) -> NetworkFile:
    """Read who follows whom from a file or a networkx graph.

    A row ``a b`` means that a follows b. People with integer ids (plainly written: no sign +, no leading zero) are
    numbered in numerical order, others in the order in which they first appear; people only in the node table join
    the numerical order or come last. Who appears only in self ties is kept as an isolated person.

    Parameters
    ----------
    source : path or networkx graph
        An edge list (.csv, .tsv, .txt, .edges, .edgelist, ...; comma, semicolon, tab or spaces), GraphML (.graphml),
        GEXF (.gexf) or Matrix Market coordinates (.mtx: a nonzero entry i, j means i follows j), UTF-8, each also
        with .gz. Undirected edges and symmetric matrices give ties in both directions.
    nodes : path or DataFrame, optional
        One row per person: ids in the column named id, node, name or key (else the first), attributes in the others.
        Who is only in this table becomes an isolated person.
    strict : bool
        Raise at any trouble instead of setting it aside with a `ReadWarning`.
    columns : two names or 0-based numbers, optional
        The columns of an edge list that hold follower and followee. By default the two columns that the header calls
        follower and followee (or source and target, from and to, src and dst), else the first two.
    where : name or number, optional
        Keep only rows whose value in this column (edge attribute for graphs) is true or a number other than 0.
    reverse : bool
        The file has the followee first.
    header : bool, optional
        Whether the first row of an edge list is a header; recognised by default.
    comments : str
        Lines of an edge list that begin with one of these characters are comments.

    Returns
    -------
    NetworkFile

    Raises
    ------
    InputError
        The file is missing, empty, no text, of an unknown format or without a tie; `strict` and anything set aside.
    """
    rows, label = _rows(source, Wishes(columns, where, reverse, header), comments)
    network = _finish(rows, nodes, label)
    report = network.report
    if strict and not report.clean:
        raise InputError(f"{report.summary()}; strict reading allows none of it\n{report.trouble(5)}")
    if not report.ties:
        why = "no ties" if not report.filtered else f"no ties left where {where!r} is true"
        raise InputError(f"{label}: {why}\n{report}")
    if not report.clean:
        warnings.warn(report.summary(), ReadWarning, stacklevel=2)
    return network


def _rows(source: str | os.PathLike | nx.Graph, wishes: Wishes, comments: str) -> tuple[Rows, str]:
    """Return the rows of any source, follower first, and what to call it."""
    path = None if isinstance(source, nx.Graph) else existing("source", source)
    label, kind = (path.name, format_of(path)) if path else ("networkx graph", "graph")
    if kind not in EDGE_LISTS and (wishes.columns is not None or wishes.header is not None):
        raise InputError(f"{label}: columns and header are for edge lists ({', '.join(EDGE_LISTS)}) only")
    data = load(path) if path else b""
    if isinstance(source, nx.Graph):
        rows = graph_rows(source, wishes.where, label)
    elif kind in (".graphml", ".gexf"):
        rows = graph_rows(parse_graph(data, kind, label), wishes.where, label, from_file=True)
    elif kind == ".mtx":
        rows = matrix_rows(data, wishes.where, label)
    else:
        text = Text(data, comments)
        rows = edge_rows(text, recognise(text, wishes, label))
    if wishes.reverse:
        rows.first, rows.second = rows.second, rows.first
    return rows, label


def _finish(rows: Rows, nodes: str | os.PathLike | pd.DataFrame | None, label: str) -> NetworkFile:
    """Set aside self ties and repetitions, join the node table, write the report."""
    first, second = rows.first.astype(np.int64), rows.second.astype(np.int64)
    low, high = (np.minimum(first, second), np.maximum(first, second)) if rows.both_ways else (first, second)
    pair = low * max(1, len(rows.ids)) + high
    loops = first == second
    repeats = pd.Series(pair).duplicated().to_numpy() & ~loops
    examples = {
        "broken": tuple(rows.broken),
        "self_ties": tuple(_example(rows, i) for i in np.flatnonzero(loops)[:EXAMPLES]),
        "duplicates": tuple(_example(rows, i, np.argmax(pair == pair[i])) for i in np.flatnonzero(repeats)[:EXAMPLES]),
    }
    counts = rows.counts | {"self_ties": int(loops.sum()), "duplicates": int(repeats.sum())}
    keep = ~(loops | repeats)
    follower, followee = first[keep].astype(np.int32), second[keep].astype(np.int32)
    if rows.both_ways:
        follower, followee = np.concatenate([follower, followee]), np.concatenate([followee, follower])
    ids = rows.ids
    attributes = pd.DataFrame(index=range(len(ids))) if rows.attributes is None else rows.attributes
    if nodes is not None:
        table, bad = node_table(nodes)
        ids, slot, attributes, missing = join(ids, attributes, table)
        follower, followee = slot[follower], slot[followee]
        examples |= {"node_rows": tuple(bad[:EXAMPLES]), "missing": tuple(Example(0, i) for i in missing[:EXAMPLES])}
        counts |= {"node_rows": len(bad), "missing": len(missing)}
    report = ReadReport(
        label, ties=len(follower), people=len(ids), unit=rows.unit, notes=tuple(rows.notes), examples=examples, **counts
    )
    return NetworkFile(follower, followee, ids, attributes, report)


def _example(rows: Rows, at: int | np.integer, earlier: int | np.integer | None = None) -> Example:
    number, *before = (int(rows.number_of(np.array([i]))[0]) for i in (at, earlier) if i is not None)
    return Example(number, rows.text_of(number), f"first in {rows.unit} {before[0]}" if before else "")
