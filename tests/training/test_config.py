"""Configs: what is shipped loads, what is wrong is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from hadath.errors import ConfigError
from training.config import Config, load_config
from training.fit import training_arguments
from training.strict_yaml import load

CONFIGS = sorted(Path("configs").glob("*.yaml"))


def write(folder: Path, text: str) -> Path:
    path = folder / "run.yaml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_shipped_config_loads_and_its_trainer_block_is_accepted(path: Path, tmp_path: Path) -> None:
    config = load_config(path, [f"output={tmp_path}"])
    assert config.name == path.stem
    assert training_arguments(config).output_dir == str(tmp_path / path.stem)


def test_the_configs_of_the_readme_are_there() -> None:
    assert {path.stem for path in CONFIGS} >= {"default", "camelbert", "smoke"}


def test_a_resolved_config_reads_back_to_itself(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, "data: {train: [a, b]}\ntrainer: {learning_rate: 1e-4, bf16: false}"))
    assert load_config(write(tmp_path, config.to_yaml())) == config


def test_numbers_and_words_are_read_as_yaml_1_2_reads_them(tmp_path: Path) -> None:
    settings = [
        "trainer.learning_rate=1e-4",
        "trainer.weight_decay=.5",
        "trainer.eval_strategy=no",
        "trainer.bf16=false",
    ]
    config = load_config(write(tmp_path, "trainer: {warmup_steps: 2E+1, run_name: 1e, report_to: off}"), settings)
    assert config.trainer == {
        "learning_rate": 1e-4, "weight_decay": 0.5, "eval_strategy": "no", "bf16": False,
        "warmup_steps": 20.0, "run_name": "1e", "report_to": "off",
    }  # fmt: skip


@pytest.mark.parametrize("name", ["1e4", "true", "FALSE", "12", "010", "1.5", "null", "no", "خبر", ".5"])
def test_any_name_reads_back_as_it_was(tmp_path: Path, name: str) -> None:
    config = replace(load_config(write(tmp_path, "seed: 1")), name=name, trainer={"run_name": name})
    assert load_config(write(tmp_path, config.to_yaml())) == config


@pytest.mark.parametrize(
    ("word", "value"), [("True", True), ("FALSE", False), ("010", "010"), ("1:30", "1:30"), ("-3", -3), ("no", "no")]
)
def test_words_are_told_from_numbers_and_booleans(word: str, value: object) -> None:
    read = load(f"a: {word}")["a"]
    assert (read, type(read)) == (value, type(value))


def test_a_block_may_take_over_the_keys_of_another() -> None:
    blocks = load("a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\n")
    assert blocks["b"] == {"x": 1, "y": 3}


@pytest.mark.parametrize("word", ["no", "off", "'False'", "0"])
def test_a_word_where_the_trainer_has_a_switch_is_refused(tmp_path: Path, word: str) -> None:
    """Any word would turn it on."""
    config = load_config(write(tmp_path, f"output: {tmp_path}\ntrainer: {{bf16: {word}}}"))
    with pytest.raises(ConfigError, match=r"trainer\.bf16 is .*: expected true or false"):
        training_arguments(config)


def test_overrides_reach_into_blocks(tmp_path: Path) -> None:
    path = write(tmp_path, "seed: 1")
    config = load_config(path, ["seed=7", "data.train=[x, y]", "heads.dropout=2e-1", "trainer.max_steps=3", "name=z"])
    assert config == Config(
        name="z",
        seed=7,
        data=type(config.data)(train=("x", "y")),
        heads=type(config.heads)(dropout=0.2),
        trainer={"max_steps": 3},
    )


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("sead: 1", "unknown key 'sead'; did you mean 'seed'"),
        ("data: {trian: []}", r"unknown key 'data\.trian'; did you mean 'train'"),
        ("zzz: 1", "unknown key 'zzz'; known are name, encoder"),
        ("data: {dev_fraction: 0.2, fold: 5}", r"data\.fold is 5: .* expected 0 to 4"),
        ("data: {train_share: 0}", r"data\.train_share is 0\.0: expected above 0"),
        ("data: {fold: -1}", r"data\.fold is -1"),
        ("seed: many", "'seed' is 'many': expected int"),
        ("seed: true", "'seed' is True: expected int"),
        ("window: {max_length: x}", "expected int or null"),
        ("window: 5", "window: expected keys and values"),
        ("data: {train: []}", r"data\.train is empty"),
        ("data: {dev_fraction: 1.5}", r"data\.dev_fraction is 1\.5"),
        ("name: a/b", "expected a plain name"),
        ("name: ..", "expected a plain name"),
        ("patience: 0", "patience 0"),
        ("heads: {dropout: 3}", "heads: .*dropout from 0"),
        ("loss: {consistency: -1}", "loss: consistency is -1"),
        ("loss: {arguments: -0.5}", "loss: arguments is -0.5"),
        ("- a", "expected keys and values, got list"),
        ("a: [", "not YAML"),
        ("seed: 1\ndata: {fold: 1}\ndata: {dev_fraction: 0.2}", "the key 'data' stands twice"),
    ],
)
def test_a_wrong_config_is_named_by_key(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        load_config(write(tmp_path, text))


@pytest.mark.parametrize("override", ["seed", "=1", "seed.x=1", "seed=["])
def test_a_wrong_override_is_named(tmp_path: Path, override: str) -> None:
    with pytest.raises(ConfigError, match="override"):
        load_config(write(tmp_path, "seed: 1"), [override])


def test_a_missing_config_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the config"):
        load_config(tmp_path / "none.yaml")


def test_an_unknown_trainer_key_is_named(tmp_path: Path) -> None:
    config = load_config(write(tmp_path, f"output: {tmp_path}\ntrainer: {{lerning_rate: 1}}"))
    with pytest.raises(ConfigError, match="lerning_rate"):
        training_arguments(config)
