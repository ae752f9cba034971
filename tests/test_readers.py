"""Does a user's network arrive as it stands in the file, and is everything else reported with its place?"""

import gzip
import warnings
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation import readers
from simulation.errors import InputError
from simulation.readers import ReadWarning, read_network

DATA = Path(__file__).parents[1].parent / "shared" / "data"


@pytest.fixture
def write(tmp_path):
    def write(text, name="ties.csv"):
        path = tmp_path / name
        data = text if isinstance(text, bytes) else text.encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def ties(network):
    """The ties by original id, in order."""
    return list(zip(network.ids[network.follower].tolist(), network.ids[network.followee].tolist(), strict=True))


def tolerant(*args, match="", **kwargs):
    with pytest.warns(ReadWarning, match=match):
        return read_network(*args, **kwargs)


def places(report, kind):
    return [example.line for example in report.examples[kind]]


def balanced(report):
    aside = report.comments + report.header + report.filtered + report.broken
    return report.lines == aside + report.self_ties + report.duplicates + report.ties


# ---- edge lists -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ties.csv", "ties.tsv", "ties.txt", "ties.edges", "TIES.EdgeList", "ties.edges.gz"])
@pytest.mark.parametrize("separator", [",", "\t", ";", " ", "   ", " \t", ", "])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_separator_and_name(write, name, separator, end):
    text = end.join(separator.join(row) for row in [("10", "9"), ("9", "2"), ("2", "10")])
    network = read_network(write(text, name), strict=True)
    assert ties(network) == [(10, 9), (9, 2), (2, 10)]
    assert network.ids.tolist() == [2, 9, 10]
    assert network.ids.dtype == np.int64
    assert network.follower.dtype == network.followee.dtype == np.int32
    assert network.attributes.shape == (3, 0)
    assert network.report.clean
    assert balanced(network.report)


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("source,target\n1,2\n2,3\n", 1),
        ("who,whom\n1,2\n2,3\n", 1),
        ("user,friend,weight\nanna,bob,3\nbob,cem,4\n", 1),
        ("follower followee\nanna bob\nbob cem\n", 1),
        ('"From";"To"\nanna;bob\nbob;cem\n', 1),
        ("anna,bob\nbob,cem\n", 0),
        ("anna,bob,3\nbob,cem,4\n", 0),
        ("1,2\n2,3\n", 0),
        ("\ufeff1,2\n2,3\n", 0),
    ],
)
def test_header_is_recognised(write, text, header):
    network = read_network(write(text), strict=True)
    assert network.report.header == header
    assert network.report.ties == 2


def test_header_can_be_said(write):
    path = write("anna,bob\nbob,cem\n")
    assert ties(read_network(path, header=True)) == [("bob", "cem")]
    path = write("from,to\nto,cem\n")
    assert ties(read_network(path, header=False)) == [("from", "to"), ("to", "cem")]


def test_text_ids_come_in_order_of_first_appearance(write):
    network = read_network(write("zoe,anna\nbob,zoe\nÖzil,bob\n"))
    assert network.ids.tolist() == ["zoe", "anna", "bob", "Özil"]


@pytest.mark.parametrize("text", ["007,7\n7,12\n", "0x1F,7\n7,12\n", "-0,7\n7,12\n", "7,007\n7,12\n", "+5,7\n7,12\n"])
def test_ids_that_only_look_like_integers_stay_text(write, text):
    network = read_network(write(text))
    assert len(network.ids) == 3
    assert ties(network)[0] == tuple(text.split("\n")[0].split(","))
    assert "not plain integers" in str(network.report)


def test_negative_and_large_integers(write):
    network = read_network(write(f"-5,{2**62}\n3,-5\n"))
    assert network.ids.tolist() == [-5, 3, 2**62]
    assert read_network(write(f"1,{2**63}\n")).ids.tolist() == ["1", str(2**63)]


