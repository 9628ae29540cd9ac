"""The joint model as two ONNX graphs: the encoder pass and the step per trigger; and their INT8 form."""

import logging
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn
from torch.export import Dim

from hadath.bundle import ARGUMENTS_FILE, ENCODER_FILE
from hadath.engine import Engine, Linked
from hadath.model import JointModel
from hadath.windows import Window

from .fused_attention import fused_attention

TOLERANCE = 1e-4


class _EncoderPass(nn.Module):
    """One window: `input_ids` [1, n], `positions` [W] → states [W, D], trigger logits [W, labels]."""

    def __init__(self, model: JointModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, positions: Tensor) -> tuple[Tensor, Tensor]:
        states, logits = self.model.encode(input_ids, positions.unsqueeze(0))
        return states.squeeze(0), logits.squeeze(0)


class _ArgumentPass(nn.Module):
    """T triggers of one window: states [W, D], words [T], types [T] → the arrays of `hadath.engine.Linked`."""

    def __init__(self, model: JointModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, states: Tensor, trigger_words: Tensor, trigger_types: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        inputs = (each.unsqueeze(0) for each in (states, trigger_words, trigger_types))
        roles, transitions, modalities = self.model.arguments(*inputs)
        return roles.squeeze(0), transitions.squeeze(0), modalities.squeeze(0)


def write_graphs(model: JointModel, folder: Path, longest: int) -> None:
    """Write both graphs in float32 into `folder`; `longest` is the longest window in sub-words."""
    model.eval()
    width = model.trigger_head.in_features
    subwords, words, triggers = (Dim(name, min=1, max=longest) for name in ("subwords", "words", "triggers"))
    # Sizes above 1, lest the exporter takes an axis for a fixed one; values that the tables certainly hold.
    ids, places = torch.ones(1, 16, dtype=torch.long), torch.arange(1, 9)
    with fused_attention(model.encoder):
        _export(
            _EncoderPass(model),
            (ids, places),
            folder / ENCODER_FILE,
            outputs=["states", "trigger_logits"],
            dynamic={"input_ids": {1: subwords}, "positions": {0: words}},
        )
    _export(
        _ArgumentPass(model),
        (torch.randn(8, width), torch.arange(3), torch.zeros(3, dtype=torch.long)),
        folder / ARGUMENTS_FILE,
        outputs=["role_logits", "transitions", "modality_logits"],
        dynamic={"states": {0: words}, "trigger_words": {0: triggers}, "trigger_types": {0: triggers}},
    )


def _export(
    module: nn.Module,
    inputs: tuple[Tensor, ...],
    path: Path,
    *,
    outputs: list[str],
    dynamic: dict[str, dict[int, Dim]],
) -> None:
    with _quiet():
        torch.onnx.export(
            module.eval(),
            inputs,
            path,
            input_names=list(dynamic),
            output_names=outputs,
            dynamic_shapes=dynamic,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    _strip(path)


def _strip(path: Path) -> None:
    """Drop the exporter's notes on each node, which hold stack traces with the paths of this machine."""
    graph = onnx.load(path)
    for item in (graph, graph.graph, *graph.graph.node, *graph.graph.initializer, *graph.functions):
        item.ClearField("metadata_props")
        item.ClearField("doc_string")
    # Its shapes of inner values contradict those that quantisation infers; nothing needs them.
    del graph.graph.value_info[:]
    for value in (*graph.graph.input, *graph.graph.output):
        value.ClearField("metadata_props")
    onnx.save(graph, path)


@contextmanager
def _quiet() -> Iterator[None]:
    """The exporter warns of its own internals and of vision operators that no text model has."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def quantise(source: Path, target: Path, windows: Sequence[Window], *, spared: int = 1) -> None:
    """Write the encoder graph with INT8 weights; activations are scaled as they come (dynamic quantisation).

    So many products, those that INT8 would serve worst, judged on the windows, stay in float32.
    """
    graph = onnx.load(source)
    quantize_dynamic(
        source,
        target,
        weight_type=QuantType.QInt8,
        per_channel=True,
        nodes_to_exclude=_coarsest_products(graph, windows)[:spared],
        extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
    )


def _coarsest_products(model: onnx.ModelProto, windows: Sequence[Window]) -> list[str]:
    """The names of the matrix products, first that whose input has the largest range for its deviation.

    INT8 divides the range into 255 steps: where a few outliers set it, all other values fall on a handful of them.
    """
    weights = {tensor.name for tensor in model.graph.initializer}
    products: defaultdict[str, list[str]] = defaultdict(list)  # by their input, which several may share
    for node in model.graph.node:
        if node.op_type == "MatMul" and node.input[1] in weights:
            products[node.input[0]].append(node.name)
    watched = onnx.ModelProto()
    watched.CopyFrom(model)
    watched.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in products)
    session = onnxruntime.InferenceSession(watched.SerializeToString(), providers=["CPUExecutionProvider"])
    coarseness = np.zeros(len(products))
    for window in windows:
        inputs = session.run(list(products), {"input_ids": window.input_ids[None], "positions": window.positions})
        coarseness += [np.ptp(each) / each.std() for each in inputs]
    sharers = list(products.values())
    return [name for place in np.argsort(-coarseness, kind="stable") for name in sharers[place]]


def largest_difference(one: Engine, other: Engine, windows: Sequence[Window], types: int) -> float:
    """The largest difference between what two engines make of the windows, over all their outputs.

    Differences of values beyond ±1 are taken relative to them, as the rounding of float32 is. Every type is asked for
    the arguments of a word of each window, the words spread over the window.
    """
    worst = 0.0
    for window, ours, theirs in zip(windows, one.encode(windows), other.encode(windows), strict=True):
        triggers = np.linspace(0, len(window.words) - 1, types).astype(np.int64), np.arange(types)
        pairs = [(ours.states, theirs.states), (ours.trigger_logits, theirs.trigger_logits)]
        linked = one.arguments(ours.states, *triggers), other.arguments(theirs.states, *triggers)
        pairs += [tuple(getattr(each, field.name) for each in linked) for field in fields(Linked)]
        worst = max(worst, *(float((np.abs(a - b) / np.maximum(1, np.abs(b))).max()) for a, b in pairs))
    return worst
