"""How fast is the engine on this machine, how near to what the machine can do, and how much memory does it take?

Every figure has a goal. Every repetition of it is a process of its own, so that no figure inherits the memory or the
warmth of another, and so that differences between two benchmarks can be told from noise.
"""

from .figures import GOALS, GROUPS, bench
from .processes import WARNING
from .workload import WORKLOAD

__all__ = ["GOALS", "GROUPS", "WARNING", "WORKLOAD", "bench"]
