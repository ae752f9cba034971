"""Who follows whom in a networkx graph, a GraphML or GEXF file, or a sparse matrix?"""

import io

import networkx as nx
import numpy as np
import pandas as pd

from simulation.errors import InputError
from simulation.readers.edgelists import edge_rows
from simulation.readers.fields import is_integer, no_truth, truth
from simulation.readers.files import Text, hint
from simulation.readers.layout import Layout
from simulation.readers.report import EXAMPLES, Example
from simulation.readers.rows import Rows, number_people, places


def matrix_rows(data: bytes, where: str | int | None, label: str) -> Rows:
    """Read a sparse matrix: entry i, j other than 0 means that i follows j."""
    if where is not None:
        raise InputError(f"{label}: where is for edge lists and graphs; entries of 0 are left out of a matrix anyway")
    banner = data[: data.find(b"\n") if b"\n" in data else None].decode().lower().split()
    if len(banner) != 5 or banner[:3] != ["%%matrixmarket", "matrix", "coordinate"]:
        raise InputError(f"{label}: must begin with '%%MatrixMarket matrix coordinate', a kind and a symmetry")
    text = Text(data, "%")
    size = next(iter(text.sample()), "").split()
    if len(size) != 3 or not all(map(is_integer, size)) or size[0] != size[1]:
        raise InputError(f"{label}: the size line must give rows, as many columns, and entries, not {' '.join(size)!r}")
    people, entries = int(size[0]), int(size[2])
    valueless = banner[3] in ("pattern", "complex")  # a complex entry is taken as one that is there
    rows = edge_rows(text, Layout(" ", True, [0, 1] if valueless else [0, 1, 2]))
    found = rows.counts["lines"] - rows.counts["comments"] - 1
    if found != entries:
        raise InputError(f"{label}: declares {entries:,} entries but has {found:,}; is the file cut off?")
    if odd := [i for i in map(str, rows.ids) if not is_integer(i) or not 1 <= int(i) <= people]:
        raise InputError(f"{label}: index {odd[0]} is not a number in 1 .. {people}")
    slots = rows.ids.astype(np.int64) - 1
    rows.first, rows.second = slots[rows.first], slots[rows.second]
    rows.ids = np.arange(1, people + 1)
    rows.both_ways = banner[4] != "general"
    return rows


def parse_graph(data: bytes, kind: str, label: str) -> nx.Graph:
    """Read a GraphML or GEXF file."""
    read = nx.read_graphml if kind == ".graphml" else nx.read_gexf
    try:
        return read(io.BytesIO(data))
    except (nx.NetworkXException, SyntaxError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{label}: is not readable as {kind[1:]}: {error}") from error


def graph_rows(graph: nx.Graph, where: str | int | None, label: str, from_file: bool = False) -> Rows:
    """Take the edges of a graph; their numbers count from 1 in the order of the graph."""
    edges = list(graph.edges(data=True))
    if where is not None and not any(where in values for *_, values in edges):
        known = sorted({str(name) for *_, values in edges for name in values})
        raise InputError(f"{label}: where {where!r} is no attribute of any edge{hint(where, known)}")
    truths = [where is None or truth(str(values.get(where, ""))) for *_, values in edges]
    kept = np.flatnonzero([said is True for said in truths])
    broken = [i for i, said in enumerate(truths) if said is None]
    ids, slot, notes = _slots(graph, from_file)

    def text_of(number: int) -> str:
        return f"{edges[number - 1][0]} {edges[number - 1][1]}"

    return Rows(
        first=np.array([slot[edges[i][0]] for i in kept], dtype=np.int32),
        second=np.array([slot[edges[i][1]] for i in kept], dtype=np.int32),
        ids=ids,
        number_of=lambda rows: kept[rows] + 1,
        text_of=text_of,
        counts={"lines": len(edges), "filtered": len(edges) - len(kept) - len(broken), "broken": len(broken)},
        broken=[Example(i + 1, text_of(i + 1), no_truth(str(edges[i][2][where]))) for i in broken[:EXAMPLES]],
        notes=notes,
        both_ways=not graph.is_directed(),
        unit="edge",
        attributes=_attributes(graph, slot),
    )


def _slots(graph: nx.Graph, from_file: bool) -> tuple[np.ndarray, dict, list[str]]:
    """Return ids by slot, the slot of each node, and notes; nodes that are no numbers stay as they are."""
    nodes = list(graph)
    if from_file or all(type(node) is int and abs(node) < 2**63 for node in nodes):
        ids, rank, notes = number_people([str(node) for node in nodes])
        return ids, dict(zip(nodes, rank.tolist(), strict=True)), notes
    ids = np.empty(len(nodes), object)
    ids[:] = nodes
    return ids, {node: i for i, node in enumerate(nodes)}, []


def _attributes(graph: nx.Graph, slot: dict) -> pd.DataFrame:
    order = places(np.array(list(slot.values()), dtype=np.int64))
    people = [values for _, values in graph.nodes(data=True)]
    return pd.DataFrame(people, index=range(len(people))).rename(columns=str).iloc[order].reset_index(drop=True)
