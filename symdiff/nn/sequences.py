"""Losses of sequences: how likely labels are that stand somewhere along time."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..functions import reducing
from ..functions.axes import shape_of
from ..functions.creation import full_like
from ..functions.indexing import getitem
from ..functions.joining import concatenate
from ..functions.keys import known_array
from ..functions.shaping import expand_dims, reshape
from ..ops import elementwise as ew
from ..tensors.names.table import spoken

_NEVER = -1e30  # the logarithm of no chance: finite, so that no slope is NaN


@spoken("")
def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """-log of the chance that log_probs (T, N, C), read along T, spell the targets.

    A label may last several steps and blanks may stand between labels (A. Graves et al., 2006).
    The gradient is the derivative by log_probs; PyTorch's is that by what log_softmax made them of.
    """
    if len(shape_of(log_probs)) == 2:
        whole = ctc_loss(expand_dims(log_probs, 1), targets, input_lengths, target_lengths,
                         blank, reduction, zero_infinity)  # fmt: skip
        return reshape(whole, ()) if reduction == "none" else whole
    times, lengths = _plain(input_lengths), _plain(target_lengths)
    labels = _padded(_plain(targets, whole=True), lengths, blank)
    losses = ew.neg(_likelihood(log_probs, labels, times, lengths, blank))
    losses = ew.where(ew.greater(losses, -_NEVER / 2), 0.0 if zero_infinity else np.inf, losses)
    if reduction == "none":
        return losses
    if reduction == "sum":
        return reducing.sum(losses)
    return reducing.mean(ew.div(losses, np.maximum(lengths, 1).astype(np.dtype(log_probs.dtype))))


def _plain(x: Any, whole: bool = False) -> np.ndarray:
    values = known_array(x, "ctc_loss()")
    return values if whole else values.reshape(-1).astype(np.int64)


def _padded(targets: np.ndarray, lengths: np.ndarray, blank: int) -> np.ndarray:
    """The labels of each sample in a row, blanks between and around them and up to one length."""
    longest = int(lengths.max(initial=0))
    rows = np.full((len(lengths), 2 * longest + 1), blank)
    flat, starts = targets.reshape(-1), np.cumsum(lengths) - lengths
    for k, (row, n) in enumerate(zip(rows, lengths)):
        own = flat[starts[k] : starts[k] + n] if targets.ndim == 1 else targets[k, :n]
        row[1 : 2 * n : 2] = own
    return rows


def _likelihood(
    log_probs: Any, labels: np.ndarray, times: np.ndarray, lengths: np.ndarray, blank: int
) -> Any:
    """The logarithm of the sum over all paths; alpha(n, s) is that of paths that are at s now."""
    samples = np.arange(len(labels))[:, None]
    may_skip = np.zeros(labels.shape, bool)
    may_skip[:, 2:] = (labels[:, 2:] != labels[:, :-2]) & (labels[:, 2:] != blank)
    steps = getitem(log_probs, (slice(None), samples, labels))
    first = np.arange(labels.shape[1]) < 2
    alpha = _floored(ew.where(first, getitem(steps, 0), _NEVER))
    for t in range(1, int(shape_of(log_probs)[0])):
        reached = _reached(alpha, may_skip)
        now = _floored(ew.add(reached, getitem(steps, t)))
        alpha = ew.where((t < times)[:, None], now, alpha)
    ends = [getitem(alpha, (samples[:, 0], 2 * lengths))]
    before = getitem(alpha, (samples[:, 0], np.maximum(2 * lengths - 1, 0)))
    return ew.logaddexp(ends[0], ew.where(lengths > 0, before, _NEVER))


def _reached(alpha: Any, may_skip: np.ndarray) -> Any:
    """From the same place, the one before or, past a blank between two labels, that before it."""
    by_one, by_two = (_moved(alpha, k) for k in (1, 2))
    return ew.logaddexp(ew.logaddexp(alpha, by_one), ew.where(may_skip, by_two, _NEVER))


def _moved(alpha: Any, k: int) -> Any:
    n, size = shape_of(alpha)
    nothing = full_like(alpha, _NEVER, shape=(n, min(k, size)))
    return concatenate([nothing, getitem(alpha, (slice(None), slice(0, max(size - k, 0))))], 1)


def _floored(alpha: Any) -> Any:
    return ew.where(ew.greater(alpha, _NEVER), alpha, _NEVER)
