"""Are edge lists of every kind read as they stand?"""

import numpy as np
import pytest

from simulation.errors import InputError
from simulation.readers import read_network
from tests.readers.helpers import balanced, places, ties, tolerant


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
