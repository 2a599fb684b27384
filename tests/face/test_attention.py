"""Attention by several heads: what it gives is what the layer made of its parts gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from . import check, leaf, torch

F = torch.nn.functional
RNG = np.random.default_rng(0)
L, S, N, E, HEADS = 3, 4, 2, 4, 2
Q, K = RNG.normal(size=(L, N, E)), RNG.normal(size=(S, N, E))
W, B = RNG.normal(size=(3 * E, E)), RNG.normal(size=3 * E)
OUT, EXTRA = RNG.normal(size=(E, E)), RNG.normal(size=(1, 1, E))
HIDDEN = np.array([[False, False, True, False], [False, True, False, False]])


def by_hand(hidden: np.ndarray, extra: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """The same in NumPy, head by head."""
    q, k, v = (x @ w.T + b for x, w, b in zip((Q, K, K), W.reshape(3, E, E), B.reshape(3, E)))
    if extra is not None:
        k, v = (np.concatenate([x, np.repeat(extra, N, axis=1)]) for x in (k, v))
        hidden = np.concatenate([hidden, np.zeros((*hidden.shape[:-1], 1), bool)], axis=-1)
    parts, weights = np.zeros((L, N, E)), np.zeros((N, HEADS, L, len(k)))
    for n, h in np.ndindex(N, HEADS):
        own = slice(h * E // HEADS, (h + 1) * E // HEADS)
        scores = q[:, n, own] @ k[:, n, own].T / np.sqrt(E // HEADS)
        w = np.where(hidden[n] if hidden.shape[0] == N else hidden, 0, np.exp(scores))
        weights[n, h] = w / w.sum(axis=-1, keepdims=True)
        parts[:, n, own] = weights[n, h] @ v[:, n, own]
    return parts @ OUT.T, weights


def heads(q: Any, **options: Any) -> tuple[Any, Any]:
    k, extra = torch.tensor(K), options.pop("extra", None)
    return F.multi_head_attention_forward(
        q, k, k, E, HEADS, torch.tensor(W), torch.tensor(B), extra, extra, False, 0.0,
        torch.tensor(OUT), None, **options,
    )  # fmt: skip


@pytest.mark.parametrize("extra", [None, EXTRA], ids=["plain", "with a key for all"])
def test_keys_hidden_for_each_sample(extra: Any) -> None:
    more = {} if extra is None else {"extra": torch.tensor(extra)}
    y, w = heads(leaf(Q), key_padding_mask=torch.tensor(HIDDEN), **more)
    expected, weights = by_hand(HIDDEN, extra)
    np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-10)
    np.testing.assert_allclose(w.detach().numpy(), weights.mean(axis=1), rtol=1e-10, atol=1e-15)


def test_pairs_hidden_and_weights_of_each_head() -> None:
    hidden = np.triu(np.ones((L, S), bool), 1)
    y, w = heads(leaf(Q), attn_mask=torch.tensor(hidden), average_attn_weights=False)
    expected, weights = by_hand(hidden)
    np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-10)
    np.testing.assert_allclose(w.detach().numpy(), weights, rtol=1e-10, atol=1e-15)


def test_gradients() -> None:
    def f(q: Any) -> Any:
        return heads(q, key_padding_mask=torch.tensor(HIDDEN))[0]

    assert torch.autograd.gradcheck(f, (leaf(Q),))
    assert torch.autograd.gradgradcheck(f, (leaf(Q),))


def test_one_sample_without_its_axis() -> None:
    one, q = torch.tensor(K[:, 0]), leaf(Q[:, 0])
    y, w = F.multi_head_attention_forward(
        q, one, one, E, HEADS, None, torch.tensor(B), None, None, True, 0.0, torch.tensor(OUT),
        None, use_separate_proj_weight=True, q_proj_weight=torch.tensor(W[:E]),
        k_proj_weight=torch.tensor(W[E : 2 * E]), v_proj_weight=torch.tensor(W[2 * E :]),
    )  # fmt: skip
    assert (tuple(y.shape), tuple(w.shape)) == ((L, E), (L, S + 1))
    np.testing.assert_allclose(w.sum(-1).detach().numpy(), np.ones(L), rtol=1e-12)


@pytest.mark.parametrize("as_numbers", [False, True])
def test_a_query_with_nothing_to_attend_to_gets_nothing(as_numbers: bool) -> None:
    q, k = leaf(Q[:2, 0]), leaf(K[:2, 0])
    mask = torch.tensor([[True, False], [False, False]])
    if as_numbers:
        mask = torch.zeros(2, 2, dtype=torch.float64).masked_fill(~mask, -torch.inf)
    y = F.scaled_dot_product_attention(q, k, k, attn_mask=mask)
    y.sum().backward()
    check(y, [K[0, 0], [0] * E])
    check(k.grad, [[1] * E, [0] * E])
    check(q.grad, [[0] * E] * 2)
