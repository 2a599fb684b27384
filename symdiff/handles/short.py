"""The short way onto the tape of what comes most often: an elementwise op of one handle or two.

What it notes is what `Handle.apply` and `entry` note. Whatever is out of the ordinary goes there:
a trace, dtypes that differ, an error, an op that is met the first time.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions.products import PLAIN, matmul
from ..graph.extents import Shape
from ..graph.node import Node, user_place
from ..graph.op import Op
from ..ops.contract import einsum
from .modes import gradient_mode
from .tape import READS, reads

_NOTHING = (False, False, False)  # is read of what is not noted
_FAILS = (ValueError, IndexError, TypeError)


def unary(face: Any, op: Op, a: Any) -> Any:
    """op(a) for an elementwise op and a handle of this face."""
    if a._view is not None:
        a._refresh()
    x, m = a._value, a._node
    wanted = m is not None and m.requires_grad and gradient_mode.enabled
    read = READS.get((op, True)) if wanted else _NOTHING
    if read is None or x is None:
        return face.apply(op, (a,), {})
    try:
        y = op.evaluate(x)
    except _FAILS:  # told in the words of the op
        return face.apply(op, (a,), {})
    if type(y) is not np.ndarray:
        y = np.asarray(y)
    if not wanted:
        return face.of(None, y) if _keeps(x, y) else face.apply(op, (a,), {})
    saved = (y if read[0] else None, (x,) if read[1] else (m,))
    if wanted is not True:
        saved = wanted.kept((m,), saved)
    place = user_place(3)
    return face.of(Node(op, (m,), {}, y.shape, y.dtype, None, "", True, saved, True in read,
                        None, place), y)  # fmt: skip


def binary(face: Any, op: Op, a: Any, b: Any) -> Any:
    """op(a, b) for an elementwise op and handles of this face, of which one may be a number."""
    x = m = a
    z = n = b
    p = q = False
    if type(a) is face:
        if a._view is not None:
            a._refresh()
        x, m = a._value, a._node
        p = m is not None and m.requires_grad
    if type(b) is face:
        if b._view is not None:
            b._refresh()
        z, n = b._value, b._node
        q = n is not None and n.requires_grad
    wanted = (p or q) and gradient_mode.enabled
    read = READS.get((op, p, q)) if wanted else _NOTHING
    if read is None or x is None or z is None or _differ(x, z):
        return face.apply(op, (a, b), {})
    try:
        y = op.evaluate(x, z)
    except _FAILS:
        return face.apply(op, (a, b), {})
    if type(y) is not np.ndarray:
        y = np.asarray(y)
    if not wanted:
        kept = _keeps(x if type(x) is np.ndarray else z, y)
        return face.of(None, y) if kept else face.apply(op, (a, b), {})
    m, n = a.node if m is None else m, b.node if n is None else n
    return _noted(face, op, {}, (m, n), (x, z), y, read, wanted)


def product(face: Any, a: Any, b: Any) -> Any:
    """a @ b for two handles of this face; stacks that broadcast go their way."""
    for c in (a, b):
        if c._view is not None:
            c._refresh()
    x, m, z, n = a._value, a._node, b._value, b._node
    spec = None if x is None or z is None or _differ(x, z) else _spec(x.shape, z.shape)
    p, q = m is not None and m.requires_grad, n is not None and n.requires_grad
    wanted = (p or q) and gradient_mode.enabled
    read = READS.get((einsum, p, q, spec)) if wanted else _NOTHING
    if spec is None:
        return matmul(a, b)
    if read is None:
        read = READS[einsum, p, q, spec] = reads(einsum, (p, q), (x, z), {"spec": spec}, face.of)
    try:
        y = einsum.evaluate(x, z, spec=spec)
    except _FAILS:
        return matmul(a, b)
    if type(y) is not np.ndarray:
        y = np.asarray(y)
    if not wanted:
        return face.of(None, y)
    m, n = a.node if m is None else m, b.node if n is None else n
    return _noted(face, einsum, {"spec": spec}, (m, n), (x, z), y, read, wanted)


def _spec(a: Shape, b: Shape) -> str | None:
    """The product of vectors and matrices, of a stack and a matrix, or of two stacks alike."""
    ranks = len(a), len(b)
    return PLAIN.get(ranks) or (_STACKED.get(ranks) if ranks[1] == 2 or a[:-2] == b[:-2] else None)


_STACKED = {
    (3, 2): "abc,cd->abd", (4, 2): "abcd,de->abce",
    (3, 3): "abc,acd->abd", (4, 4): "abcd,abde->abce",
}  # fmt: skip


def _noted(
    face: Any, op: Op, params: Any, nodes: Any, values: Any, y: Any, read: Any, mode: Any
) -> Any:
    """The result y of an op of two arguments, with its place on the tape."""
    (m, n), (x, z) = nodes, values
    saved = (y if read[0] else None, (x if read[1] else m, z if read[2] else n))
    if mode is not True:
        saved = mode.kept(nodes, saved)
    node = Node(op, nodes, params, y.shape, y.dtype, None, "", True, saved, True in read,
                None, user_place(4))  # fmt: skip
    return face.of(node, y)


def _keeps(x: Any, y: Any) -> bool:
    """Whether y is not a float made of whole numbers, of which every face chooses its own."""
    return x.dtype is y.dtype or x.dtype.kind == "f" or y.dtype.kind != "f"


def _differ(x: Any, z: Any) -> bool:
    """Whether two arrays have different dtypes; a Python number takes on the other's."""
    return type(x) is type(z) and x.dtype is not z.dtype
