"""Runs that make trouble, in a module that takes workers no time to import."""

import os
import signal
import time


def trouble(row):
    """Raise, hang, die or do it, as the row says."""
    if row == 3:
        raise ValueError("three")
    if row == 5:
        time.sleep(60)
    if row == 7:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"square": row * row}
