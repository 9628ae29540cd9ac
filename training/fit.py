"""Train one model from one config."""

import importlib.metadata
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch.utils.data import DataLoader
from transformers import EarlyStoppingCallback, TrainerState, TrainingArguments, set_seed

from hadath.calibration import Calibration
from hadath.errors import ConfigError
from hadath.model import JointModel
from hadath.ontology import Ontology
from hadath.tagger import Tagger
from hadath.torch_engine import TorchEngine
from hadath.windows import WindowSize, load_tokenizer

from .config import Config
from .data.corpus import Split, fingerprint
from .data.ontology_file import load_ontology
from .distill import Teachers, start_from
from .documents import corpus_split
from .encoders import Encoder, load_encoder
from .evaluation.charts import CurvePoint
from .evaluation.metrics import Evaluation, evaluate
from .evaluation.precision_recall import best_f1
from .examples import Examples, make_examples
from .resume import checkpoint_of, fingerprints, refuse_earlier_run, refuse_other_documents
from .run import Result, save_run, save_start
from .trainer import Collator, TaggingTrainer

log = logging.getLogger(__name__)

# Windows that the encoder's mean and deviation are measured on: some 14,000 sub-words. As many others put the mean a
# tenth of a deviation away, an offset that the layers above can take up.
_MEASURED_WINDOWS = 64
_VERSIONED = ("torch", "transformers", "tokenizers", "datasets", "numpy")


@dataclass(frozen=True, kw_only=True)
class _Setting:
    """What a run works with."""

    config: Config
    arguments: TrainingArguments
    ontology: Ontology
    documents: Split
    encoder: Encoder
    tokenizer: Tokenizer
    window: WindowSize
    model: JointModel
    teachers: Teachers | None


def fit(config: Config, *, resume: bool = False) -> Path:
    """Train as the config says and return the run's folder. `resume` goes on from the last checkpoint there.

    Raises ConfigError or DataError before any training if something named is not there.
    """
    started = time.monotonic()
    checkpoint = str(checkpoint_of(config)) if resume else None
    if not resume:
        refuse_earlier_run(config)
    set_seed(config.seed)
    setting = _setting(config)
    if resume:
        refuse_other_documents(config, setting.documents)
    save_start(config, fingerprints(setting.documents))
    train = make_examples(setting.documents.train, setting.tokenizer, setting.window, setting.ontology)
    log.info("train: %d documents, %s", len(setting.documents.train), train.summary())
    log.info("dev: %d documents", len(setting.documents.dev))
    collator = Collator(setting.model.pad_id)
    _measure(setting.model, train, collator)
    trainer = _trainer(setting, train, collator)
    trainer.train(resume_from_checkpoint=checkpoint)
    if trainer.is_world_process_zero():
        result = Result(
            ontology=setting.ontology,
            window=setting.window,
            metrics=_scores(setting),
            curves=_curves(trainer.state),
            data=_data(setting, train),
            versions={name: importlib.metadata.version(name) for name in _VERSIONED},
            seconds=round(time.monotonic() - started, 1),
        )
        save_run(config, result, setting.model, setting.encoder.tokenizer_json)
        log.info("dev: %s", {name: round(value, 4) for name, value in result.metrics.items()})
    return config.run_folder


def _setting(config: Config) -> _Setting:
    ontology = load_ontology(Path(config.ontology))
    documents = corpus_split(config, ontology)
    settings = dict(config.encoder_settings)
    if config.distill.layers:
        settings["num_hidden_layers"] = len(config.distill.layers)
    encoder = load_encoder(config.encoder, [document.text for document in documents.train], settings)
    arguments = training_arguments(config)
    if arguments.device.type == "cpu":
        # There torch's fused attention is slow to go back through: without it a step takes a sixth less.
        encoder.module.set_attn_implementation("eager")
    model = JointModel(encoder.module, ontology, config.heads)
    teachers = None
    if config.distill.teachers:
        teachers = Teachers(config.distill, ontology, encoder.tokenizer_json, fingerprint(documents.dev))
    if config.distill.layers:
        start_from(model, Path(config.distill.teachers[0]), config.distill.layers)
    return _Setting(
        config=config,
        arguments=arguments,
        ontology=ontology,
        documents=documents,
        encoder=encoder,
        tokenizer=load_tokenizer(encoder.tokenizer_json),
        window=_window_size(config, encoder),
        model=model,
        teachers=teachers,
    )


def _window_size(config: Config, encoder: Encoder) -> WindowSize:
    length = encoder.limit if config.window.max_length is None else config.window.max_length
    if length > encoder.limit:
        raise ConfigError(
            f"window.max_length is {length}, but the encoder {encoder.name!r} takes at most {encoder.limit} sub-words"
        )
    try:
        return WindowSize(max_length=length, overlap=config.window.overlap)
    except ValueError as error:
        raise ConfigError(str(error)) from error


