"""Does the simulator obey exact theory? Checks, their error rates, and how sure each would have noticed a fault.

A check compares independent replicates of the simulation, in a corner of the model whose law is known, with that law;
and compares the same law with a simulation in which one rule was altered by 10 %, which it must reject.
"""

from .check import Check, Means, Pmf, Result
from .suite import CHECKS, verify

__all__ = ["CHECKS", "Check", "Means", "Pmf", "Result", "verify"]
