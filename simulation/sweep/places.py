"""Where in the journal is each run's frame, in 8 bytes per run, so that memory stays flat at any number of runs?"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, MutableMapping

PAGE = 256  # runs, for numbers with gaps as replicates by precision have them


class Places(MutableMapping[int, tuple[int, int]]):
    """A mapping of run to (offset of its frame, place of its status), in the order of runs.

    A dict of tuples would take some 200 bytes per run.

    Examples
    --------
    >>> places = Places()
    >>> places[10**9] = 4096, 0
    >>> places[3] = 0, 2
    >>> list(places.items()), 4 in places
    ([(3, (0, 2)), (1000000000, (4096, 0))], False)
    """

    def __init__(self) -> None:
        self.pages: dict[int, array] = {}
        self.count = 0

    def __getitem__(self, run: int) -> tuple[int, int]:
        page = self.pages.get(run // PAGE)
        packed = page[run % PAGE] if page else 0
        if not packed:
            raise KeyError(run)
        return divmod(packed - 1, 8)

    def __setitem__(self, run: int, place: tuple[int, int]) -> None:
        page = self.pages.setdefault(run // PAGE, array("q", bytes(8 * PAGE)))
        self.count += not page[run % PAGE]
        page[run % PAGE] = 8 * place[0] + place[1] + 1  # 0 is no place

    def __delitem__(self, run: int) -> None:
        self[run]  # raises where there is none
        self.pages[run // PAGE][run % PAGE] = 0
        self.count -= 1

    def __iter__(self) -> Iterator[int]:
        for number in sorted(self.pages):
            for at, packed in enumerate(self.pages[number]):
                if packed:
                    yield number * PAGE + at

    def __len__(self) -> int:
        return self.count
