"""The NumPy face: grad, jacobian, hessian and their kin, three ways each.

- `transforms`: what users call; `ways`, the three ways of each kind; `orders`, the nth derivative
- functions they give: `derivative`, `jitted`; `along` a direction, by jvp and vjp
- a call: `binding` of keywords, `calls` for what counts and how it is given back, `runs` on handles,
  `into` arrays that are given; `quick` and `arguments` for calls like one before
- what cannot be followed: `retrying` by a twin, `refusing` in the user's terms
"""
