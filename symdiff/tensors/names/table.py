"""The table of PyTorch's names: each function stands once, offered as `sd.name` and `x.name`.

What all of them share is here: NumPy's words for PyTorch's arguments, PyTorch's words for axes out
of range, the name that the tape shows, and the in-place twin.
"""

from __future__ import annotations

import functools
import inspect
from collections import namedtuple
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from ...functions.axes import shape_of
from ...functions.shaping import reshape
from ...graph.exact import is_number
from ...graph.naming import named
from ...graph.op import Op
from ...handles.handle import Handle
from ...handles.remembered import remembering
from ...handles.short import unary
from ..grad_fn import name_of, source_of
from ..torch_face import Tensor
from .outputs import into

F = TypeVar("F", bound=Callable[..., Any])


class LinAlgError(np.linalg.LinAlgError, RuntimeError):
    """A matrix that a routine cannot take; an error that users of PyTorch and of NumPy look for."""


FUNCTIONS: dict[str, Callable[..., Any]] = {}
METHODS: dict[str, Callable[..., Any] | property] = {}

_OTHER_WORDS = {  # NumPy's words, and second ones of PyTorch's own
    "axis": "dim", "keepdims": "keepdim", "axis0": "dim0", "axis1": "dim1", "tol": "atol", "b": "B",
    "split_size_or_sections": "split_size",
}  # fmt: skip
# functions of one tensor, whose ops depend on its shape and dtype and on options alone
_OF_ONE = frozenset(
    "sum mean prod amax amin var std logsumexp softmax log_softmax cumsum cumprod norm "
    "reshape view flatten ravel unflatten squeeze unsqueeze transpose t permute movedim expand "
    "narrow select clone flip tril triu trace diag diagonal repeat tile "
    "relu relu6 gelu silu mish selu elu celu leaky_relu softplus hardtanh logsigmoid".split()
)
_OF_STORAGE = frozenset({"layout", "memory_format", "pin_memory", "non_blocking"})


def offer(
    *aliases: str,
    function: bool = True,
    method: bool = True,
    inplace: bool = False,
    grad_fn: str | None = None,
    scalar_as_row: bool = False,
) -> Callable[[F], F]:
    """Offer a function by its name and aliases, as method too and, if asked, as `name_` in place.

    `grad_fn` is what the tape calls it: by default its name, "" leaves the name of the last op.
    `scalar_as_row`: a number without axes counts as a row of one, and so do the results.
    """

    def decorate(f: F) -> F:
        offered = spoken(grad_fn, scalar_as_row=scalar_as_row)(f)
        for alias in (f.__name__, *aliases):
            if function:
                FUNCTIONS[alias] = offered
            if method:
                METHODS[alias] = offered
            if inplace:
                METHODS[alias + "_"] = in_place(offered, alias + "_")
        return offered

    return decorate


def spoken(grad_fn: str | None = None, *, scalar_as_row: bool = False) -> Callable[[F], F]:
    """The function as PyTorch's users know such functions, in no table: for the namespaces."""

    def decorate(f: F) -> F:
        shown = f"{camel(f.__name__)}Backward0" if grad_fn is None else grad_fn
        return _adapted(_on_rows(f) if scalar_as_row else f, f, shown)  # type: ignore[return-value]

    return decorate


def offer_unary(ops: dict[str, Op]) -> None:
    """Offer ops of one argument by these names."""
    for names, op in ops.items():
        _offer_op(names, _unary(op), f"{op.name}(x), element by element.")


def offer_binary(ops: dict[str, Op], second: str = "other") -> None:
    """Offer ops of two arguments by these names; `second` is the word for the second one."""
    for names, op in ops.items():
        function = _binary(op) if second == "other" else _named(_binary(op), second)
        _offer_op(names, function, f"{op.name}(x, y), element by element, broadcast.")


def _unary(op: Op) -> Callable[..., Any]:
    def function(input: Any, *, out: Any = None) -> Any:
        y = unary(Tensor, op, input) if type(input) is Tensor else op(input)
        return y if out is None else into(out, y, op.name)

    return function


def _binary(op: Op) -> Callable[..., Any]:
    def function(input: Any, other: Any, *, out: Any = None) -> Any:
        y = op(input, other)
        return y if out is None else into(out, y, op.name)

    return function


def _named(function: Callable[..., Any], second: str) -> Callable[..., Any]:
    """A function of two arguments that knows its second one by another word."""

    @functools.wraps(function)
    def renamed(input: Any, *args: Any, **kwargs: Any) -> Any:
        if second in kwargs:
            args = (*args, kwargs.pop(second))
        return function(input, *args, **kwargs)

    return renamed


def _offer_op(names: str, function: Callable[..., Any], about: str) -> None:
    named(function, names.split()[0], about)
    for name in names.split():
        FUNCTIONS[name] = METHODS[name] = function
        FUNCTIONS[name + "_"] = METHODS[name + "_"] = in_place(function, name + "_")


