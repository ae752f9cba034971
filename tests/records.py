"""What do the tests of written records share?"""

import json

import networkx as nx
import numpy as np
import pandas as pd

from simulation import Keep, Parameters, from_network, open_world
from simulation.exchange import to_ties
from simulation.interventions import add_ties, drop_followees, set_attribute, set_parameter, silence
from simulation.state import hand_offsets, items_in_hand

TABLES = ("series", "agents", "ties", "ledger", "snapshots", "feeds")
ALL = Keep(ledger=True, snapshots=4, feeds=True)
LIVELY = {
    "arrivals": 2, "departure": 0.03, "homophily": 0.4, "openness": 0.5, "relay": 0.3, "memory": 3,
    "responsiveness": 0.5, "follow_back": 0.3, "churn": 0.02, "credit": 0.7, "cost": 1 / 3,
}  # fmt: skip


def changing(**more):
    """Return the arguments of a run in which all kinds of things happen, before and after tick 12."""
    world = open_world(
        agents=30, find_rate=("uniform", 0, 2), attention=4, group=("integers", 0, 2), identity=("bernoulli", 0.3),
        introducing=0.2, visibility=np.linspace(0, 2, 36),
    )  # fmt: skip
    interventions = [
        silence([3, 20], [1]), add_ties(14, [(7, 20), (8, 20)], locked=True), drop_followees(range(10, 25, 3), [4]),
        set_attribute(18, [2, 3], "generosity", [0.1, 1 / 3]),
        set_parameter([5, 22], "encounters", 4), set_parameter(7, "cost", 0.1), set_parameter(15, "cost", 0.7),
    ]  # fmt: skip
    return {"world": world, "parameters": Parameters(**LIVELY, capacity=36), "interventions": interventions,
            "keep": ALL, "compile": False, "seed": 5, **more}  # fmt: skip


def from_graph():
    graph = nx.gnp_random_graph(25, 0.15, seed=3, directed=True)
    graph = nx.relabel_nodes(graph, {node: f"p{node}" for node in graph})
    for number, node in enumerate(graph):
        graph.nodes[node].update(generosity=number / 30, find_rate=0.7, city="abc"[number % 3], age=20.5 + number)
    graph.nodes["p3"]["mixed"], graph.nodes["p4"]["mixed"], graph.nodes["p5"]["fan"] = (1, 2), "x", True
    ties = graph.number_of_edges()
    return from_network(graph, locked=np.arange(ties) % 5 == 0, find_rate=0.9)


def same_tables(first, second):
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_exact=True)


def same_state(first, second):
    assert first.tick == second.tick
    for part, other in zip(first.state.agents, second.state.agents, strict=True):
        np.testing.assert_array_equal(part, other)
    for part, other in zip(to_ties(first.state.network), to_ties(second.state.network), strict=True):
        np.testing.assert_array_equal(part, other)
    for name in ("name", "finder", "found", "rank", "topic", "kind"):
        np.testing.assert_array_equal(items_in_hand(first.state.hand)[name], items_in_hand(second.state.hand)[name])
    np.testing.assert_array_equal(
        *(hand_offsets(each.state.hand, each.state.agents.key.size) for each in (first, second))
    )


def content(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def edit(folder, change):
    """Change what provenance.json says."""
    provenance = json.loads((folder / "provenance.json").read_text())
    change(provenance)
    (folder / "provenance.json").write_text(json.dumps(provenance))
