"""A tiny model built in memory, and the bundle that it exports to: what most tests run on."""

import dataclasses
import signal
from pathlib import Path

import pytest
import torch
import yaml
from tokenizers import Tokenizer

from hadath.bundle import TOKENIZER_FILE, WEIGHTS_FILE, Manifest, seal
from hadath.calibration import Calibration
from hadath.engine import Engine
from hadath.model import HeadShape, JointModel
from hadath.ontology import Ontology
from hadath.tagger import Tagger
from hadath.torch_engine import TorchEngine
from hadath.windows import WindowSize, load_tokenizer
from training.encoders import Encoder, load_encoder
from training.onnx_graphs import write_graphs
from training.run import save_weights

ROOT = Path(__file__).parent.parent
HEADS = HeadShape(hidden=16, reach=8, dropout=0.1)
WINDOW = WindowSize(max_length=64, overlap=16)
# Texts that the tiny vocabulary is learned from; letters beyond them become the unknown piece.
TEXTS = [
    "أعلنت وزارة الدفاع مقتل ثلاثة جنود في هجوم بطائرة مسيرة على قاعدة عسكرية شمال البلاد.",
    "اعتقلت الشرطة خمسة أشخاص، ونفت وقوع أي إصابات خلال المداهمة التي جرت فجر الأحد.",
    "دعا الأمين العام إلى وقف إطلاق النار، محذرا من نزوح 12.500 مدني (F-16).",
]


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_is_heard() -> None:
    """Processes inherit an ignored SIGINT, which a shell gives to what it starts in the background."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def ontology() -> Ontology:
    """The project's own."""
    return Ontology.from_mapping(yaml.safe_load((ROOT / "data" / "ontology.yaml").read_text("utf-8")))


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    """Two random layers and a WordPiece vocabulary."""
    torch.manual_seed(0)
    return load_encoder("tiny", TEXTS)


@pytest.fixture(scope="session")
def tokenizer(encoder: Encoder) -> Tokenizer:
    """The tiny encoder's."""
    return load_tokenizer(encoder.tokenizer_json)


@pytest.fixture(scope="session")
def model(encoder: Encoder, ontology: Ontology) -> JointModel:
    """A joint model with random heads whose triggers are likely enough to be met."""
    torch.manual_seed(0)
    built = JointModel(encoder.module, ontology, HEADS).eval()
    with torch.no_grad():
        for parameter in built.trigger_head.parameters():
            parameter.mul_(4)
        for parameter in built.argument_head.output.parameters():
            parameter.mul_(8)
        built.argument_head.transitions.normal_()
    return built


def make_tagger(engine: Engine, tokenizer: Tokenizer, ontology: Ontology) -> Tagger:
    """A tagger that leaves nothing out."""
    return Tagger(engine=engine, tokenizer=tokenizer, ontology=ontology, window=WINDOW, calibration=Calibration())


@pytest.fixture(scope="session")
def tagger(model: JointModel, tokenizer: Tokenizer, ontology: Ontology) -> Tagger:
    """The tiny model in torch."""
    return make_tagger(TorchEngine(model), tokenizer, ontology)


@pytest.fixture(scope="session")
def bundle(model: JointModel, encoder: Encoder, ontology: Ontology, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model as a bundle in float32, with its torch weights. Copy it before changing it."""
    folder = tmp_path_factory.mktemp("bundle") / "tiny"
    folder.mkdir()
    write_graphs(model, folder, WINDOW.max_length)
    (folder / TOKENIZER_FILE).write_text(encoder.tokenizer_json, "utf-8")
    encoder.module.config.save_pretrained(folder)
    save_weights(model, folder / WEIGHTS_FILE)
    manifest = Manifest(
        name="tiny",
        ontology=ontology,
        encoder="tiny",
        window=WINDOW,
        calibration=Calibration(),
        heads=dataclasses.asdict(HEADS),
        metrics={"dev": {"float32": {"trigger_f1": 0.5}, "bundle": {"trigger_f1": 0.25}}},
        origin={
            "hadath": "0",
            "config_sha256": "c" * 64,
            "distilled": {"teachers": 1, "layers": [0, 2]},
            "data": {"train_documents": 2, "train_sha256": "t" * 64, "dev_documents": 1, "dev_sha256": "d" * 64},
            "versions": {"torch": "1"},
        },
        files={},
    )
    seal(folder, manifest)
    return folder
