"""When a run may begin in its folder and when it may go on there, so that nothing is mixed."""

from collections.abc import Iterator
from pathlib import Path

from hadath.errors import ConfigError

from .config import Config, load_config
from .data.corpus import Split, fingerprint
from .run import RESULT_FILE, RUN_CONFIG_FILE, last_checkpoint, started_on

# What a run that is gone on with may not change, and what its trainer may: how long it runs, where, what it writes.
_FIXED = (
    *("encoder", "encoder_settings", "ontology", "seed", "data", "window", "heads", "loss", "distill"),
    *("head_learning_rate_factor", "patience"),
)
_FREE = (
    *("num_train_epochs", "max_steps", "use_cpu", "bf16", "fp16", "dataloader_", "per_device_eval_"),
    *("save_", "eval_", "logging_", "report_to", "run_name", "disable_tqdm", "load_best_model_at_end"),
)


def refuse_earlier_run(config: Config) -> None:
    """Refuse to mix a new run's files with those of an earlier one."""
    folder = config.run_folder
    if any(folder.glob("checkpoint-*")) or (folder / RESULT_FILE).is_file():
        raise ConfigError(
            f"{folder} holds a run already; go on with --resume if it is not finished, choose another name=…, "
            "or remove it"
        )


def checkpoint_of(config: Config) -> Path:
    """Where a run is gone on from. Its config must name the same model, files of documents and way of learning."""
    folder = config.run_folder
    checkpoint = last_checkpoint(folder)
    if checkpoint is None:
        raise ConfigError(
            f"{folder} holds no complete checkpoint to go on from; remove it, start the run without --resume"
        )
    if changed := list(_changed(load_config(folder / RUN_CONFIG_FILE), config)):
        raise ConfigError(f"{folder} was started with another {', '.join(changed)}; a run goes on as it began")
    return checkpoint


def refuse_other_documents(config: Config, documents: Split) -> None:
    """The files that the config names may have changed since the run was started."""
    folder = config.run_folder
    if started_on(folder) != fingerprints(documents):
        raise ConfigError(
            f"{folder} was not started on the documents that data.train and data.dev hold now, or does not say on "
            "which; put those back, or start a new run with another name=…"
        )


def fingerprints(documents: Split) -> dict[str, str]:
    """What a run's documents are known by."""
    return {"train_sha256": fingerprint(documents.train), "dev_sha256": fingerprint(documents.dev)}


def _changed(earlier: Config, config: Config) -> Iterator[str]:
    yield from (name for name in _FIXED if getattr(config, name) != getattr(earlier, name))
    for key in sorted({*earlier.trainer, *config.trainer}):
        if not key.startswith(_FREE) and earlier.trainer.get(key) != config.trainer.get(key):
            yield f"trainer.{key}"
