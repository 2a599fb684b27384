"""The examples in docstrings give what they say."""

import doctest
import importlib
import inspect
import pkgutil
import warnings

import pytest

import symdiff
from symdiff.autograd import forward_ad, functional
from symdiff.explanation.comparing import Comparison
from symdiff.explanation.explaining import Explanation
from symdiff.formulas.closed_form import Formula

MODULES = ["symdiff"] + [m.name for m in pkgutil.walk_packages(symdiff.__path__, "symdiff.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    module = importlib.import_module(name)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = doctest.testmod(module, optionflags=flags)
    assert found.failed == 0


SPACES = [
    symdiff, symdiff.linalg, symdiff.special, symdiff.func, symdiff.nn.functional, symdiff.cuda,
    symdiff.autograd, functional, forward_ad,
]  # fmt: skip
CLASSES = [
    symdiff.Tensor, symdiff.Size, symdiff.dtype, symdiff.autograd.Function, Formula, Explanation,
    Comparison, type(symdiff.grad(abs)), type(symdiff.jit(abs)),
]  # fmt: skip
FOR_OPS = {"apply", "apply_to_one", "apply_to_two"}


def offered(space):
    """What users find there: no modules, no constants, nothing that was only imported for types."""
    names = getattr(space, "__all__", dir(space))
    found = {name: getattr(space, name) for name in names if name[0] != "_"}
    return {n: x for n, x in found.items() if inspect.isroutine(x) or inspect.isclass(x)}


@pytest.mark.parametrize("space", SPACES, ids=lambda space: space.__name__)
def test_every_public_name_says_what_it_is(space):
    silent = [n for n, x in offered(space).items() if not inspect.getdoc(x)]
    assert [n for n in silent if not offered(space)[n].__module__.startswith("collections")] == []


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_every_public_method_says_what_it_does(kind):
    found = {n: inspect.getattr_static(kind, n) for n in dir(kind) if n[0] != "_"}
    told = (property, staticmethod, classmethod)
    found = {n: x for n, x in found.items() if inspect.isroutine(x) or isinstance(x, told)}
    assert [n for n in found if n not in FOR_OPS and not inspect.getdoc(getattr(kind, n))] == []
