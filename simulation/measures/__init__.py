"""What do the numbers of a record say? A record or a network in, numbers out.

A measure is a plain function of a record, a `simulation.network.Network`, a networkx graph or a sparse matrix;
`ties_of` converts once where several are taken. ``measured(record, ["followers_gini"])`` takes them by name.
"""

from .brokerage import betweenness, betweenness_sampled, brokerage_roles, constraint, effective_size
from .careers import elite_turnover, rank_agreement, turnover
from .cascades import cascades, first_readings, reached, sources, tree_virality, watch
from .inequality import gini, interval, over_replicates, top_share
from .influence import influence
from .power import decision_weight, dependence, eigenvector, pagerank
from .reach import followers, reach
from .registry import MEASURES, measured
from .size import by_generosity, slope_on_generosity
from .structure import clustering, dyad_reciprocity, edge_reciprocity, k_core, transitivity
from .ties import Ties, ties_of

__all__ = [
    "MEASURES", "Ties", "betweenness", "betweenness_sampled", "brokerage_roles", "by_generosity", "cascades",
    "clustering", "constraint", "decision_weight", "dependence", "dyad_reciprocity", "edge_reciprocity",
    "effective_size", "eigenvector", "elite_turnover", "first_readings", "followers", "gini", "influence", "interval",
    "k_core", "measured", "over_replicates", "pagerank", "rank_agreement", "reach", "reached", "slope_on_generosity",
    "sources", "ties_of", "top_share", "transitivity", "tree_virality", "turnover", "watch",
]  # fmt: skip
