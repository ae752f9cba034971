"""Does the dynamics fingerprint notice a change of the model, and only that?"""

import re
from pathlib import Path

import pytest

from simulation import Run, fingerprint, open_world, rules
from simulation.state import bytes_per_agent, bytes_per_tie

CHANGELOG = (Path(__file__).parents[1] / "CHANGELOG.md").read_text()


def test_the_changelog_names_the_fingerprint_of_now():
    named = re.findall(r"fingerprint `([0-9a-f]{16})`", CHANGELOG)
    assert named and fingerprint.dynamics_fingerprint(compile=False) == named[0], "a change altered the model's results"


def test_what_is_written_into_records_is_the_fingerprint_of_these_sources():
    assert fingerprint.known_fingerprint() == fingerprint.dynamics_fingerprint(compile=False)


def test_compiled_and_interpreted_runs_have_one_fingerprint():
    assert fingerprint.dynamics_fingerprint() == fingerprint.dynamics_fingerprint(compile=False)


def test_an_altered_rule_has_another(monkeypatch):
    before = fingerprint.dynamics_fingerprint(compile=False)

    class Altered(Run):
        def __init__(self, *values, **named):
            super().__init__(*values, **named, rules=rules.replace(price=lambda cost, load: cost * load * (1 + 1e-9)))

    monkeypatch.setattr(fingerprint, "Run", Altered)
    assert fingerprint.dynamics_fingerprint(compile=False) != before


def test_every_reason_occurs_in_the_fixed_runs():
    followed, unfollowed = set(), set()
    for world, parameters, interventions in fingerprint.fixed_runs():
        run = Run(world, parameters, seed=2009, interventions=interventions, compile=False).advance(12)
        series = run.record().series
        occurred = series.columns[series.sum() > 0]
        followed |= {name for name in occurred if name.startswith("follow_")}
        unfollowed |= {name for name in occurred if name.startswith("unfollow_")}
    assert len(followed) == 7 and len(unfollowed) == 6


@pytest.mark.parametrize("agents", [5_000])
def test_memory_per_agent_and_tie(agents):
    state = Run(open_world(agents=agents, followees=12), seed=1).state
    assert bytes_per_agent(state) < 200 and bytes_per_tie(state) <= 12
