"""Forms -> notation: matrix notation where ranks allow, broadcasting or einsum beyond.

What would be repeated, or would make a line too long, gets a name: `where s = sigmoid(X @ w)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from ..calculus.einstein.facts import is_indicator
from ..calculus.einstein.forms import (
    UNIT,
    Applied,
    Factor,
    Form,
    Index,
    Map,
    Product,
    Scalar,
    Sum,
    Symbol,
    is_applied,
    reachable,
)
from ..graph.extents import Dim, Extent
from ..ops import contract
from .aligning import broadcast, diagonal, einsum, lined_up
from .elements import elementwise, eye, filled, scalar
from .matrices import Net, Read, product
from .notation import (
    Call,
    Guard,
    MatMul,
    Name,
    Notation,
    Number,
    Power,
    Subscript,
    Times,
    Total,
    coefficient,
    times,
)
from .text import text_of
from .truths import is_to_be_a_number
from .whole_arrays import applied

LONGEST = 78  # characters of a line, before parts of it get names of their own
WORTH = 9  # characters that naming a repeated part must save


Elementwise = Callable[[Any, Sequence[Notation], int, dict[str, Any]], Notation]


class Definition(NamedTuple):
    name: Name
    means: Notation


class Written(NamedTuple):
    """A formula with the names it uses."""

    results: tuple[Notation, ...]
    where: tuple[Definition, ...]


def written(
    forms: Sequence[Any],
    taken: Iterable[str],
    named: bool = True,
    elementwise: Elementwise = elementwise,
) -> Written:
    """The notation of each form (or number); `taken` are names that are no longer free.

    Unless `named`, every part is written where it stands, however often that is. `elementwise`
    writes an op of numbers.
    """
    writer = _Writer(taken, named, elementwise)
    roots = [f for f in forms if isinstance(f, Form)]
    order = reachable(roots)
    writer.count(order, roots)
    for form in order:
        writer.add(form, form in roots)
    results = tuple(writer.whole(f) if isinstance(f, Form) else Number(0, f) for f in forms)
    return Written(results, tuple(writer.where))


class _Writer:
    def __init__(self, taken: Iterable[str], named: bool, elementwise: Elementwise) -> None:
        self.taken, self.named, self.elementwise = set(taken), named, elementwise
        self.known: dict[Form, Notation] = {}
        self.where: list[Definition] = []
        self.uses: dict[Form, int] = {}
        self.numbered = 0
        self.labelled: set[Form] = set()

    def count(self, order: Sequence[Form], roots: Sequence[Form]) -> None:
        for used in [*roots, *(part for form in order for part in form.parts)]:
            self.uses[used] = self.uses.get(used, 0) + 1

    def add(self, form: Form, is_result: bool) -> None:
        notation = self._notation(form)
        if form.symmetric:
            notation = replace(notation, symmetric=True)
        self.known[form] = notation
        if (
            not self.named
            or isinstance(form, (Symbol, Scalar))
            or (is_result and self.uses[form] == 1)
        ):
            return
        length = len(text_of(notation))
        saved = (self.uses[form] - 1) * (length - 1)
        if length > LONGEST or saved > WORTH:
            name = Name(len(form.shape), self._fresh(form), symmetric=form.symmetric)
            whole = self.whole(form)
            self.labelled.add(form)
            self.where.append(Definition(name, whole))
            self.known[form] = name

    def _fresh(self, form: Form) -> str:
        """A free name: the op's first letter if there is one, then t1, t2, ..."""
        wish = form.op.name[0] if isinstance(form, (Map, Applied)) else "r"
        name = next(n for n in self._names(wish) if n not in self.taken)
        self.taken.add(name)
        return name

    def _names(self, wish: str) -> Iterator[str]:
        yield from (wish, *"strupqvwz")
        while True:
            self.numbered += 1
            yield f"t{self.numbered}"

    def whole(self, form: Form) -> Notation:
        """The result, in its full shape."""
        if isinstance(form, Sum) and form not in self.labelled:
            return self.total(form, full=True)
        return self.known[form]

    # --- one form

    def _notation(self, form: Form) -> Notation:
        if isinstance(form, Symbol):
            return Name(len(form.shape), form.node.label or "c")
        if isinstance(form, Scalar):
            return scalar(form.value)
        if is_indicator(form):
            return self._map(form, form.args[:1])
        if isinstance(form, Map):
            return self._map(form, form.args)
        if is_applied(form, contract.einsum):
            return self.product(_contraction(form), full=False)
        if isinstance(form, Applied):
            return applied(
                form, [self.whole(a) if isinstance(a, Form) else scalar(a) for a in form.args]
            )
        assert isinstance(form, Sum)
        return self.total(form, full=False)

    def _map(self, form: Map, given: Sequence[Any]) -> Notation:
        axes = tuple(range(len(form.shape)))
        args = [
            lined_up(*self._squeezed(a), axes) if isinstance(a, Factor) else scalar(a)
            for a in given
        ]
        if is_indicator(form):
            return args[0]
        return self.elementwise(form.op, args, len(axes), form.params)

    def _read(self, f: Factor) -> Read:
        what, at = self._squeezed(f)
        if is_indicator(f.form):
            return Read(Guard(what.rank, what), at, 1)
        return Read(what, at, f.power)

    def _squeezed(self, f: Factor) -> tuple[Notation, tuple[Index, ...]]:
        """The factor without its axes of size 1; what is read at i, i is a diagonal."""
        what = self.known[f.form]
        if UNIT not in f.at:
            return diagonal(what, f.at) if len(set(f.at)) < len(f.at) else (what, f.at)
        key = tuple(0 if i == UNIT else slice(None) for i in f.at)
        return Subscript(len(f.at) - f.at.count(UNIT), what, key), tuple(
            i for i in f.at if i != UNIT
        )

    # --- sums and products

    def total(self, form: Sum, full: bool) -> Notation:
        products = sorted(form.products, key=lambda p: p.number < 0)
        if not products:
            return filled("zeros", form.shape) if full else Number(0, 0)
        covered = {k for p in products for k in range(len(p.out)) if _varies(p, k)}
        found = self._terms(products, full and len(covered) < len(form.shape))
        signs, terms = zip(*sorted(found, key=lambda term: term[0] < 0))
        return terms[0] if signs == (1,) else Total(len(form.shape), signs, terms)

    def _terms(self, products: Sequence[Product], lacking: bool) -> Iterator[tuple[int, Notation]]:
        """The products, each with its sign; the first one in full shape if no other term varies."""
        for k, p in enumerate(products):
            term = self.product(p._replace(number=abs(p.number)), lacking and k == 0)
            if k == 0 and is_to_be_a_number(p, term, products[1:]):
                term = Times(term.rank, (Number(0, 1), term))
            inner = term if isinstance(term, Total) else Total(term.rank, (1,), (term,))
            for sign, part in zip(inner.signs, inner.terms):
                yield -sign if p.number < 0 else sign, part

    def product(self, p: Product, full: bool) -> Notation:
        """number * scalars * core / scalars."""
        sizes, factors = _mean_sizes(p)
        reads = _with_mean(p, [self._read(f) for f in factors])
        scalars, core = self._multiplied(reads, p, full)
        if sizes:
            given = [r for r in reads if not r.at]
            scalars, core, sizes = _as_mean(scalars, core, sizes, given)
        return _in_line(p.number, scalars, core, sizes)

    def _multiplied(
        self, reads: Sequence[Read], p: Product, full: bool
    ) -> tuple[list[Read], Notation | None]:
        """The scalars that stand in a product or become of its sums, and what has axes."""
        net = Net([r for r in reads if len(r.at) < 3])
        large = [r for r in reads if len(r.at) > 2]
        blocked = {i for r in large for i in r.at}
        left = net.take_out([i for i in p.summed if i not in blocked])
        left += [i for i in p.summed if i in blocked]
        core = self._core([*net.rest(), *large], p, left, full)
        return net.scalars, core

    def _core(
        self, reads: list[Read], p: Product, summed: Sequence[Index], full: bool
    ) -> Notation | None:
        """What has axes: the reads multiplied, with the axes of `out`."""
        out = tuple(i for i in p.out if i != UNIT)
        if len(set(out)) < len(out):
            core = self._with_delta(reads, out, summed, p.sizes)
        elif summed:
            core = einsum(_everywhere(reads, out, p.sizes), out)
        else:
            core = broadcast(reads, out, p.sizes, full)
        if core is not None and UNIT in p.out:
            key = tuple(None if i == UNIT else slice(None) for i in p.out)
            core = Subscript(len(p.out), core, key)
        return core

    def _with_delta(
        self,
        reads: list[Read],
        out: tuple[Index, ...],
        summed: Sequence[Index],
        sizes: Sequence[Dim],
    ) -> Notation:
        """A diagonal matrix where there are two axes; else eye as one more operand of einsum."""
        if out == (0, 0) and not summed:
            return Call(2, "diag", (product(reads),)) if reads else eye(sizes[0])
        reads = _everywhere(reads, out, sizes)
        free = len(sizes)
        fresh: list[Index] = []
        for i in out:
            if i in fresh:
                reads.append(Read(eye(sizes[i]), (i, free), 1))
                i, free = free, free + 1
            fresh.append(i)
        return einsum(reads, tuple(fresh))


