"""What is claimed, and what came out?"""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("holds broadly", "holds under a condition", "not supported", "not testable as stated")


@dataclass(frozen=True)
class Claim:
    """A claim of the essay and what it means here.

    Attributes
    ----------
    words : str
        A short phrase of the essay.
    reading : str
        What it says of the model.
    prediction : str
        What was expected, written before the runs.
    fails_where : str
        Where it was expected to fail, written before the runs.
    """

    words: str
    reading: str
    prediction: str
    fails_where: str


@dataclass(frozen=True)
class Verdict:
    """What came out.

    Attributes
    ----------
    kind : str
        One of ``KINDS``.
    sentences : list of str
        It in numbers; the first one stands in the ledger.
    effect : str
        Name of the effect that stands in the ledger; by default the first of the table.
    fails : str
        Where the claim fails, for the ledger; by default where it was expected to.
    """

    kind: str
    sentences: list[str]
    effect: str = ""
    fails: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"verdict {self.kind!r}; allowed: {', '.join(KINDS)}")

    def __str__(self) -> str:
        return "\n".join([f"Verdict: {self.kind}.", *self.sentences])
