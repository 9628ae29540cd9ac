"""What a training run leaves behind, and reading it back.

config.yaml         the resolved config            model.safetensors   the best weights
data.json           what it learns from            config.json         the encoder's own config
result.json         figures, curves                tokenizer.json      the tokenizer
checkpoint-*/       where `--resume` goes on; logs beside them
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from transformers.trainer import TRAINER_STATE_NAME

from hadath.bundle import TOKENIZER_FILE, WEIGHTS_FILE
from hadath.errors import DataError
from hadath.model import JointModel
from hadath.ontology import Ontology
from hadath.windows import WindowSize

from .config import Config, load_config
from .evaluation.charts import CurvePoint

RUN_CONFIG_FILE, DATA_FILE, RESULT_FILE = "config.yaml", "data.json", "result.json"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What training found out. `data` are counts and fingerprints of the documents, `versions` of the libraries.

    `seconds` are those of the last session, where a run was stopped and gone on with.
    """

    ontology: Ontology
    window: WindowSize
    metrics: Mapping[str, float]
    curves: tuple[CurvePoint, ...]
    data: Mapping[str, Any]
    versions: Mapping[str, str]
    seconds: float


def save_start(config: Config, fingerprints: Mapping[str, str]) -> None:
    """Write the resolved config and the fingerprints of the documents, which `started_on` reads back."""
    config.run_folder.mkdir(parents=True, exist_ok=True)
    _write(config.run_folder / RUN_CONFIG_FILE, config.to_yaml())
    _write(config.run_folder / DATA_FILE, json.dumps(fingerprints, indent=1) + "\n")


def started_on(folder: Path) -> Mapping[str, str] | None:
    """The fingerprints of the documents that a run was started on; None where it did not keep them."""
    file = folder / DATA_FILE
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


def last_checkpoint(folder: Path) -> Path | None:
    """The newest complete checkpoint of a run. The trainer writes its state last, so one that was cut off has none."""
    found = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.rpartition("-")[2]), reverse=True)
    return next((path for path in found if _is_complete(path)), None)


def _is_complete(checkpoint: Path) -> bool:
    try:
        json.loads((checkpoint / TRAINER_STATE_NAME).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return True


def save_run(config: Config, result: Result, model: JointModel, tokenizer_json: str) -> None:
    """Write what training made, the result last: a run that has one is complete."""
    folder = config.run_folder
    (folder / TOKENIZER_FILE).write_text(tokenizer_json, "utf-8")
    model.encoder.config.save_pretrained(folder)
    save_weights(model, folder / WEIGHTS_FILE)
    tree = {**asdict(result), "ontology": result.ontology.to_mapping()}
    _write(folder / RESULT_FILE, json.dumps(tree, ensure_ascii=False, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    """At one stroke: another process of the same run may be reading it, and the run may be killed."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text, "utf-8")
    draft.replace(path)


def save_weights(model: JointModel, path: Path) -> None:
    """All weights and buffers of the joint model as safetensors."""
    save_file({name: tensor.contiguous() for name, tensor in model.state_dict().items()}, path)


def load_result(folder: Path) -> tuple[Config, Result]:
    """The config and result of a finished run; DataError for a folder that holds none."""
    if not (folder / RESULT_FILE).is_file():
        raise DataError(
            f"{folder} holds no finished run (no {RESULT_FILE}); train one with `python -m training fit CONFIG`, "
            "or finish it with --resume"
        )
    try:
        tree = json.loads((folder / RESULT_FILE).read_text("utf-8"))
        result = Result(
            **{
                **tree,
                "ontology": Ontology.from_mapping(tree["ontology"]),
                "window": WindowSize(**tree["window"]),
                "curves": tuple(CurvePoint(**point) for point in tree["curves"]),
            }
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder / RESULT_FILE} is damaged or of another version ({error}); train again") from error
    return load_config(folder / RUN_CONFIG_FILE), result