def _contraction(form: Applied) -> Product:
    """An einsum that was left as it is, as a product over named indices."""
    inputs, out = contract.terms(form.params["spec"])
    numbers: dict[str | int, Index] = {}
    sizes: list[Dim] = []
    batch = len(form.shape) - len(out)
    labels: list[Sequence[str | int]] = [[*range(batch), *out]]
    labels += [
        [*range(batch + len(t) - len(a.shape), batch), *t] for a, t in zip(form.args, inputs)
    ]
    for x, names in zip((form, *form.args), labels):
        for name, n in zip(names, x.shape):
            if numbers.setdefault(name, len(sizes)) == len(sizes):
                sizes.append(n)
    at = [tuple(numbers[name] for name in names) for names in labels]
    factors = tuple(Factor(a, where) for a, where in zip(form.args, at[1:]))
    return Product(1, factors, at[0], tuple(sizes))


def _in_line(
    number: Any, scalars: Sequence[Read], core: Notation | None, sizes: Sequence[Dim]
) -> Notation:
    """number * scalars * core / scalars / sizes; all of it where the guards hold."""
    guards = [r for r in scalars if isinstance(r.what, Guard)]
    plain = [r for r in scalars if r not in guards]
    factors = [*_sorted(r for r in plain if r.power > 0), *([core] if core else [])]
    divisors = [*_sorted(r for r in plain if r.power < 0), *map(scalar, sizes)]
    above, below = coefficient(number, factors, divisors)
    whole = times([*above, *factors], [*below, *divisors])
    return product([Read(whole, (), 1), *guards]) if guards else whole


