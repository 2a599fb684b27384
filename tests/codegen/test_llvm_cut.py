"""What is asked of a nest before threads share it."""

import pytest

from codegen import threads
from codegen.index import Apply, Buffer, Read, Var
from codegen.nests import For, Procedure, Store
from codegen.scalars import ZERO, walk
from codegen.targets import llvm
from codegen.targets.llvm_cut import work


def test_the_work_of_thousands_of_steps_is_told_in_few_terms():
    n, x = Var("n"), Read("x", (Var("i"),))
    inner = For("j", ZERO, n, (Store("y", (Var("i"),), Apply("add", (x, x))),))
    amount = work((For("i", ZERO, n, (inner,) * 5000),), {"n"})
    assert "n" in str(amount) and len(walk(amount)) < 12


@pytest.mark.skipif(not threads.available, reason="there are no threads")
@pytest.mark.parametrize(("few", "shared"), [(0, True), (1, False), (2, True)])
def test_a_loop_of_one_turn_is_not_made_for_threads(few: int, shared: bool) -> None:
    n, m, here = Var("n"), Var("m"), (Var("i"), Var("j"))
    x, y = Buffer("x", (n, m)), Buffer("y", (n, m))
    inner = For("j", ZERO, m, (Store("y", here, Read("x", here)),))
    loop = For("i", ZERO, n, (inner,), few)
    extents = (("n", "x", 0), ("m", "x", 1))
    procedure = Procedure("copy", extents, (x,), (y,), (), (loop,))
    assert (threads.PARALLEL in llvm.text(procedure)) == shared