def test_columns_where_and_reverse(write):
    path = write("time,followee,follower,flag\n5,1,2,1\n6,2,3,0\n7,3,1,true\n8,1,3,\n")
    assert ties(read_network(path)) == [(2, 1), (3, 2), (1, 3), (3, 1)], "the names decide, wherever they stand"
    assert ties(read_network(path, columns=("followee", "follower"))) == [(1, 2), (2, 3), (3, 1), (1, 3)]
    assert ties(read_network(path, columns=(1, 2), reverse=True)) == [(2, 1), (3, 2), (1, 3), (3, 1)]
    kept = read_network(path, where="flag")
    assert ties(kept) == [(2, 1), (1, 3)]
    assert kept.report.filtered == 2
    assert balanced(kept.report)
    assert ties(read_network(path, where=3)) == ties(kept)
    with pytest.raises(InputError, match="reverse contradicts the header"):
        read_network(path, reverse=True)
    assert ties(read_network(write("1 2\n2 3\n"), reverse=True)) == [(2, 1), (3, 2)]


@pytest.mark.parametrize("ids", ["1,2;2,3;1,2;3,1", "a,b;b,c;a,b;c,a"])
def test_line_numbers_of_filtered_rows(write, ids):
    rows = [f"{row},{flag}" for row, flag in zip(ids.split(";"), ("1", "0.0", "1.5", "no"), strict=True)]
    if ids[0] == "1":
        rows[3] = "3,1,0"
    report = tolerant(write("#\nx,y,keep\n" + "\n\n".join(rows)), where="keep").report
    assert (report.filtered, report.comments, places(report, "duplicates")) == (2, 4, [7])
    assert balanced(report)


@pytest.mark.parametrize("prefix", ["", "v"])
def test_line_numbers_after_short_and_filtered_rows(write, prefix):
    rows = ["1,2,1", "7", "2,3,0", "3,1,nan", "2,3,1", "1,2,2"]
    network = tolerant(write("\n".join(prefix + row for row in rows)), where=2)
    assert ties(network) == [(1, 2), (2, 3)] if not prefix else [("v1", "2"), ("v2", "3")]
    assert (places(network.report, "broken"), places(network.report, "duplicates")) == ([2], [6])
    assert network.report.filtered == 2
    assert balanced(network.report)


def test_integers_are_numbered_in_order_whatever_the_path(write):
    # Slots 2, 0, 1 for the ids as they come: a permutation that is not its own inverse. The second file is ragged,
    # the third has a negative id, so that other paths read them.
    for text in ("30,10\n10,20\n", "30,10\n10,20,x\n", "30,-10\n-10,20\n"):
        network = read_network(write(text))
        assert network.ids.tolist() == sorted(network.ids)
        assert ties(network) == [tuple(int(x) for x in line.split(",")[:2]) for line in text.split()]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"columns": ("folower", "followee")}, "did you mean 'follower'"),
        ({"columns": (0, 9)}, "0 .. 2"),
        ({"columns": (-1, 0)}, "0 .. 2"),
        ({"columns": (True, 0)}, "0 .. 2"),
        ({"columns": (1, 1)}, "one column twice"),
        ({"columns": "follower"}, "two names"),
        ({"where": "flagg"}, "did you mean 'flag'"),
        ({"comments": "é"}, "comments"),
    ],
)
def test_wrong_columns(write, options, message):
    with pytest.raises(InputError, match=message):
        read_network(write("follower,followee,flag\n1,2,1\n"), **options)


def test_a_name_needs_a_header(write):
    with pytest.raises(InputError, match="no header"):
        read_network(write("1,2,1\n2,3,1\n"), where="flag", header=False)


def test_quoted_fields(write):
    network = read_network(write('"Meier, Anna","Bob ""B"""\n"#1","%2"\n'), strict=True)
    assert ties(network) == [("Meier, Anna", 'Bob "B"'), ("#1", "%2")]


# ---- trouble --------------------------------------------------------------------------------------------------------

MESSY = """# a comment
1,2

2,3
% another
1,2
3
  # indented
3,3
,4
4,1,extra
1,2
"""


