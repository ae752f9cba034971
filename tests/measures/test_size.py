"""Do the measures say what they claim to say?"""

import numpy as np
import pandas as pd
import pytest

from simulation.errors import InputError
from simulation.measures import by_generosity, slope_on_generosity

PEOPLE = pd.DataFrame(
    {"present": [True, True, True, True, False], "generosity": [0.0, 0.25, 0.75, 1.0, 0.5],
     "followers": [1.0, 2.0, 4.0, 5.0, 99.0]}
)  # fmt: skip


def test_slope_is_least_squares_over_present_agents():
    people = PEOPLE[PEOPLE["present"]]
    assert slope_on_generosity(PEOPLE) == pytest.approx(np.polyfit(people["generosity"], people["followers"], 1)[0])


def test_slope_of_equals_is_not_a_number():
    assert np.isnan(slope_on_generosity(PEOPLE.assign(generosity=0.5)))


def test_bins():
    means = by_generosity(PEOPLE, bins=2)
    assert means.tolist() == [1.5, 4.5] and means.index.tolist() == [0.25, 0.75]
    assert np.isnan(by_generosity(PEOPLE, bins=10).iloc[1])


@pytest.mark.parametrize(("arguments", "message"), [({"column": "folowers"}, "followers"), ({"bins": 0}, "bins")])
def test_bad_input(arguments, message):
    with pytest.raises(InputError, match=message):
        by_generosity(PEOPLE, **arguments)
