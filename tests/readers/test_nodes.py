"""Does a table of people join the network that it belongs to?"""

import networkx as nx
import pandas as pd
import pytest

from simulation.errors import InputError
from simulation.readers import read_network
from tests.readers.helpers import ties, tolerant


@pytest.mark.parametrize("as_frame", [False, True])
def test_node_table(write, as_frame):
    text = "age,id,team\n30,3,x\n10,1,y\n90,9,\n"
    table = pd.DataFrame({"age": [30, 10, 90], "id": [3, 1, 9], "team": ["x", "y", None]})
    network = tolerant(write("1,2\n2,3\n"), nodes=table if as_frame else write(text, "nodes.csv"), match="missing")
    assert network.ids.tolist() == [1, 2, 3, 9]
    assert ties(network) == [(1, 2), (2, 3)]
    assert list(network.attributes) == ["age", "team"]
    assert network.attributes["age"].tolist()[::2] == [10, 30]
    assert network.attributes["age"].isna().tolist() == [False, True, False, False]
    assert network.attributes["team"].isna().tolist() == [False, True, False, True]
    assert (network.report.missing, network.report.examples["missing"][0].text) == (1, "2")
    with pytest.raises(InputError, match=r"(?s)missing.*'2'"):
        read_network(write("1,2\n2,3\n"), nodes=table, strict=True)


def test_node_table_with_text_ids_and_bad_rows(write):
    nodes = write("# people\nperson;mood\nzed;1\nanna;2\n;3\nanna;4\nNA;5\n", "nodes.tsv")
    network = tolerant(write("anna,zed\n"), nodes=nodes, match="bad rows")
    assert network.ids.tolist() == ["anna", "zed", "NA"]
    assert network.attributes["mood"].tolist() == [2, 1, 5]
    assert [example.text for example in network.report.examples["node_rows"]] == ["row 3", "row 4: anna"]


def test_node_table_varieties(write):
    edges = write("1 2\n2 3\n")
    bare = read_network(edges, nodes=write("1 7\n2 8\n3 9\n", "nodes.txt"), strict=True)
    assert bare.attributes["attribute_1"].tolist() == [7, 8, 9]
    indexed = pd.DataFrame({"x": [7.0, 8, 9]}, index=pd.Index([3.0, 2.0, 1.0], name="id"))
    assert read_network(edges, nodes=indexed, strict=True).attributes["x"].tolist() == [9, 8, 7]
    extra = read_network(edges, nodes=pd.DataFrame({"name": [1, 2, 3, "bob"]}), strict=True)
    assert extra.ids.tolist() == ["1", "2", "3", "bob"]
    graph = nx.DiGraph([(1, 2)])
    nx.set_node_attributes(graph, {1: 5, 2: 6}, "age")
    both = read_network(graph, nodes=pd.DataFrame({"id": [2, 0, 1], "x": [2, 0, 1]}), strict=True)
    assert both.ids.tolist() == [0, 1, 2]
    assert both.attributes["x"].tolist() == [0, 1, 2]
    assert both.attributes["age"].tolist()[1:] == [5, 6]
    with pytest.raises(InputError, match="already: age"):
        read_network(graph, nodes=pd.DataFrame({"id": [1, 2], "age": [1, 2]}))
    for text, name, message in [
        ("id,a\n1,2,3\n", "n.csv", "not readable"),
        ("id,a\n1,2\n", "n.mtx", "no table"),
        ("", "n.csv", "empty"),
        ("# x\n", "n.csv", "no rows"),
    ]:
        with pytest.raises(InputError, match=message):
            read_network(edges, nodes=write(text, name))
