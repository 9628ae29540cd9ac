"""The joint model in torch as an engine: for GPUs, and for scoring a model while it is being trained."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch.nn.utils.rnn import pad_sequence
from transformers import AutoConfig, AutoModel

from hadath.arrays import Floats, Ids
from hadath.bundle import WEIGHTS_FILE
from hadath.engine import Encoded, Item, Linked, Result
from hadath.errors import BundleError, DeviceError
from hadath.model import HeadShape, JointModel, without_pooler
from hadath.ontology import Ontology
from hadath.windows import Window

# Windows in one pass.
_BATCH = 32


class TorchEngine:
    """Runs the model where it is. Windows of like length share a padded batch."""

    group = 64

    def __init__(self, model: JointModel) -> None:
        self.model = model
        self._device = next(model.parameters()).device
        # Half precision pays on a GPU alone.
        self._half = torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda")

    @torch.inference_mode()
    def encode(self, windows: Sequence[Window]) -> list[Encoded]:
        """See `hadath.engine.Engine.encode`."""
        self.model.eval()
        by_length = sorted(range(len(windows)), key=lambda i: len(windows[i].input_ids))
        encoded: dict[int, Encoded] = {}
        for start in range(0, len(by_length), _BATCH):
            batch = by_length[start : start + _BATCH]
            encoded.update(zip(batch, self._encode([windows[i] for i in batch]), strict=True))
        return [encoded[i] for i in range(len(windows))]

    def _encode(self, windows: Sequence[Window]) -> Iterator[Encoded]:
        input_ids = self._padded([window.input_ids for window in windows], self.model.pad_id)
        lengths = torch.tensor([len(window.input_ids) for window in windows], device=self._device)
        mask = (torch.arange(input_ids.shape[1], device=self._device) < lengths[:, None]).long()
        with self._half:
            states, logits = self.model.encode(input_ids, self._padded([w.positions for w in windows], 0), mask)
        for window, state, logit in zip(windows, states.float().cpu(), logits.float().cpu(), strict=True):
            count = len(window.positions)
            yield Encoded(state[:count].numpy(), logit[:count].numpy())

    def _padded(self, rows: Sequence[Ids], value: int) -> torch.Tensor:
        padded = pad_sequence([torch.from_numpy(row) for row in rows], batch_first=True, padding_value=value)
        if self._device.type == "cuda":
            padded = padded.pin_memory()  # or the copy would not run beside the computation
        return padded.to(self._device, non_blocking=True)

    @torch.inference_mode()
    def arguments(self, states: Floats, trigger_words: Ids, trigger_types: Ids) -> Linked:
        """See `hadath.engine.Engine.arguments`."""
        inputs = [torch.from_numpy(array).to(self._device)[None] for array in (states, trigger_words, trigger_types)]
        return Linked(*(each[0].float().cpu().numpy() for each in self.model.arguments(*inputs)))

    def each(self, work: Callable[[Item], Result], items: Iterable[Item]) -> Iterable[Result]:
        """See `hadath.engine.Engine.each`: one after the other."""
        return map(work, items)


def require_device(device: str) -> None:
    """Raise DeviceError, with the reason, unless torch can compute on `device`."""
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise DeviceError(f"torch cannot use device {device!r} here ({reason}); use --device cpu") from error


def load_model(folder: Path, ontology: Ontology, heads: HeadShape) -> JointModel:
    """The model of a folder that holds the encoder's `config.json` and the `model.safetensors` of the whole.

    Raises BundleError where the weights are not those of such a model.
    """
    config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
    model = JointModel(without_pooler(AutoModel.from_config(config, trust_remote_code=False)), ontology, heads)
    try:
        model.load_state_dict(load_file(folder / WEIGHTS_FILE))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise BundleError(f"{folder / WEIGHTS_FILE} is of another kind of model ({reason}); train again") from error
    return model.eval()
