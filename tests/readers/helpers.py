"""What the tests of readers ask of a network and its report."""

import pytest

from simulation.readers import ReadWarning, read_network


def ties(network):
    """The ties by original id, in order."""
    return list(zip(network.ids[network.follower].tolist(), network.ids[network.followee].tolist(), strict=True))


def tolerant(*args, match="", **kwargs):
    """Read a network that has trouble, which must be warned of."""
    with pytest.warns(ReadWarning, match=match):
        return read_network(*args, **kwargs)


def places(report, kind):
    """The numbers of the lines or edges shown for one kind of trouble."""
    return [example.line for example in report.examples[kind]]


def balanced(report):
    """Whether every line is accounted for (where ties go one way)."""
    aside = report.comments + report.header + report.filtered + report.broken
    return report.lines == aside + report.self_ties + report.duplicates + report.ties
