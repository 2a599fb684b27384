"""What a Tensor tells of its formula; how that is found loads when it is first asked for."""

from __future__ import annotations

from typing import Any

from ..graph.late import late
from .torch_face import Tensor

_TOLD: dict[str, Any] = {
    "formula": property(
        late("symdiff.formulas.deriving", "tensor_formula"),
        doc="The closed form of how this tensor was computed.",
    ),
    "_repr_latex_": late("symdiff.explanation.gradients", "gradient_latex"),
    "_repr_html_": late("symdiff.explanation.gradients", "gradient_html"),
}
for _name, _told in _TOLD.items():
    setattr(Tensor, _name, _told)
