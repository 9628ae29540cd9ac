"""A finished run becomes a bundle: graphs checked against torch, and what INT8 costs measured on the dev documents."""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hadath.bundle import TOKENIZER_FILE, Manifest, seal
from hadath.engine import ARGUMENTS_FILE, ENCODER_FILE, OnnxEngine
from hadath.errors import DataError
from hadath.model import HeadShape
from hadath.schema import Document
from hadath.tagger import Tagger
from hadath.text import Text
from hadath.torch_engine import WEIGHTS_FILE, TorchEngine, load_model
from hadath.version import version
from hadath.windows import load_tokenizer, windows

from .config import Config
from .evaluation.metrics import evaluate
from .fit import corpus_split
from .onnx_graphs import TOLERANCE, largest_difference, quantise, write_graphs
from .run import Result, load_result

# Windows that parity is checked on: enough to meet every length and every trigger type.
_CHECKED_WINDOWS = 50


@dataclass(frozen=True, kw_only=True)
class Scores:
    """F1 on the dev documents."""

    trigger_f1: float
    argument_f1: float
    modality_f1: float


@dataclass(frozen=True, kw_only=True)
class ExportReport:
    """`difference`: the largest between float32 ONNX and torch. `shipped` is what the bundle scores."""

    folder: Path
    documents: int
    difference: float
    float32: Scores
    shipped: Scores
    megabytes: float

    def __str__(self) -> str:
        rows = [f"{'dev F1 on ' + str(self.documents) + ' documents':30}  float32  bundle  difference"]
        for name, before in asdict(self.float32).items():
            after = getattr(self.shipped, name)
            rows.append(f"{name.removesuffix('_f1'):30}  {before:7.4f}  {after:6.4f}  {after - before:+.4f}")
        return "\n".join(
            [
                f"bundle: {self.folder} ({self.megabytes:.1f} MB)",
                f"parity: float32 ONNX and torch differ by at most {self.difference:.1e} (allowed {TOLERANCE:.0e})",
                *rows,
            ]
        )


def export(run: Path, out: Path, *, int8: bool = True, with_weights: bool = False) -> ExportReport:
    """Write the bundle of a finished run to the new folder `out`.

    Raises DataError when the run is not finished, `out` exists, or the graphs do not agree with torch.
    """
    if out.exists():
        raise DataError(f"{out} exists already; name a new folder for the bundle, or remove it first")
    config, result = load_result(run)
    dev = corpus_split(config, result.ontology).dev
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}-") as scratch:
        float32, staged = Path(scratch) / "float32", Path(scratch) / "bundle"
        for folder in (float32, staged):
            folder.mkdir()
            shutil.copy(run / TOKENIZER_FILE, folder)
        difference = _write_float32(run, config, result, float32, dev)
        shutil.copy(float32 / ARGUMENTS_FILE, staged)
        if int8:
            quantise(float32 / ENCODER_FILE, staged / ENCODER_FILE)
        else:
            shutil.copy(float32 / ENCODER_FILE, staged)
        if with_weights:
            for name in (WEIGHTS_FILE, "config.json"):
                shutil.copy(run / name, staged)
        before, after = (_score(folder, result, dev) for folder in (float32, staged))
        seal(staged, _manifest(config, result, before, after))
        staged.rename(out)
    size = sum(path.stat().st_size for path in out.iterdir()) / 1e6
    return ExportReport(
        folder=out, documents=len(dev), difference=difference, float32=before, shipped=after, megabytes=size
    )


def _write_float32(run: Path, config: Config, result: Result, folder: Path, dev: Sequence[Document]) -> float:
    model = load_model(run, result.ontology, HeadShape(**asdict(config.heads)))
    write_graphs(model, folder, result.window.max_length)
    tokenizer = load_tokenizer((run / TOKENIZER_FILE).read_text("utf-8"))
    checked = [window for document in dev for window in windows(Text.read(document.text), tokenizer, result.window)]
    difference = largest_difference(OnnxEngine(folder), TorchEngine(model), checked[:_CHECKED_WINDOWS])
    if not difference <= TOLERANCE:
        raise DataError(
            f"the ONNX graphs differ from torch by {difference:.1e}, more than {TOLERANCE:.0e}; nothing was exported"
        )
    return difference


def _score(folder: Path, result: Result, dev: Sequence[Document]) -> Scores:
    tagger = Tagger(
        engine=OnnxEngine(folder),
        tokenizer=load_tokenizer((folder / TOKENIZER_FILE).read_text("utf-8")),
        ontology=result.ontology,
        window=result.window,
        calibration=result.calibration,
    )
    evaluation = evaluate(dev, list(tagger.tag_all(dev)), result.ontology, samples=1)
    return Scores(
        trigger_f1=round(evaluation.trig_c.f1.value, 4),
        argument_f1=round(evaluation.arg_c.f1.value, 4),
        modality_f1=round(evaluation.modality.macro_f1.value, 4),
    )


def _manifest(config: Config, result: Result, before: Scores, after: Scores) -> Manifest:
    return Manifest(
        name=config.name,
        ontology=result.ontology,
        encoder=config.encoder,
        window=result.window,
        calibration=result.calibration,
        heads=asdict(config.heads),
        metrics={
            "dev": {"float32": asdict(before), "bundle": asdict(after)},
            "curves": [asdict(point) for point in result.curves],
        },
        origin={
            "hadath": version(),
            "config_sha256": hashlib.sha256(config.to_yaml().encode()).hexdigest(),
            "data": dict(result.data),
            "versions": dict(result.versions),
        },
        files={},
    )
