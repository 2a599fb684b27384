"""The formula beside the value: how a result and its gradient came about, to be read."""

from . import gradients as gradients  # attaches what notebooks show of a gradient
