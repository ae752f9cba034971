"""Is what is wrong in an edge list set aside and shown with its line, on either path?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation.errors import InputError
from simulation.readers import edgelists, read_network
from simulation.readers.layout import Layout
from tests.readers.helpers import balanced, places, ties, tolerant

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
    said = r"broken lines 2 \(line 7, 10\), repeated ties 2 \(line 6, 12\), self ties 1 \(line 9\)"
    network = tolerant(write(text), match=said)
    report = network.report
    assert ties(network) == ([("a", "b"), ("b", "c"), ("d", "a")] if letters else [(1, 2), (2, 3), (4, 1)])
    assert (report.lines, report.comments, report.ties, report.people) == (12, 4, 3, 4)
    assert places(report, "duplicates") == [6, 12]
    assert places(report, "self_ties") == [9]
    assert places(report, "broken") == [7, 10]
    assert [example.why for example in report.examples["duplicates"]] == ["first in line 2"] * 2
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
    st.sampled_from([None, 2, 3]),
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_fast_and_careful_paths_agree(rows, flagged, most):
    body = "\n".join(f"{a},{b}{c}" for a, b, c in rows).encode()
    layout = Layout(",", True, [0, 1, 2] if flagged else [0, 1], most)
    slow = edgelists.parse_singly(body, layout)
    fast = edgelists.parse_alike(body, layout)
    if fast is None:
        return
    for ours, theirs in zip(fast[:4], slow[:4], strict=True):
        assert ours.tolist() == theirs.tolist()
    assert fast[4:] == slow[4:]


def test_more_fields_than_the_header_has_are_trouble(write):
    report = tolerant(write("source,target\n1,2\n2,3,4,5,6\n3,1\n")).report
    assert (report.ties, places(report, "broken")) == (2, [3])
    assert "too many fields: 5, the header has 2" in str(report)
    with pytest.raises(InputError, match="line 3"):
        read_network(write("source,target\n1,2\n2,3,4,5,6\n3,1\n"), strict=True)
    assert read_network(write("source,target\n1,2,0.5\n2,3,0.25\n")).report.ties == 2  # a column without a name


def test_fast_path_is_taken_and_left(write, monkeypatch):
    def refuse(*_):
        raise AssertionError("the careful path ran")

    monkeypatch.setattr(edgelists, "parse_singly", refuse)
    read_network(write("# c\n1 2 2010-01-02\n2 3 2010-01-03\n"))
    read_network(write("anna,bob\nbob,cem\n"))
    tolerant(write("1,2\n3\n2,3\n"))
    with pytest.raises(AssertionError):
        read_network(write("1,2\n2,3,4\n"))
