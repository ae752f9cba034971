"""What was read, what was set aside, and where in the source did it stand?"""

from dataclasses import dataclass, field
from typing import NamedTuple

#: What may be set aside as wrong; {unit} is a line of a file or an edge of a graph.
KINDS = {
    "broken": "broken {unit}s",
    "duplicates": "repeated ties",
    "self_ties": "self ties",
    "node_rows": "bad rows of the node table",
    "missing": "people missing from the node table",
}
EXAMPLES = 20  # shown of each kind


class ReadWarning(UserWarning):
    """Something in the file was set aside; the message counts it, the report lists it."""


class Example(NamedTuple):
    """One piece of trouble: number of the line or edge (from 1; 0 where there is none), the text there, and why."""

    line: int
    text: str
    why: str = ""

    def shown(self, unit: str) -> str:
        """Return the example on one line; `unit` says what is numbered."""
        text = self.text if len(self.text) <= 100 else self.text[:99] + "…"
        return f"{f'{unit} {self.line}: ' if self.line else ''}{text!r}{f' ({self.why})' if self.why else ''}"


@dataclass(frozen=True)
class ReadReport:
    """What was read and what was set aside.

    For ties that go one way
    ``lines == comments + header + filtered + broken + self_ties + duplicates + ties``.
    """

    source: str
    lines: int  # lines of the file; edges where the source is a graph
    ties: int  # ties kept (an undirected edge makes two)
    people: int
    unit: str = "line"  # what is counted and numbered: "line", or "edge" where the source is a graph
    comments: int = 0  # comment lines and blank lines
    header: int = 0  # 1 where a header line was recognised
    filtered: int = 0  # rows that `where` left out
    duplicates: int = 0  # repetitions of an earlier tie
    self_ties: int = 0
    broken: int = 0  # lines with too few fields, an empty id or an unreadable flag
    node_rows: int = 0  # rows of the node table with an empty or a repeated id
    missing: int = 0  # people with ties whom the node table lacks
    notes: tuple[str, ...] = ()
    examples: dict[str, tuple[Example, ...]] = field(default_factory=dict)  # the first 20 of each kind

    def wrong(self) -> list[tuple[str, str, int]]:
        """Return (kind, its name, how many) of all that was set aside as wrong."""
        return [
            (kind, name.format(unit=self.unit), count) for kind, name in KINDS.items() if (count := getattr(self, kind))
        ]

    @property
    def clean(self) -> bool:
        """Whether nothing was set aside as wrong."""
        return not self.wrong()

    def summary(self) -> str:
        """Say in one line what was set aside: counts, and where the first few stand."""
        found = ", ".join(f"{name} {count:,}{self._where(kind, count)}" for kind, name, count in self.wrong())
        return f"{self.source}: {found or 'nothing wrong'}"

    def _where(self, kind: str, count: int) -> str:
        places = [str(example.line) for example in self.examples[kind] if example.line][:3]
        more = ", ..." if count > len(places) else ""
        return f" ({self.unit} {', '.join(places)}{more})" if places else ""

    def trouble(self, each: int) -> str:
        """Return the first `each` examples of every kind of trouble, one per line."""
        out = []
        for kind, name, count in self.wrong():
            shown = self.examples[kind][:each]
            out += [f"  {name}: {count:,}", *(f"    {example.shown(self.unit)}" for example in shown)]
            out += [f"    ... and {count - len(shown):,} more"] if count > len(shown) else []
        return "\n".join(out)

    def __str__(self) -> str:
        head = f"{self.source}: {self.people:,} people, {self.ties:,} ties from {self.lines:,} {self.unit}s"
        parts = [(self.header, "header lines"), (self.comments, "comment or blank lines")]
        parts += [(self.filtered, f"{self.unit}s left out by their value or by where")]
        aside = [f"  {name}: {count:,}" for count, name in parts if count]
        notes = [f"  note: {note}" for note in self.notes]
        return "\n".join([head, *aside, *notes, self.trouble(EXAMPLES) or "  nothing wrong"])
