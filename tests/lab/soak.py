"""Does the lab's memory stay flat while a class plays? Run by CI for five minutes beside other lanes, or for an hour.

``python -m tests.lab.soak MINUTES``: five pages of 300 people play in a server of their own, are reset, switched and
asked about people, and close and come back. Memory may rise while caches fill; what counts is the rest.
"""

import statistics
import sys
import threading
import time

from simulation.lab import frames
from tests.lab.serving import Client, Lab

PAGES, PEOPLE = 5, 300
RESET_AT, COME_BACK_AT = 300, 900  # ticks of one run; of one page
WARM = 0.4  # of the time, while caches fill
MOST = 0.08  # by which memory may then grow
TICKS_A_MINUTE = 10  # of every page at least: on a busy machine it is slow, but it plays
EVERY = 2.0  # seconds between two readings


def megabytes():
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


def growth(readings):
    """Return by which share memory has grown from just after the warm-up to the end: medians of a fifth each."""
    rest = readings[int(WARM * len(readings)) :]
    part = max(1, len(rest) // 5)
    return statistics.median(rest[-part:]) / statistics.median(rest[:part]) - 1


def play(lab, until, ticks, troubles):
    """Be one page until a time, and count its ticks."""
    try:
        while time.monotonic() < until:
            page = Client(lab)
            page.start(agents=PEOPLE)
            page.ask(do="play", on=True, speed=10)
            here = 0
            while time.monotonic() < until and here < COME_BACK_AT:
                try:
                    answer = page.read(5)
                except TimeoutError:
                    continue
                if not isinstance(answer, frames.Frame):
                    continue
                page.ask(do="ack")
                here, ticks[0] = here + 1, ticks[0] + 1
                if here % 50 == 0:
                    page.ask(do="switch", slot=5, to="give")
                    page.ask(do="order", slot=6)
                    page.ask(do="person", slot=7)
                if here % RESET_AT == 0:
                    page.ask(do="reset")
                    page.ask(do="play", on=True)
            page.close()
    except Exception as problem:
        troubles.append(problem)


def soak(minutes):
    """Return memory in MB, read every two seconds, ticks by page, and what went wrong."""
    readings, troubles, counts = [], [], [[0] for _ in range(PAGES)]
    with Lab() as lab:
        until = time.monotonic() + 60 * minutes
        pages = [threading.Thread(target=play, args=(lab, until, ticks, troubles)) for ticks in counts]
        for page in pages:
            page.start()
        while time.monotonic() < until and not troubles:
            time.sleep(EVERY)
            readings.append(megabytes())
        for page in pages:
            page.join()
    return readings, [ticks for (ticks,) in counts], troubles


def main(minutes):
    readings, ticks, troubles = soak(minutes)
    grown = growth(readings)
    warm = readings[int(WARM * len(readings))]
    print(f"{minutes:g} minutes, {PAGES} pages of {PEOPLE} people, {sum(ticks)} ticks: {readings[0]:.0f} MB at first, "
          f"{warm:.0f} warm, {max(readings):.0f} at most, {readings[-1]:.0f} in the end: {grown:+.1%} since warm")
    if troubles:
        raise SystemExit(f"a page failed: {troubles[0]!r}")
    if min(ticks) < TICKS_A_MINUTE * minutes:
        raise SystemExit(f"a page has stood still: {ticks} ticks")
    if grown > MOST:
        raise SystemExit(f"memory grows: by {grown:.1%}; allowed: {MOST:.0%}")


if __name__ == "__main__":
    main(float(sys.argv[1]))
