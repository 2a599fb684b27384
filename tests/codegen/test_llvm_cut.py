"""What is asked of a nest before threads share it."""

from codegen.index import Apply, Read, Var
from codegen.nests import For, Store
from codegen.scalars import ZERO, walk
from codegen.targets.llvm_cut import work


def test_the_work_of_thousands_of_steps_is_told_in_few_terms():
    n, x = Var("n"), Read("x", (Var("i"),))
    inner = For("j", ZERO, n, (Store("y", (Var("i"),), Apply("add", (x, x))),))
    amount = work((For("i", ZERO, n, (inner,) * 5000),), {"n"})
    assert "n" in str(amount) and len(walk(amount)) < 12
