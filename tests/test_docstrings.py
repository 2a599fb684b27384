"""The examples in docstrings give what they say."""

import doctest
import importlib
import pkgutil
import warnings

import pytest

import symdiff

MODULES = ["symdiff"] + [m.name for m in pkgutil.walk_packages(symdiff.__path__, "symdiff.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = doctest.testmod(module, optionflags=flags)
    assert found.failed == 0
