"""Write the answers of the lessons anew from the results of this checkout."""

from pathlib import Path

from . import ANSWERS, write_answers

if __name__ == "__main__":
    write_answers(Path(__file__).parents[3] / "results")
    print(f"written to {ANSWERS}")
