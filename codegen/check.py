"""Stops a malformed program, saying where and why; knows the dtype of every scalar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .index import (
    ARITHMETIC,
    COMPARISONS,
    DTYPES,
    INDEXING,
    PRIMITIVES,
    ROUTINES,
    SPECIAL,
    TRANSCENDENTAL,
    Apply,
    Buffer,
    Call,
    Cast,
    Const,
    Program,
    Read,
    Reduce,
    Scalar,
    Scan,
    Scatter,
    Select,
    Statement,
    Var,
)
from .nests import Local

FLOATS = frozenset({"float64", "float32"})
COMBINES = frozenset(["add", "mul", "maximum", "minimum"])
SCAN_COMBINES = COMBINES | {"logaddexp"}
_BINARY = "add sub mul div floordiv mod fmod pow maximum minimum fmax fmin copysign strongmul"
_BINARY += " lt le gt ge eq ne and or xor arctan2 hypot logaddexp logaddexp2 wrap_index"
_BINARY += " polygamma beta betaln gammainc gammaincc jv yv iv ive kv kve xlogy xlog1py zeta"
_BINARY += " binom ellipkinc ellipeinc boxcox boxcox1p inv_boxcox inv_boxcox1p"
ARITY = dict.fromkeys(PRIMITIVES, 1)
ARITY |= dict.fromkeys(_BINARY.split(), 2) | {"where": 3, "betainc": 3}
ARITY |= {"hyp1f1": 3, "hyp2f1": 4}
_FLOAT_ONLY = (TRANSCENDENTAL | SPECIAL | {"div", "reciprocal", "copysign"}) - {"sign"}
_LOGICAL = frozenset({"and", "or", "xor", "not"})
_ALSO_ON_BOOL = "add mul maximum minimum lt le gt ge eq ne fmax fmin"
_ON_BOOL = _LOGICAL.union(_ALSO_ON_BOOL.split())
RESULTS = {"slogdet": 2, "qr": 2, "eigh": 2, "svd": 3, "lu": 2, "lu_slogdet": 2}
_SOURCES = {"solve": 2, "solve_triangular": 2, "recurrence": 2, "searchsorted": 2}
_SOURCES |= {"lu_solve": 3, "lu_inv": 2, "lu_det": 2, "lu_slogdet": 2}
_INDEX_RESULT = frozenset({"argsort", "argmax", "argmin", "searchsorted"})

Dtypes = Mapping[str, str]


def _result_dtype(routine: str, k: int, dtype: str) -> str:
    """The dtype of a routine's k-th result, for sources of a dtype."""
    if routine == "lu" and k == 1:
        return "int32"
    return "int64" if routine in _INDEX_RESULT else dtype


class ProgramError(ValueError):
    """The program breaks a rule of the language."""


def dtype_of(scalar: Scalar, dtypes: Dtypes) -> str:
    """The dtype of a scalar whose buffers have the given dtypes."""
    if isinstance(scalar, (Const, Cast, Local)):
        return scalar.dtype
    if isinstance(scalar, Var):
        return "int64"
    if isinstance(scalar, Read):
        return dtypes[scalar.buffer]
    if isinstance(scalar, Select):
        return dtype_of(scalar.then, dtypes)
    if isinstance(scalar, Reduce):
        return dtype_of(scalar.body, dtypes)
    assert isinstance(scalar, Apply)
    if scalar.name in COMPARISONS:
        return "bool"
    return dtype_of(scalar.args[1 if scalar.name == "where" else 0], dtypes)


def check(program: Program) -> None:
    """Nothing, or a ProgramError."""
    _Checker(program).check()


