"""Write anew what the lab shows of the results of this checkout: answers, sweeps, and the teacher's page."""

from pathlib import Path

from .. import explore, teaching
from . import ANSWERS, lessons, write_answers

if __name__ == "__main__":
    results = Path(__file__).parents[3] / "results"
    write_answers(results)
    print(f"written to {ANSWERS}")
    explore.ship(results)
    print(f"written to {explore.SHIPPED}")
    lessons.cache_clear()
    teaching.FILE.write_text(teaching.written(teaching.FILE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"written to {teaching.FILE}")
