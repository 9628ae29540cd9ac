"""Learning from the answers of finished runs as well as from the annotation.

After Hinton et al., 2015, "Distilling the Knowledge in a Neural Network", at temperature 1, and for the chains of role
labels Wang et al., 2021, "Structural Knowledge Distillation". A student that starts with some of its teacher's layers
is that of Sanh et al., 2019, "DistilBERT".
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from hadath.bundle import TOKENIZER_FILE, WEIGHTS_FILE
from hadath.errors import ConfigError
from hadath.model import JointModel
from hadath.ontology import Ontology
from hadath.torch_engine import load_model

from .config import DistillConfig
from .examples import INPUTS
from .loss import Answers, answers_of
from .run import load_result

_LAYER = re.compile(r"(encoder\.encoder\.layer\.)(\d+)\.")


class Teachers:
    """Finished runs, whose mean probabilities a student learns; `weight` is their share of its loss."""

    def __init__(self, distill: DistillConfig, ontology: Ontology, tokenizer_json: str, dev_sha256: str) -> None:
        """Raises ConfigError for a run of another ontology or tokenizer, whose answers would be to other questions, and
        for one that was not kept from the dev documents of this run, whose `fingerprint` is given."""
        self.weight = distill.weight
        self._models: list[JointModel] = []
        for folder in map(Path, distill.teachers):
            config, result = load_result(folder)
            if result.ontology != ontology or (folder / TOKENIZER_FILE).read_text("utf-8") != tokenizer_json:
                raise ConfigError(f"distill.teachers: {folder} was trained with another ontology or another tokenizer")
            if result.data["dev_sha256"] != dev_sha256:
                raise ConfigError(
                    f"distill.teachers: {folder} had other dev documents, so it may have learned from those that this "
                    "run is judged by; train it with the same data block on the same files"
                )
            self._models.append(load_model(folder, ontology, config.heads))

    @torch.no_grad()
    def answers(self, batch: Mapping[str, Tensor]) -> Answers:
        """The mean of what they say of a batch."""
        inputs = [batch[name] for name in INPUTS]
        answers = [answers_of(model.to(inputs[0].device)(*inputs), batch) for model in self._models]
        first, *others = answers
        for number, other in enumerate(others, start=2):
            first = first.mixed(other, 1 / number)
        return first


def start_from(model: JointModel, folder: Path, layers: Sequence[int]) -> None:
    """Give a model all weights of a finished run but its encoder's layers, and of those the ones that are named.

    The mean and deviation in `Standardise` are those of the whole encoder; measure them again for fewer layers.

    Raises ConfigError unless the weights fit.
    """
    weights = kept(load_file(folder / WEIGHTS_FILE), layers)
    try:
        model.load_state_dict(weights)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise ConfigError(f"distill.layers: {folder} does not fit this encoder and these heads ({reason})") from error


def kept(weights: Mapping[str, Tensor], layers: Sequence[int]) -> dict[str, Tensor]:
    """The weights with the named layers alone, numbered from 0."""
    places = {str(layer): str(place) for place, layer in enumerate(layers)}
    found: dict[str, Tensor] = {}
    for name, tensor in weights.items():
        layer = _LAYER.match(name)
        if not layer:
            found[name] = tensor
        elif layer[2] in places:
            found[f"{layer[1]}{places[layer[2]]}.{name[layer.end() :]}"] = tensor
    return found