@torch.inference_mode()
def _measure(model: JointModel, train: Examples, collator: Collator) -> None:
    """Set the mean and deviation of the encoder's states over training sub-words."""
    model.eval()
    measured = train.dataset.select(range(min(_MEASURED_WINDOWS, len(train.dataset))))
    states = [
        model.encoder(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).last_hidden_state[
            batch["attention_mask"].bool()
        ]
        for batch in DataLoader(measured, batch_size=8, collate_fn=collator)
    ]
    model.standardise.measure(torch.cat(states))


def _trainer(setting: _Setting, train: Examples, collator: Collator) -> TaggingTrainer:
    arguments = setting.arguments
    # A run that is told to keep its last weights, or not to evaluate, has no best ones to stop at.
    stops = arguments.load_best_model_at_end and arguments.eval_strategy != "no"
    return TaggingTrainer(
        setting.model,
        args=arguments,
        train_dataset=train.dataset,
        # Never read: `evaluate` scores documents. The trainer asks for something before it evaluates at all.
        eval_dataset=train.dataset.select([]),
        data_collator=collator,
        callbacks=[EarlyStoppingCallback(setting.config.patience)] if stops else [],
        weights=setting.config.loss,
        teachers=setting.teachers,
        head_factor=setting.config.head_learning_rate_factor,
        score=lambda: _scores(setting),
    )


def training_arguments(config: Config) -> TrainingArguments:
    """`config.trainer` over what every run needs: evaluation and checkpoint each epoch, the best one at the end."""
    ours = {
        "output_dir": str(config.run_folder),
        "seed": config.seed,
        "eval_strategy": "epoch",
        "save_strategy": "epoch",
        "save_total_limit": 2,
        "load_best_model_at_end": True,
        "metric_for_best_model": "argument_f1",
        "logging_steps": 20,
        "report_to": ["tensorboard"],
        "remove_unused_columns": False,
        "train_sampling_strategy": "group_by_length",
        "dataloader_pin_memory": torch.cuda.is_available(),
        "restore_callback_states_from_checkpoint": True,  # or patience would begin anew with each resume
    }
    switches = {item.name for item in fields(TrainingArguments) if isinstance(item.default, bool)}
    for name in switches & config.trainer.keys():
        if not isinstance(value := config.trainer[name], bool):  # any word would do for "on", `no` too
            raise ConfigError(f"trainer.{name} is {value!r}: expected true or false")
    try:
        return TrainingArguments(**{**ours, **config.trainer})
    except (TypeError, ValueError) as error:
        raise ConfigError(f"trainer: {error} (the block goes into transformers.TrainingArguments as it is)") from error


def _scores(setting: _Setting) -> dict[str, float]:
    """Figures on the dev documents, of what the tagger makes of them before any calibration."""
    tagger = Tagger(
        engine=TorchEngine(setting.model),
        tokenizer=setting.tokenizer,
        ontology=setting.ontology,
        window=setting.window,
        calibration=Calibration(),
    )
    dev = setting.documents.dev
    return figures(evaluate(dev, list(tagger.tag_all(dev)), setting.ontology, samples=1))


def figures(evaluation: Evaluation) -> dict[str, float]:
    """What runs are told apart by. F1 of triggers and of arguments is that at the threshold which is best for it.

    A bundle has thresholds: without any, runs would be told apart by how many unsure spans they find, which matters no
    more once they are exported.
    """
    return {
        "trigger_f1": best_f1(evaluation.trigger_curve),
        "argument_f1": best_f1(evaluation.argument_curve),
        "modality_f1": evaluation.modality.macro_f1.value,
    }


def _curves(state: TrainerState) -> tuple[CurvePoint, ...]:
    """The losses and dev figures that the trainer logged."""
    names = {"loss": "loss", "eval_trigger_f1": "trigger F1", "eval_argument_f1": "argument F1"}
    names["eval_modality_f1"] = "modality F1"
    return tuple(
        CurvePoint(step=int(entry["step"]), epoch=entry["epoch"], name=label, value=float(entry[key]))
        for entry in state.log_history
        for key, label in names.items()
        if key in entry
    )


def _data(setting: _Setting, train: Examples) -> Mapping[str, Any]:
    parts = {"train": setting.documents.train, "dev": setting.documents.dev}
    return {
        **{f"{name}_documents": len(documents) for name, documents in parts.items()},
        **fingerprints(setting.documents),
        "kept": dict(train.kept),
        "lost": dict(train.lost),
    }