def _everywhere(reads: Sequence[Read], out: Sequence[Index], sizes: Sequence[Dim]) -> list[Read]:
    """The reads, with ones along axes that nothing is read along, and no delta stands."""
    bare = [i for i in out if out.count(i) == 1 and not any(i in r.at for r in reads)]
    return [*reads, *(Read(filled("ones", (sizes[i],)), (i,), 1) for i in bare)]


def _varies(p: Product, axis: int) -> bool:
    i = p.out[axis]
    return i == UNIT or p.out.count(i) > 1 or any(i in f.at for f in p.factors)


def _sorted(reads: Iterable[Read]) -> list[Notation]:
    """pi first, then names, then what is computed; else as they come."""
    return [_raised(r) for r in sorted(reads, key=lambda r: _place(r.what))]


def _place(x: Notation) -> int:
    """Where a scalar stands in a product."""
    if isinstance(x, Number):
        return 0 if getattr(x.value, "formula", "").isidentifier() else 2
    return 1 if isinstance(x, Name) else 2


def _raised(r: Read) -> Notation:
    return Power(0, r.what, Number(0, abs(r.power))) if abs(r.power) != 1 else r.what


def _mean_sizes(p: Product) -> tuple[list[Dim], list[Factor]]:
    """The sizes that a sum is divided by, if they are those it runs over."""
    below = [f for f in p.factors if f.power == -1 and _size_of(f) is not None]
    over = sorted(str(p.sizes[i]) for i in p.summed)
    if not below or sorted(str(_size_of(f)) for f in below) != over:
        return [], list(p.factors)
    return [_size_of(f) for f in below], [f for f in p.factors if f not in below]


def _with_mean(p: Product, reads: list[Read]) -> list[Read]:
    """The reads of a product that sums nothing, a sum that it divides by its sizes being a mean."""
    sizes = [(k, str(_size_of(f))) for k, f in enumerate(p.factors) if _size_of(f) is not None]
    below = {name: k for k, name in sizes if p.factors[k].power < 0}
    for k, f in enumerate(p.factors if below and not p.summed else ()):
        what, over = reads[k].what, _summed_sizes(f.form) if f.power == 1 else []
        mean = _mean(what, len(over))
        if over and mean is not None and set(over) <= set(below):
            reads[k] = reads[k]._replace(what=mean)
            for place in map(below.__getitem__, over):
                reads[place] = reads[place]._replace(power=reads[place].power + 1)
            return [r for r in reads if r.power]
    return reads


def _summed_sizes(form: Form) -> list[str]:
    """The sizes that a form of one product is summed over."""
    if not isinstance(form, Sum) or len(form.products) != 1:
        return []
    (p,) = form.products
    return sorted(str(p.sizes[i]) for i in p.summed)


def _size_of(f: Factor) -> Any:
    value = getattr(f.form, "value", None)
    return value if isinstance(value, Extent) else None


def _as_mean(
    scalars: list[Read], core: Notation | None, sizes: list[Dim], given: Sequence[Read]
) -> tuple[list[Read], Notation | None, list[Dim]]:
    """sum(x)/n as mean(x), where one call sums over all the sizes, and is no factor itself."""
    means = [None if r in given else _mean(r.what, len(sizes)) for r in scalars]
    sums = [m for m in means if m is not None]
    if core is None and len(sums) == 1:
        return [r._replace(what=m or r.what) for r, m in zip(scalars, means)], None, []
    mean = None if core is None or sums else _mean(core, len(sizes))
    return (scalars, core, sizes) if mean is None else (scalars, mean, [])


def _mean(x: Notation, count: int) -> Notation | None:
    """The mean that a sum over that many axes is when it is divided by their sizes."""
    if isinstance(x, Call) and x.function == "sum" and x.args[0].rank - x.rank == count:
        return replace(x, function="mean")
    if isinstance(x, MatMul) and count == 1 and len(x.factors) == 2 and x.rank == 0:
        u, v = x.factors
        return Call(0, "mean", (Power(1, u, Number(0, 2)),)) if u == v else None
    return None