def in_place(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The twin that puts the result in the place of its first argument."""

    def write(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self.become(function(self, *args, **kwargs))

    about = f"`{name[:-1]}`, the result in the place of the tensor, which is given back."
    return named(write, name, about)


def camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


def _on_rows(f: Callable[..., Any]) -> Callable[..., Any]:
    """f, called with a row where its first argument has no axes; rows of one lose their axis."""

    first = f.__code__.co_varnames[0]

    def on_row(*given: Any, **kwargs: Any) -> Any:
        if not given and first not in kwargs:
            return f(**kwargs)  # says what is missing
        input, *args = given if given else (kwargs.pop(first),)
        if shape_of(input):
            return f(input, *args, **kwargs)
        y = f(reshape(input, (1,)), *args, **kwargs)
        if not isinstance(y, tuple):
            return _number(y)
        parts = map(_number, y)
        return type(y)(*parts) if hasattr(y, "_fields") else tuple(parts)

    return on_row


def _number(row: Any) -> Any:
    """The number in a row of one, under the row's name."""
    node = getattr(row, "_node", None)
    y = reshape(row, ())
    return y if node is None or node.op is None else called(y, name_of(node))


def _adapted(f: Callable[..., Any], told: Callable[..., Any], shown: str) -> Callable[..., Any]:
    code = told.__code__
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    words = {
        other: own for other, own in _OTHER_WORDS.items() if own in known and other not in known
    }
    listed = code.co_varnames[len(known)] if code.co_flags & inspect.CO_VARARGS else ""
    ignored = _OF_STORAGE.difference(known)

    @functools.wraps(told)
    def adapted(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = _in_our_words(kwargs, words, ignored)
            if listed in kwargs:
                args = _with_list(args, kwargs, known[: code.co_argcount], listed)
            if "out" in kwargs and "out" not in known:
                return into(kwargs.pop("out"), adapted(*args, **kwargs), told.__name__)
        try:
            y = f(*args, **kwargs)
        except np.exceptions.AxisError as error:
            raise _out_of_range(error) from None
        except np.linalg.LinAlgError as error:
            raise LinAlgError(str(error)) from None
        return called(y, shown, args) if shown else y

    return remembering(Tensor, adapted) if told.__name__ in _OF_ONE else adapted


def _in_our_words(
    kwargs: dict[str, Any], words: dict[str, str], ignored: frozenset[str]
) -> dict[str, Any]:
    ours = {words.get(k, k): v for k, v in kwargs.items() if k not in ignored}
    if len(ours) < len(kwargs) and len(ours) < len(kwargs.keys() - ignored):
        raise TypeError(f"one argument is given by two words, both among {', '.join(kwargs)}")
    return ours


def _with_list(
    args: tuple[Any, ...], kwargs: dict[str, Any], before: Sequence[str], listed: str
) -> tuple[Any, ...]:
    """The arguments by place with those that a keyword lists, as in `flip(x, dims=(0, 1))`."""
    if len(args) > len(before):
        raise TypeError(f"{listed} is given by place and by word")
    by_word = [kwargs.pop(name) for name in before[len(args) :] if name in kwargs]
    return (*args, *by_word, kwargs.pop(listed))


def _out_of_range(error: np.exceptions.AxisError) -> IndexError:
    """What PyTorch says of an axis that is not there."""
    axis, rank = getattr(error, "axis", None), getattr(error, "ndim", None)
    if axis is None or rank is None:
        return error
    return IndexError(
        "Dimension out of range (expected to be in range of "
        f"[{-max(rank, 1)}, {max(rank, 1) - 1}], but got {axis})"
    )


def called(y: Any, name: str, given: Sequence[Any] = ()) -> Any:
    """y, whose node the tape shows by this name, unless y is what was given."""
    if type(y) is Tensor and y._node is None:
        return y
    for part in _handles(y):
        node = part._node
        if node is None or node.op is None or any(part is a for a in given):
            continue
        source_of(node).alias = name
    return y


def by_kind(name: str, x: Any) -> str:
    """The name that tells whether an argument was a number (0) or a tensor (1)."""
    return f"{name}Backward{0 if is_number(x) else 1}"


def _handles(y: Any) -> Iterator[Handle]:
    if isinstance(y, Handle):
        yield y
    elif isinstance(y, (tuple, list)):
        for part in y:
            yield from _handles(part)


def return_type(name: str, fields: str) -> Any:
    """What PyTorch calls `torch.return_types.max` and the like: a tuple whose parts have names."""
    made = namedtuple(name, fields)

    def __repr__(self: Any) -> str:  # noqa: N807
        parts = ",\n".join(f"{k}={v!r}" for k, v in zip(self._fields, self))
        return f"torch.return_types.{name}(\n{parts})"

    made.__repr__ = __repr__
    return made
