"""Encoders from a folder, from nowhere, and of both families."""

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from transformers import (
    BertConfig,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    PreTrainedTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
)

from hadath.errors import ConfigError
from hadath.text import Text
from hadath.windows import WindowSize, load_tokenizer, windows
from tests.conftest import TEXTS
from training.config import load_config
from training.encoders import load_encoder


def word_piece(folder: Path) -> int:
    """A tokenizer folder of CAMeLBERT's shape: BERT WordPiece, no `model_max_length`. Gives its vocabulary's size."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(strip_accents=False, lowercase=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(special_tokens=specials, show_progress=False))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    names = dict(zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), specials, strict=True))
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    return int(tokenizer.get_vocab_size())


SIZES: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.fixture
def camelbert_like(tmp_path: Path) -> Path:
    config = BertConfig(vocab_size=word_piece(tmp_path), max_position_embeddings=512, **SIZES)
    BertModel(config).save_pretrained(tmp_path)
    return tmp_path


def test_a_folder_of_camelberts_shape_loads_with_its_limit(camelbert_like: Path) -> None:
    encoder = load_encoder(str(camelbert_like), [])
    assert encoder.limit == 512
    assert not any("pooler" in name for name, _ in encoder.module.named_parameters())
    size = WindowSize(max_length=encoder.limit, overlap=128)
    cut = windows(Text.read(" ".join(TEXTS * 30)), load_tokenizer(encoder.tokenizer_json), size)
    assert len(cut) > 1
    longest = torch.from_numpy(max((window.input_ids for window in cut), key=len))[None]
    assert encoder.module(input_ids=longest).last_hidden_state.shape == (1, longest.shape[1], 32)


def test_robertas_kin_take_less_than_their_table_of_positions(tmp_path: Path) -> None:
    config = XLMRobertaConfig(vocab_size=word_piece(tmp_path), max_position_embeddings=66, pad_token_id=1, **SIZES)
    XLMRobertaModel(config).save_pretrained(tmp_path)
    encoder = load_encoder(str(tmp_path), [])
    assert encoder.limit == 64
    encoder.module(input_ids=torch.full((1, 64), 5))


def test_camelbert_is_named_by_its_config() -> None:
    assert load_config(Path("configs/camelbert.yaml")).encoder == "CAMeL-Lab/bert-base-arabic-camelbert-mix"


def test_an_encoder_out_of_reach_is_an_error_that_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ConfigError, match=r"(?s)cannot load the encoder 'CAMeL-Lab.*`encoder:` the path.*`offline`"):
        load_encoder("CAMeL-Lab/bert-base-arabic-camelbert-mix", [])


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot load the encoder"):
        load_encoder(str(tmp_path), [])


def test_a_folder_whose_weights_are_no_encoders_is_refused_and_not_filled_at_random(camelbert_like: Path) -> None:
    """Such as that of a run, whose weights are those of the joint model."""
    weights = load_file(camelbert_like / "model.safetensors")
    joint = {f"encoder.{name}": tensor for name, tensor in weights.items()}
    save_file(joint, camelbert_like / "model.safetensors", {"format": "pt"})
    with pytest.raises(ConfigError, match=r"holds no weights of embeddings.* more, which would be random"):
        load_encoder(str(camelbert_like), [])


def test_settings_replace_values_of_the_encoders_own_config(camelbert_like: Path) -> None:
    full = load_encoder(str(camelbert_like), []).module
    settings = {"num_hidden_layers": 1, "attention_probs_dropout_prob": 0.0}
    cut = load_encoder(str(camelbert_like), [], settings).module
    assert cut.config.attention_probs_dropout_prob == 0.0
    kept = dict(full.named_parameters())
    for name, parameter in cut.named_parameters():
        torch.testing.assert_close(parameter, kept[name], rtol=0, atol=0)
    assert {name.split(".")[2] for name in kept if name.startswith("encoder.layer")} == {"0", "1"}
    assert {name.split(".")[2] for name, _ in cut.named_parameters() if name.startswith("encoder.layer")} == {"0"}


def test_a_setting_that_the_encoder_does_not_have_is_named(camelbert_like: Path) -> None:
    for name in (str(camelbert_like), "tiny"):
        with pytest.raises(ConfigError, match=r"^encoder_settings: .*no 'num_hiden_layers'; did you mean 'num_hidden_"):
            load_encoder(name, TEXTS, {"num_hiden_layers": 1})
        # The config's class has it, but the config holds no such value.
        with pytest.raises(ConfigError, match="no 'to_dict'"):
            load_encoder(name, TEXTS, {"to_dict": 1})


@pytest.mark.parametrize(
    "settings", [{"hidden_act": "nope"}, {"num_hidden_layers": "two"}, {"num_attention_heads": 3}], ids=str
)
def test_a_setting_of_which_no_encoder_can_be_made_is_named(camelbert_like: Path, settings: dict[str, Any]) -> None:
    for name in (str(camelbert_like), "tiny"):
        with pytest.raises(ConfigError, match=f"^encoder_settings: .*{next(iter(settings))}.*give values that"):
            load_encoder(name, TEXTS, settings)


def test_a_setting_that_the_weights_do_not_fit_is_named(camelbert_like: Path) -> None:
    with pytest.raises(ConfigError, match=r"^encoder_settings: .*'max_position_embeddings': 256"):
        load_encoder(str(camelbert_like), [], {"max_position_embeddings": 256})


def test_more_layers_than_the_weights_hold_are_refused(camelbert_like: Path) -> None:
    with pytest.raises(ConfigError, match=r"^3 layers are asked for, but the encoder has 2"):
        load_encoder(str(camelbert_like), [], {"num_hidden_layers": 3})


def test_settings_may_bear_the_names_that_all_encoders_share(tmp_path: Path) -> None:
    """DistilBERT calls its layers n_layers, and answers to num_hidden_layers as well."""
    config = DistilBertConfig(vocab_size=word_piece(tmp_path), dim=32, n_layers=2, n_heads=2, hidden_dim=64)
    DistilBertModel(config).save_pretrained(tmp_path)
    assert load_encoder(str(tmp_path), [], {"num_hidden_layers": 1}).module.config.n_layers == 1
