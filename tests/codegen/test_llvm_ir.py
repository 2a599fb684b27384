"""LLVM's language as kernels are written in it: LLVM reads it, and each thing is said once."""

from __future__ import annotations

import math
from typing import Any

import pytest

from codegen import native
from codegen.targets import ir

INT64, DOUBLE = ir.IntType(64), ir.DoubleType()
FOUR = ir.VectorType(DOUBLE, 4)


def new(*types_: Any, result: Any = DOUBLE) -> tuple[ir.Module, Any, ir.IRBuilder]:
    module = ir.Module(native.triple(), native.data_layout())
    function = ir.Function(module, ir.FunctionType(result, types_), "f")
    return module, function, ir.IRBuilder(function.append_basic_block())


def test_what_a_block_has_computed_is_not_said_again() -> None:
    _, f, b = new(INT64, INT64)
    assert b.add(*f.args) is b.add(*f.args)
    assert b.add(*f.args) is not b.sub(*f.args)
    assert len(b.block.lines) == 2


def test_a_block_knows_the_whole_numbers_of_the_blocks_before_it() -> None:
    _, f, b = new(INT64, INT64)
    first = b.add(*f.args)
    with b.if_then(ir.IntType(1)(1)):
        assert b.add(*f.args) is first
        inside = b.sub(*f.args)
    assert b.sub(*f.args) is not inside


def test_another_block_says_anew_what_is_no_whole_number() -> None:
    _, f, b = new(DOUBLE, DOUBLE)
    first = b.fadd(*f.args)
    with b.if_then(ir.IntType(1)(1)):
        assert b.fadd(*f.args) is not first


def test_whole_numbers_that_a_loop_does_not_change_are_found_before_it() -> None:
    _, f, b = new(INT64, INT64)
    before = b.block
    b.enter_loop(ir.IntType(1)(1))
    index = b.phi(INT64)
    fixed = b.add(*f.args)
    assert before.lines == [f"{fixed.text} = add i64 %a0, %a1"]
    moving = b.add(index, fixed)
    assert b.block.lines == [f"{moving.text} = add i64 {index.text}, {fixed.text}"]


def test_an_opaque_place_holds_what_the_place_holds() -> None:
    _, f, b = new(INT64.as_pointer(), DOUBLE.as_pointer())
    assert [b.load(b.opaque(place)).type for place in f.args] == [INT64, DOUBLE]


def test_what_is_read_holds_until_something_is_stored() -> None:
    _, f, b = new(DOUBLE.as_pointer(), DOUBLE.as_pointer())
    first = b.load(f.args[0])
    assert b.load(f.args[0]) is first
    b.store(first, f.args[1])
    assert b.load(f.args[0]) is not first


def test_what_is_read_holds_until_something_is_called() -> None:
    _, f, b = new(DOUBLE.as_pointer())
    first = b.load(f.args[0])
    b.called("cos", DOUBLE, [first], pure=True)
    assert b.load(f.args[0]) is first
    b.called("rand", INT64, [])
    assert b.load(f.args[0]) is not first


def test_a_call_with_side_effects_is_made_each_time() -> None:
    _, _, b = new()
    b.called("rand", INT64, [])
    b.called("rand", INT64, [])
    assert len(b.block.lines) == 2


@pytest.mark.parametrize("name", ["add", "sub", "or_", "xor"])
def test_nothing_is_added(name: str) -> None:
    _, f, b = new(INT64)
    assert getattr(b, name)(f.args[0], INT64(0)) is f.args[0]
    assert not b.block.lines


def test_constants_are_computed_at_once_where_they_fit() -> None:
    _, f, b = new(INT64)
    assert b.mul(f.args[0], INT64(1)) is f.args[0]
    assert b.mul(INT64(6), INT64(7)).text == "42"
    assert b.mul(INT64(1 << 40), INT64(1 << 40)).text == "%v1"


def test_negative_zero_is_not_zero() -> None:
    assert DOUBLE(0.0).text != DOUBLE(-0.0).text
    assert ir.Constant(FOUR, [-0.0]).text == f"splat (double {DOUBLE(-0.0).text})"


@pytest.mark.parametrize("value", [0.1, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.5])
@pytest.mark.parametrize("type_", [DOUBLE, ir.FloatType()])
def test_llvm_reads_every_number(type_: Any, value: float) -> None:
    module, _, b = new(result=type_)
    b.ret(type_(value))
    assert "ret" in native.optimised(str(module))


def test_llvm_reads_lanes_bytes_and_parts() -> None:
    pair = ir.LiteralStructType([INT64, DOUBLE])
    module, f, b = new(FOUR, pair.as_pointer())
    text: Any = ir.GlobalVariable(module, ir.ArrayType(ir.IntType(8), 4), "text")
    text.linkage, text.initializer = "internal", ir.Constant(text.content, b'"\\\n\0')
    b.called("puts", ir.IntType(32), [text])
    odd = ir.Constant(ir.VectorType(ir.IntType(32), 2), [1, 3])
    picked = b.shuffle_vector(f.args[0], ir.Constant(FOUR, ir.Undefined), odd)
    total = b.fadd(b.extract_element(picked, INT64(0)), b.extract_element(picked, INT64(1)))
    place = b.gep(f.args[1], [INT64(0), ir.IntType(32)(1)])
    assert place.type == DOUBLE.as_pointer()
    b.store(total, place, align=8)
    with b.if_else(b.fcmp_ordered("<", total, DOUBLE(0.0))) as (negative, positive):
        with negative:
            b.ret(total)
        with positive:
            before = b.block
    phi = b.phi(DOUBLE)
    phi.add_incoming(total, before)
    b.ret(phi)
    assert "puts" in native.optimised(str(module))
    assert module.declared == ["puts"]


def test_a_block_without_an_end_is_told() -> None:
    module, *_ = new()
    with pytest.raises(AssertionError, match=r"block\.1 of f does not end"):
        str(module)


def test_values_are_put_together_and_taken_apart() -> None:
    module, f, b = new(DOUBLE, DOUBLE, result=ir.LiteralStructType([DOUBLE, DOUBLE]))
    pair = b.together(f.args)
    assert b.extract_value(pair, 1).type == DOUBLE
    b.ret(pair)
    assert "insertvalue" in native.optimised(str(module))
