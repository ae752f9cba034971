"""What must be seen where the model is simple enough to be solved?

Closed forms, each with its conditions (the corner of the model in which it holds) and its source: a citation, or
"derived here". Nothing here knows the simulation: only numpy and scipy. Rates and probabilities bear the names of
the model's parameters, and the tick is the unit of time unless a law says otherwise.

- chains, hazards, twins: opting in and out, alone, independently and in coupled worlds
- branching: followers who bring information win followers
- reciprocity: ties that are returned
- growth, growth_with_delay, growth_with_loss, inequality: newcomers, and how unequal they leave their predecessors
- cascades, cascades_among_few: how far an item spreads
- graphs, hierarchy, brokerage: structure
- attention: what is read
- groups: minorities
- pairs: paired runs, crowds

Laws that the model as specified cannot meet are not here (the directed models of Krapivsky, Rodgers & Redner and of
Bollobas, Borgs, Chayes & Riordan make ties between old agents by degree, a fixed population with preferential
attachment needs visible counts, queues of routed messages need time inside the tick), or say so (`karimi`,
`barabasi_albert_pmf`, `growth_with_unfollow_pmf`, queues in `attention`).
"""

from .attention import (
    erlang_loss,
    feed_mean,
    last_in_first_out_share,
    read_pmf,
    read_share,
    single_server_loss,
    top_of_feed_share,
)
from .branching import (
    NegativeBinomial,
    birth_death_immigration,
    branching_means,
    branching_pgf,
    branching_pmf,
    extinction_probability,
    feedback,
    finite_branching_pmf,
    gift_excess,
    gift_excess_limit,
    loop_amplification,
)
from .brokerage import (
    bridge_betweenness,
    bridge_constraint,
    broker_betweenness,
    broker_constraint,
    clique_constraint,
    star_constraint,
)
from .cascades import (
    Reach,
    binomial_cascade_pmf,
    borel_tanner_pmf,
    cascade_on_network,
    depth_cdf,
    otter_dwass_pmf,
    path_virality,
    reproduction_number,
    shares_pmf,
    star_virality,
)
from .cascades_among_few import finite_follower_shares_pmf, finite_readers_pmf, finite_shares_pmf
from .chains import (
    Moments,
    follow_probability_per_share,
    follower_kernel,
    follower_moments,
    follower_pmf,
    joint_opt_in_probability,
    opt_in_probability,
    stationary_follower_pmf,
)
from .graphs import (
    TRIADS,
    random_degree_pmf,
    random_dyads,
    random_followees_in_degree_pmf,
    random_followees_triad_census,
    random_triad_census,
    triad_name,
)
from .groups import (
    Groups,
    directed_homophily,
    group_in_degree_pmf,
    in_group_weight,
    independent_promotion_pmf,
    karimi,
    promotion_pmf,
    promotion_probabilities,
    promotion_relaxation,
    promotion_share,
)
from .growth import (
    attractiveness,
    barabasi_albert_pmf,
    expected_counts,
    first_mover_pmf,
    fitness_constant,
    fitness_pmf,
    in_degree_pmf,
    linear_kernel_pmf,
    no_preference_pmf,
    price_pmf,
    tail_exponent,
    yule_simon_pmf,
)
from .growth_with_delay import delayed_choices, delayed_counts
from .growth_with_loss import (
    delayed_churn_pmf,
    growth_with_churn_pmf,
    growth_with_unfollow_pmf,
    unfollow_tail_exponent,
)
from .hazards import (
    autocorrelation,
    equilibrium_followers,
    immigration_death_pmf,
    independent_follower_pmf,
    tie_lifetime_pmf,
    two_state_probability,
)
from .hierarchy import (
    level_sizes,
    subtree_sizes,
    tree_betweenness,
    tree_mean_distance,
    upward_delay,
    upward_reach,
)
from .inequality import (
    gamma_gini,
    gini_of_pmf,
    no_preference_gini,
    size_biased_mean,
    size_biased_pmf,
)
from .pairs import (
    condorcet,
    degroot_weights,
    difference_variance,
    effective_number,
    mean_of_signals_variance,
    replicate_saving,
    variance_ratio,
)
from .reciprocity import (
    Dyad,
    dyad_from_edge_reciprocity,
    dyad_kernel,
    dyad_law,
    dyad_reciprocity,
    edge_from_dyad_reciprocity,
    edge_reciprocity,
    follow_back_for,
    stepped_edge_reciprocity,
)
from .twins import (
    Twins,
    twin_moments,
)