class _Checker:
    """Goes through a program from the top, with the names that are known so far."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.buffers: dict[str, Buffer] = {}
        self.extents = {name for name, _, _ in program.extents}
        self.place: str | Statement = program.name

    def check(self) -> None:
        for buffer in self.program.inputs:
            self.place = f"input {buffer.name}"
            self.declare(buffer)
        self.check_extents()
        for statement in self.program.body:
            self.place = statement
            self.check_statement(statement)
            for target in targets(statement):
                self.declare(target)
        self.place = "outputs"
        self.known(self.program.outputs)

    def fail(self, message: str) -> ProgramError:
        place = self.place
        if not isinstance(place, str):
            place = f"statement making {', '.join(b.name for b in targets(place))}"
        return ProgramError(f"{self.program.name}: {place}: {message}")

    def declare(self, buffer: Buffer) -> None:
        if buffer.name in self.buffers:
            raise self.fail(f"{buffer.name} is made twice")
        if buffer.name in self.extents:
            raise self.fail(f"{buffer.name} is already the name of an extent")
        self.known_dtype(buffer.dtype)
        for extent in buffer.shape:
            self.integer(extent, self.extents, "an extent")
        self.buffers[buffer.name] = buffer

    def known_dtype(self, dtype: str) -> None:
        if dtype not in DTYPES:
            raise self.fail(f"unknown dtype {dtype}; there are {', '.join(DTYPES)}")

    def check_extents(self) -> None:
        inputs = {b.name: b for b in self.program.inputs}
        seen: set[str] = set()
        for name, buffer, axis in self.program.extents:
            self.place = f"extent {name}"
            if name in seen:
                raise self.fail("is declared twice")
            if buffer not in inputs:
                raise self.fail(f"no input {buffer}; there are {_listed(inputs)}")
            if not 0 <= axis < len(inputs[buffer].shape):
                raise self.fail(
                    f"{buffer} has no axis {axis}, its rank is {len(inputs[buffer].shape)}"
                )
            seen.add(name)

    def known(self, buffers: Iterable[str]) -> None:
        for name in buffers:
            if name not in self.buffers:
                later = {b.name for s in self.program.body for b in targets(s)}
                hint = "it is made later" if name in later else f"there are {_listed(self.buffers)}"
                raise self.fail(f"no buffer {name} here; {hint}")

    def check_statement(self, statement: Statement) -> None:
        if isinstance(statement, Call):
            return self.check_call(statement)
        if isinstance(statement, Scatter):
            return self.check_scatter(statement)
        scope = self.scope(statement.index, statement.target)
        if isinstance(statement, Scan):
            self.check_scan(statement)
        self.typed(statement.value, scope, statement.target)

    def scope(self, index: tuple[str, ...], target: Buffer) -> set[str]:
        if len(index) != len(target.shape):
            raise self.fail(f"{len(index)} index names for a target of rank {len(target.shape)}")
        return self.extents | self.fresh(index, self.extents) if index else self.extents

    def fresh(self, index: Iterable[str], scope: set[str]) -> set[str]:
        names = list(index)
        for name in names:
            if names.count(name) > 1 or name in scope:
                raise self.fail(f"the index name {name} already means something")
        return set(names)

    def check_scan(self, scan: Scan) -> None:
        if not 0 <= scan.axis < len(scan.target.shape):
            raise self.fail(f"no axis {scan.axis} in a target of rank {len(scan.target.shape)}")
        if scan.combine not in SCAN_COMBINES:
            raise self.fail(f"cannot scan with {scan.combine}, only with {_listed(SCAN_COMBINES)}")
        if scan.combine == "logaddexp" and scan.target.dtype not in FLOATS:
            raise self.fail(f"logaddexp needs floats, the target is {scan.target.dtype}")

    def check_scatter(self, scatter: Scatter) -> None:
        target, scope = scatter.target, self.ranged(scatter.ranges, self.extents)
        if not target.shape:
            raise self.fail("a scatter needs a target with axes")
        if len(scatter.index) != len(target.shape):
            raise self.fail(
                f"{len(scatter.index)} indices for a target of rank {len(target.shape)}"
            )
        for index in scatter.index:
            self.integer(index, scope, "an index")
        self.typed(scatter.value, scope, target)
        if scatter.source is not None:
            self.known([scatter.source])
            source = self.buffers[scatter.source]
            if source.dtype != target.dtype or len(source.shape) != len(target.shape):
                raise self.fail(
                    f"source {_described(source)} does not fit target {_described(target)}"
                )

    def check_call(self, call: Call) -> None:
        if call.routine not in ROUTINES:
            raise self.fail(f"unknown routine {call.routine}; there are {_listed(ROUTINES)}")
        self.known(call.sources)
        for given, wanted, what in (
            (len(call.targets), RESULTS.get(call.routine, 1), "targets"),
            (len(call.sources), _SOURCES.get(call.routine, 1), "sources"),
        ):
            if given != wanted:
                raise self.fail(f"{call.routine} has {wanted} {what}, not {given}")
        dtype = self.one_float(call)
        for k, target in enumerate(call.targets):
            wanted = _result_dtype(call.routine, k, dtype)
            if target.dtype != wanted:
                raise self.fail(f"{call.routine} of {dtype} gives {wanted}, not {target.dtype}")

    def one_float(self, call: Call) -> str:
        """The dtype that a routine reads: machine code would take another for what it is not."""
        dtypes = [self.buffers[source].dtype for source in call.sources]
        floats = sorted({dtype for dtype in dtypes if dtype.startswith("float")})
        if len(floats) > 1:
            raise self.fail(f"{call.routine} on {' and '.join(floats)}; cast them before")
        return dtypes[0]

    def typed(self, value: Scalar, scope: set[str], target: Buffer) -> None:
        self.known_dtype(target.dtype)
        dtype = self.dtype(value, scope)
        if dtype != target.dtype:
            raise self.fail(f"the value is {dtype}, the target {target.dtype}; use Cast")

    def integer(self, scalar: Scalar, scope: set[str], what: str) -> None:
        dtype = self.dtype(scalar, scope)
        if dtype not in ("int64", "int32"):
            raise self.fail(f"{what} must be an integer, not {dtype}")

    def dtype(self, scalar: Scalar, scope: set[str]) -> str:
        """The dtype, after everything inside has been checked."""
        if isinstance(scalar, Const):
            return self.check_const(scalar)
        if isinstance(scalar, Var):
            return self.check_var(scalar, scope)
        if isinstance(scalar, Read):
            return self.check_read(scalar, scope)
        if isinstance(scalar, Apply):
            return self.check_apply(scalar, scope)
        if isinstance(scalar, Cast):
            return self.check_cast(scalar, scope)
        if isinstance(scalar, Select):
            return self.check_select((scalar.condition, scalar.then, scalar.other), scope)
        if isinstance(scalar, Reduce):
            return self.check_reduce(scalar, scope)
        raise self.fail(f"{scalar!r} is no scalar of the language")

    def check_const(self, const: Const) -> str:
        kinds = {"float64": (int, float), "float32": (int, float), "bool": (bool,)}
        if const.dtype not in DTYPES or not isinstance(const.value, kinds.get(const.dtype, (int,))):
            raise self.fail(f"{const.value!r} is no constant of dtype {const.dtype}")
        return const.dtype

    def check_var(self, var: Var, scope: set[str]) -> str:
        if var.name not in scope:
            raise self.fail(f"no index or extent {var.name} here; there are {_listed(scope)}")
        return "int64"

    def check_read(self, read: Read, scope: set[str]) -> str:
        if read.buffer not in self.buffers:
            self.known([read.buffer])
        buffer = self.buffers[read.buffer]
        if len(read.index) != len(buffer.shape):
            rank, given = len(buffer.shape), len(read.index)
            raise self.fail(f"{buffer.name} has rank {rank} and is read with {given} indices")
        for index in read.index:
            self.integer(index, scope, f"an index of {buffer.name}")
        return buffer.dtype

    def check_cast(self, cast: Cast, scope: set[str]) -> str:
        self.dtype(cast.arg, scope)
        if cast.dtype not in DTYPES:
            raise self.fail(f"cannot cast to {cast.dtype}; there are {', '.join(DTYPES)}")
        return cast.dtype

    def check_apply(self, scalar: Apply, scope: set[str]) -> str:
        name = scalar.name
        if name not in PRIMITIVES:
            raise self.fail(f"unknown primitive {name}")
        if len(scalar.args) != ARITY[name]:
            raise self.fail(f"{name} takes {ARITY[name]} arguments, not {len(scalar.args)}")
        if name == "where":
            return self.check_select(scalar.args, scope)
        dtypes = [self.dtype(arg, scope) for arg in scalar.args]
        if len(set(dtypes)) > 1:
            raise self.fail(f"{name} on {' and '.join(dtypes)}; use Cast")
        if not allowed(name, dtypes[0]):
            raise self.fail(f"{name} is not for {dtypes[0]}; use Cast")
        return "bool" if name in COMPARISONS else dtypes[0]

    def check_select(self, scalars: tuple[Scalar, ...], scope: set[str]) -> str:
        condition, then, other = (self.dtype(part, scope) for part in scalars)
        if condition != "bool":
            raise self.fail(f"a condition must be bool, not {condition}")
        if then != other:
            raise self.fail(f"the branches of a choice are {then} and {other}; use Cast")
        return then

    def check_reduce(self, reduce: Reduce, scope: set[str]) -> str:
        if reduce.combine not in COMBINES:
            raise self.fail(f"cannot reduce with {reduce.combine}, only with {_listed(COMBINES)}")
        return self.dtype(reduce.body, self.ranged(reduce.ranges, scope))

    def ranged(self, ranges: tuple[tuple[str, Scalar], ...], scope: set[str]) -> set[str]:
        """The scope inside of ranges, whose extents know no index names."""
        for _, extent in ranges:
            self.integer(extent, self.extents, "a range")
        return scope | self.fresh((name for name, _ in ranges), scope)


def allowed(name: str, dtype: str) -> bool:
    """Whether a primitive takes arguments of this dtype."""
    if name in _FLOAT_ONLY:
        return dtype in FLOATS
    if name in _LOGICAL or dtype == "bool":
        return dtype == "bool" and name in _ON_BOOL
    if name in INDEXING:
        return dtype == "int64"
    return name in ARITHMETIC or name in COMPARISONS


def targets(statement: Statement) -> tuple[Buffer, ...]:
    return statement.targets if isinstance(statement, Call) else (statement.target,)


def _described(buffer: Buffer) -> str:
    return f"{buffer.name} ({buffer.dtype}, rank {len(buffer.shape)})"


def _listed(names: Iterable[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:12]) + (", ..." if len(shown) > 12 else "") if shown else "none"