@pytest.mark.parametrize("letters", [False, True])
@pytest.mark.parametrize("extra", [False, True], ids=["fast", "careful"])
def test_trouble_is_reported_by_line(write, letters, extra):
    text = MESSY if extra else MESSY.replace(",extra", "")
    text = text.translate(str.maketrans("1234", "abcd")) if letters else text
    network = tolerant(write(text), match="broken lines 2, repeated ties 2, self ties 1")
    report = network.report
    assert ties(network) == ([("a", "b"), ("b", "c"), ("d", "a")] if letters else [(1, 2), (2, 3), (4, 1)])
    assert (report.lines, report.comments, report.ties, report.people) == (12, 4, 3, 4)
    assert places(report, "duplicates") == [6, 12]
    assert places(report, "self_ties") == [9]
    assert places(report, "broken") == [7, 10]
    assert [example.why for example in report.examples["duplicates"]] == ["first on line 2"] * 2
    assert [example.text for example in report.examples["broken"]] == ["c", ",d"] if letters else ["3", ",4"]
    assert balanced(report)
    assert not report.clean
    assert "line 7:" in str(report)
    with pytest.raises(InputError, match=r"(?s)repeated ties.*line 6:.*line 12:.*self ties.*line 9:"):
        read_network(write(text), strict=True)


def test_only_the_first_twenty_are_shown(write):
    report = tolerant(write("1,2\n" * 50)).report
    assert report.duplicates == 49
    assert places(report, "duplicates") == list(range(2, 22))
    assert "and 29 more" in str(report)


def test_comments_can_be_chosen(write):
    path = write("#a,b\n!c,d\n")
    assert ties(read_network(path, comments="!")) == [("#a", "b")]
    assert read_network(path, comments="").report.ties == 2


def test_a_field_without_end_is_a_broken_line(write):
    report = tolerant(write('1,2\n"' + "x" * 200_000 + "\n2,3\n")).report
    assert (report.ties, places(report, "broken")) == (2, [2])
    assert len(str(report)) < 1000


def test_unreadable_flags_are_broken_lines(write):
    report = tolerant(write("a,b,keep\n1,2,maybe\n2,3,1\n"), where="keep").report
    assert (report.ties, places(report, "broken")) == (1, [2])
    assert "neither true or false" in str(report)


@given(
    st.lists(st.sampled_from(["1", "2", "30", "x", "", " 2", "07", "1\t", '"1"', '"'])
             .flatmap(lambda a: st.tuples(st.just(a), st.sampled_from(["1", "2", "x", ""]),
                                          st.sampled_from(["", ",0", ",1", ",5,6", ",oh"]))), min_size=1, max_size=8),
    st.booleans(),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_fast_and_careful_paths_agree(rows, flagged):
    body = "\n".join(f"{a},{b}{c}" for a, b, c in rows).encode()
    layout = readers._Layout(",", False, [0, 1, 2] if flagged else [0, 1])
    slow = readers._parse_lines(body, layout)
    for parse in (readers._parse_integers, readers._parse_alike):
        fast = parse(body, layout)
        if fast is None:
            continue
        assert fast.ids.tolist() == slow.ids.tolist()
        assert fast.first.tolist() == slow.first.tolist()
        assert fast.second.tolist() == slow.second.tolist()
        assert (fast.filtered, list(fast.broken)) == (slow.filtered, slow.broken)
        position = np.arange(len(fast.first)) if fast.position is None else fast.position
        assert position.tolist() == slow.position.tolist()


def test_fast_path_is_taken_and_left(write, monkeypatch):
    def refuse(*_):
        raise AssertionError("the careful path ran")

    monkeypatch.setattr(readers, "_parse_lines", refuse)
    read_network(write("# c\n1 2 2010-01-02\n2 3 2010-01-03\n"))
    read_network(write("anna,bob\nbob,cem\n"))
    tolerant(write("1,2\n3\n2,3\n"))
    with pytest.raises(AssertionError):
        read_network(write("1,2\n2,3,4\n"))


# ---- files that are no network --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv.gz", b"", "empty"),
        ("a.csv", b" \n\n", "empty"),
        ("a.csv", b"# only\n% comments\n", "no ties"),
        ("a.csv", b"source,target\n", "no ties"),
        ("a.csv", b"lonely\npeople\n", r"(?s)no ties.*line 1: 'lonely' \(too few fields"),
        ("a.csv", b"1,1\n", "(?s)no ties.*self ties"),
        ("a.csv", b"1,2\n\x00\x01\x02", "not a text file.*line 2"),
        ("a.csv", bytes(range(128, 256)), "not UTF-8"),
        ("a.csv", "1,2\nJürgen,3\n".encode("latin-1"), "0xfc in line 2"),
        ("a.csv", "1,2\n".encode("utf-16"), "UTF-16"),
        ("a.docx", b"1,2\n", "unknown format '.docx'"),
        ("a.cvs", b"1,2\n", "did you mean '.csv'"),
        ("a", b"1,2\n", "unknown format ''"),
        ("a.gz", b"1,2\n", "unknown format"),
        ("a.graphml", b"<graphml><oops", "not readable as graphml"),
        ("a.gexf", b"1,2\n", "not readable as gexf"),
        ("a.mtx", b"1 2\n", "must begin"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate pattern general\n3 4 1\n1 2\n", "as many columns"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate pattern general\n3 3 2\n1 2\n", "declares 2 entries but has 1"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate pattern general\n3 3 1\n1 4\n", "index 4"),
        ("a.mtx", b"%%MatrixMarket matrix coordinate pattern general\n3 3 1\n1 x\n", "index x"),
    ],
)
def test_files_that_are_no_network(write, name, data, message):
    with pytest.raises(InputError, match=message):
        read_network(write(data, name))


