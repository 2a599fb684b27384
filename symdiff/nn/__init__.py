"""PyTorch's `torch.nn`, as far as it is functions: `sd.nn.functional`, `sd.nn.utils`.

- `layers`, `activations`, `lookup`, `attention`, and what `chance` drops
- windows that slide: `windows`, `convolutions`, `pooling`, `unpooling`
- images between their elements: `resizing`, `sampling`
- `losses`, `margins`, `sequences`; `reduction` makes one number of them
"""

from ..graph.late import late_names
from . import functional, utils

_ALSO_ABOVE = """
    adaptive_avg_pool1d adaptive_max_pool1d alpha_dropout avg_pool1d bilinear celu celu_
    channel_shuffle conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
    cosine_similarity dropout feature_alpha_dropout group_norm hardshrink layer_norm max_pool1d
    max_pool2d max_pool3d pairwise_distance pdist pixel_shuffle pixel_unshuffle prelu rms_norm rrelu
    rrelu_ selu selu_ threshold threshold_
"""
FUNCTIONS = {name: getattr(functional, name) for name in _ALSO_ABOVE.split()}  # as `sd.name`, too

_INSTEAD = "there are functions only: keep the weights as tensors and call them by nn.functional"
__getattr__, __dir__ = late_names(
    __name__,
    {},
    absent=dict.fromkeys(
        """
        Module Parameter Linear Sequential ModuleList Bilinear Embedding Conv1d Conv2d Conv3d
        BatchNorm1d BatchNorm2d LayerNorm Dropout Flatten Identity ReLU Tanh Sigmoid Softmax GELU
        Softplus LSTM GRU RNN MSELoss L1Loss CrossEntropyLoss NLLLoss BCELoss BCEWithLogitsLoss
        init parameter
        """.split(),
        _INSTEAD,
    ),
)

__all__ = ["FUNCTIONS", "functional", "utils"]
