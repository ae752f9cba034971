"""How does a network that a user brings in a standard format become numbered people and ties?

Every format ends in the same steps: rows of two names, people numbered, self ties and repeated ties set aside, a node
table joined. Whatever is set aside is counted and shown with its place in a `ReadReport`.
"""

from simulation.readers.read import NetworkFile, read_network
from simulation.readers.report import ReadReport, ReadWarning

__all__ = ["NetworkFile", "ReadReport", "ReadWarning", "read_network"]