def test_paths_that_lead_nowhere(write, tmp_path):
    write("1,2\n", "follows.csv")
    for source, message in [
        (tmp_path / "folows.csv", "did you mean 'follows.csv'"),
        (tmp_path / "none" / "a.csv", "no folder"),
        (tmp_path, "is a folder"),
        (None, "neither the path"),
        ("", "neither the path"),
    ]:
        with pytest.raises(InputError, match=message):
            read_network(source)


def test_broken_gzip(tmp_path):
    path = tmp_path / "a.csv.gz"
    for data in (gzip.compress(b"1,2\n" * 1000)[:-9], b"1,2\n"):
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"gzip|unpacked"):
            read_network(path)


# ---- graphs ---------------------------------------------------------------------------------------------------------


def example_graph(kind):
    graph = nx.gnp_random_graph(12, 0.2, seed=3, directed=kind is nx.DiGraph)
    graph.add_node(40)
    nx.set_node_attributes(graph, {node: {"age": 20 + node, "team": "ab"[node % 2]} for node in graph})
    return kind(graph)


@pytest.mark.parametrize("kind", [nx.DiGraph, nx.Graph])
@pytest.mark.parametrize("name", ["graph", "g.graphml", "g.graphml.gz", "g.gexf", "g.gexf.gz", "g.mtx", "g.mtx.gz"])
def test_graphs(tmp_path, kind, name):
    graph, path = example_graph(kind), tmp_path / name
    if "mtx" in name:
        symmetric = kind is nx.Graph
        edges = [(max(a, b), min(a, b)) if symmetric else (a, b) for a, b in graph.edges]
        rows = [f"%%MatrixMarket matrix coordinate real {'symmetric' if symmetric else 'general'}\n% c\n41 41 "]
        rows += [f"{len(edges) + 1}\n2 1 0\n", *(f"{a + 1} {b + 1} 0.5\n" for a, b in edges)]
        path.write_bytes(gzip.compress("".join(rows).encode()) if name.endswith("gz") else "".join(rows).encode())
    elif name != "graph":
        (nx.write_graphml if "graphml" in name else nx.write_gexf)(graph, path)
    network = read_network(graph if name == "graph" else path, strict=True)
    shift = 1 if "mtx" in name else 0
    assert {(a - shift, b - shift) for a, b in ties(network)} == set(graph.to_directed().edges)
    assert len(network.follower) == graph.to_directed().number_of_edges()
    if shift:
        assert network.ids.tolist() == list(range(1, 42))
        assert network.report.filtered == 1
    else:
        assert network.ids.tolist() == sorted(graph)
        assert network.attributes["age"].tolist() == [20 + node for node in sorted(graph)]
        assert network.attributes["team"].tolist() == ["ab"[node % 2] for node in sorted(graph)]


