"""Do the examples in the docstrings give what they say?"""

import doctest
import importlib
import pkgutil

import pytest

import experiments
import simulation

MODULES = [
    module.name
    for package in (simulation, experiments)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", ["simulation", "experiments", *MODULES])
def test_examples(name):
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS).failed == 0