__all__ = [
    "TRIADS",
    "Dyad",
    "Groups",
    "Moments",
    "NegativeBinomial",
    "Reach",
    "Twins",
    "attractiveness",
    "autocorrelation",
    "barabasi_albert_pmf",
    "binomial_cascade_pmf",
    "birth_death_immigration",
    "borel_tanner_pmf",
    "branching_means",
    "branching_pgf",
    "branching_pmf",
    "bridge_betweenness",
    "bridge_constraint",
    "broker_betweenness",
    "broker_constraint",
    "cascade_on_network",
    "clique_constraint",
    "condorcet",
    "degroot_weights",
    "delayed_choices",
    "delayed_churn_pmf",
    "delayed_counts",
    "depth_cdf",
    "difference_variance",
    "directed_homophily",
    "dyad_from_edge_reciprocity",
    "dyad_kernel",
    "dyad_law",
    "dyad_reciprocity",
    "edge_from_dyad_reciprocity",
    "edge_reciprocity",
    "effective_number",
    "equilibrium_followers",
    "erlang_loss",
    "expected_counts",
    "extinction_probability",
    "feed_mean",
    "feedback",
    "finite_branching_pmf",
    "finite_follower_shares_pmf",
    "finite_readers_pmf",
    "finite_shares_pmf",
    "first_mover_pmf",
    "fitness_constant",
    "fitness_pmf",
    "follow_back_for",
    "follow_probability_per_share",
    "follower_kernel",
    "follower_moments",
    "follower_pmf",
    "gamma_gini",
    "gift_excess",
    "gift_excess_limit",
    "gini_of_pmf",
    "group_in_degree_pmf",
    "growth_with_churn_pmf",
    "growth_with_unfollow_pmf",
    "immigration_death_pmf",
    "in_degree_pmf",
    "in_group_weight",
    "independent_follower_pmf",
    "independent_promotion_pmf",
    "joint_opt_in_probability",
    "karimi",
    "last_in_first_out_share",
    "level_sizes",
    "linear_kernel_pmf",
    "loop_amplification",
    "mean_of_signals_variance",
    "no_preference_gini",
    "no_preference_pmf",
    "opt_in_probability",
    "otter_dwass_pmf",
    "path_virality",
    "price_pmf",
    "promotion_pmf",
    "promotion_probabilities",
    "promotion_relaxation",
    "promotion_share",
    "random_degree_pmf",
    "random_dyads",
    "random_followees_in_degree_pmf",
    "random_followees_triad_census",
    "random_triad_census",
    "read_pmf",
    "read_share",
    "replicate_saving",
    "reproduction_number",
    "shares_pmf",
    "single_server_loss",
    "size_biased_mean",
    "size_biased_pmf",
    "star_constraint",
    "star_virality",
    "stationary_follower_pmf",
    "stepped_edge_reciprocity",
    "subtree_sizes",
    "tail_exponent",
    "tie_lifetime_pmf",
    "top_of_feed_share",
    "tree_betweenness",
    "tree_mean_distance",
    "triad_name",
    "twin_moments",
    "two_state_probability",
    "unfollow_tail_exponent",
    "upward_delay",
    "upward_reach",
    "variance_ratio",
    "yule_simon_pmf",
]