def test_graph_trouble_and_where():
    graph = nx.MultiDiGraph([("b", "a"), ("b", "a"), ("a", "a")])
    graph.add_edge("a", "b", kept="yes")
    network = tolerant(graph)
    assert network.ids.tolist() == ["b", "a"]
    assert (places(network.report, "duplicates"), network.report.self_ties) == ([2], 1)
    assert ties(read_network(graph, where="kept")) == [("a", "b")]
    with pytest.raises(InputError, match="did you mean 'kept'"):
        read_network(graph, where="keept")
    with pytest.raises(InputError, match="edge lists"):
        read_network(graph, columns=(0, 1))
    tuples = read_network(nx.Graph([((1, 2), (3, 4))]))
    assert ties(tuples) == [((1, 2), (3, 4)), ((3, 4), (1, 2))]


def test_both_directions_in_an_undirected_file_are_one_edge(write):
    text = "%%MatrixMarket matrix coordinate pattern symmetric\n3 3 3\n2 1\n1 2\n3 3\n"
    network = tolerant(write(text, "a.mtx"))
    assert sorted(ties(network)) == [(1, 2), (2, 1)]
    assert (places(network.report, "duplicates"), places(network.report, "self_ties")) == ([4], [5])


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30),
    st.booleans(),
    st.sampled_from([" ", ",", "\t", ";"]),
)
@settings(max_examples=60, deadline=None)
def test_round_trip_against_networkx(tmp_path_factory, edges, letters, separator):
    graph = nx.DiGraph(edges)
    path = tmp_path_factory.mktemp("trip") / "g.edges"
    path.write_text("".join(f"{'v' * letters}{a}{separator}{'v' * letters}{b}\n" for a, b in edges))
    expected = {(f"v{a}", f"v{b}") if letters else (a, b) for a, b in graph.edges if a != b}
    if not expected:
        with pytest.raises(InputError, match="no ties"):
            read_network(path)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ReadWarning)
        network = read_network(path)
    assert set(ties(network)) == expected
    assert len(network.follower) == len(expected)
    assert len(network.ids) == graph.number_of_nodes()
    assert network.report.self_ties == sum(a == b for a, b in edges)
    assert network.report.clean == (len(expected) == len(edges))
    assert balanced(network.report)


# ---- node tables ----------------------------------------------------------------------------------------------------


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


# ---- real files, where they are at hand -----------------------------------------------------------------------------


def real(name):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the real data {name} are not at hand")
    return path


@pytest.mark.parametrize(
    ("name", "options", "people", "ties", "duplicates", "self_ties"),
    [
        ("higgs_twitter/higgs-retweet_network.edgelist.gz", {}, 256_491, 328_132, 0, 0),
        ("krackhardt_hightech/advice.csv", {}, 21, 190, 0, 0),
        ("email_eu_core/email_eu_core.csv", {}, 1005, 24_929, 0, 642),
        ("collegemsg/CollegeMsg.txt.gz", {}, 1899, 20_296, 39_539, 0),
        ("bundestag_twitter/follows_two_waves.csv", {"where": "at_20181205"}, 247, 13_960, 0, 0),
        ("bundestag_twitter/follows_two_waves.csv", {"where": "at_20190702"}, 247, 14_489, 0, 0),
    ],
)
def test_real_networks(name, options, people, ties, duplicates, self_ties):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if duplicates + self_ties else "error", ReadWarning)
        network = read_network(real(name), **options)
    report = network.report
    assert (report.people, report.ties, report.duplicates, report.self_ties) == (people, ties, duplicates, self_ties)
    assert len(network.ids) == people
    assert len(network.follower) == ties
    assert balanced(report)


def test_real_node_tables():
    path = real("bundestag_twitter/follows_two_waves.csv")
    network = read_network(path, where="at_20181205", nodes=real("bundestag_twitter/nodes.csv"), strict=True)
    assert len(network.ids) == len(network.attributes) == 247
    assert list(network.attributes)[:2] == ["party", "gender"]
    assert network.attributes["party"].isna().sum() == 2, "two deputies have no party in the table"
    departments = real("email_eu_core/departments.csv")
    network = tolerant(real("email_eu_core/email_eu_core.csv"), nodes=departments, match="self ties 642$")
    assert network.attributes["department"].nunique() == 42
    network = read_network(
        real("krackhardt_hightech/advice.csv"), nodes=real("krackhardt_hightech/nodes.csv"), strict=True
    )
    assert np.bincount(network.followee).max() == 18
    assert network.ids[np.bincount(network.followee).argmax()] == 2
    assert network.attributes.loc[network.ids == 7, "level"].tolist() == [1]
