"""Attention: values weighted by how well their keys fit the queries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..functions import products, reducing
from ..functions.arranging import repeat, tile
from ..functions.axes import shape_of
from ..functions.creation import full_like
from ..functions.indexing import getitem
from ..functions.joining import concatenate
from ..functions.shaping import expand_dims, reshape, swapaxes
from ..ops import elementwise as ew
from ..tensors.names import reductions
from ..tensors.names.creation import finished
from ..tensors.names.table import spoken
from .chance import dropout
from .layers import linear, pad


@spoken("")
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(query @ key.T * scale) @ value; groups of queries may share a key (`enable_gqa`)."""
    if enable_gqa:
        heads = shape_of(query)[-3]
        key, value = (repeat(x, heads // shape_of(x)[-3], -3) for x in (key, value))
    scale = 1 / math.sqrt(shape_of(query)[-1]) if scale is None else scale
    scores = ew.mul(products.matmul(query, swapaxes(key, -1, -2)), scale)
    if is_causal:
        rows, columns = shape_of(scores)[-2:]
        scores = ew.where(finished(np.tri(int(rows), int(columns), dtype=bool)), scores, -math.inf)
    shares = reductions.softmax(scores, -1) if attn_mask is None else _shares(scores, attn_mask)
    return products.matmul(dropout(shares, dropout_p), value)


def _shares(scores: Any, mask: Any) -> Any:
    """The softmax of what the mask leaves; 0, not 0/0, for a query to which it leaves nothing."""
    is_choice = mask.dtype.kind == "b"
    scores = ew.where(mask, scores, -math.inf) if is_choice else ew.add(scores, mask)
    alone = ew.equal(reducing.amax(scores, -1, keepdims=True), -math.inf)
    return ew.where(alone, 0.0, reductions.softmax(ew.where(alone, 0.0, scores), -1))


# --- several heads; queries (L, N, E), keys and values (S, N, E), or without N


@spoken("")
def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """(output, weights) of attention by heads that each see a part of the projected vectors."""
    alone = len(shape_of(query)) == 2
    given = [expand_dims(x, 1) if alone else x for x in (query, key, value)]
    apart = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    q, k, v = _projected(given, embed_dim_to_check, in_proj_weight, in_proj_bias, apart)
    masks = [_additive(m, q) for m in (attn_mask, _of_samples(key_padding_mask, alone))]
    k, v, masks = _with_extra(k, v, masks, [bias_k, bias_v])
    q, k, v = (_heads(x, num_heads, f) for x, f in ((q, None), (k, static_k), (v, static_v)))
    k, v, masks = _with_zero(k, v, masks) if add_zero_attn else (k, v, masks)
    w = _weights(q, k, masks, num_heads)
    y = swapaxes(products.matmul(dropout(w, dropout_p, training), v), 0, 1)
    y = linear(reshape(y, shape_of(given[0])), out_proj_weight, out_proj_bias)
    return _told(y, w, num_heads, alone, need_weights, average_attn_weights)


def _told(y: Any, w: Any, heads: int, alone: bool, needed: bool, average: bool) -> tuple[Any, Any]:
    """The result and, if needed, the weights (N*heads, L, S) by head or their mean."""
    w = reshape(w, (-1, heads, *shape_of(w)[1:]))
    w = reducing.mean(w, 1) if average else w
    y, w = (getitem(y, (slice(None), 0)), getitem(w, 0)) if alone else (y, w)
    return y, w if needed else None


def _projected(
    given: Sequence[Any], size: int, weight: Any, bias: Any, apart: Sequence[Any] | None
) -> list[Any]:
    """Queries, keys and values of so many features, by weights told apart or packed."""
    features = shape_of(given[0])[-1]
    if features != size:
        raise ValueError(f"query has {features} features, not {size}")
    weights = _thirds(weight) if apart is None else apart
    return [linear(x, w, b) for x, w, b in zip(given, weights, _thirds(bias))]


def _weights(q: Any, k: Any, masks: Sequence[Any], heads: int) -> Any:
    scores = ew.div(products.matmul(q, swapaxes(k, -1, -2)), math.sqrt(shape_of(q)[-1]))
    return reductions.softmax(_masked(scores, masks, heads), -1)


def _thirds(x: Any) -> Sequence[Any]:
    """Query's, key's and value's part of packed weights."""
    if x is None:
        return (None, None, None)
    n = int(shape_of(x)[0]) // 3
    return [getitem(x, slice(k * n, (k + 1) * n)) for k in range(3)]


def _heads(x: Any, count: int, fixed: Any) -> Any:
    """(S, N, E) as (N*count, S, E/count), unless that is given."""
    if fixed is not None:
        return fixed
    size, samples, features = shape_of(x)
    return swapaxes(reshape(x, (size, samples * count, features // count)), 0, 1)


def _of_samples(mask: Any, alone: bool) -> Any:
    return expand_dims(mask, 0) if alone and mask is not None else mask


def _additive(mask: Any, like: Any) -> Any:
    """A mask of truths, true where nothing is to be seen, as what is added to scores."""
    if mask is None or mask.dtype.kind != "b":
        return mask
    return ew.where(mask, -math.inf, full_like(like, 0, shape=()))


def _longer(mask: Any) -> Any:
    return None if mask is None else pad(mask, (0, 1))


def _with_extra(
    k: Any, v: Any, masks: Sequence[Any], extra: Sequence[Any]
) -> tuple[Any, Any, list[Any]]:
    """Keys and values with one more, the same for all samples, that is always seen."""
    if extra[0] is None:
        return k, v, list(masks)
    samples = int(shape_of(k)[1])
    k, v = (concatenate([x, tile(e, (1, samples, 1))]) for x, e in zip((k, v), extra))
    return k, v, [_longer(m) for m in masks]


def _with_zero(k: Any, v: Any, masks: Sequence[Any]) -> tuple[Any, Any, list[Any]]:
    """Keys and values with zeros behind them, that are always seen."""
    return pad(k, (0, 0, 0, 1)), pad(v, (0, 0, 0, 1)), [_longer(m) for m in masks]


def _masked(scores: Any, masks: Sequence[Any], heads: int) -> Any:
    """Scores (N*heads, L, S) with what masks (L, S) or (N*heads, L, S), and (N, S), add."""
    of_pairs, of_keys = masks
    if of_pairs is not None:
        scores = ew.add(scores, of_pairs)
    if of_keys is None:
        return scores
    samples, size = shape_of(of_keys)
    by_sample = reshape(scores, (samples, heads, *shape_of(scores)[1:]))
    return reshape(ew.add(by_sample, reshape(of_keys, (samples, 1, 1, size))), shape_of(scores))
