"""Where an encoder comes from: the offline build, a hub name, a folder, or a tiny random one."""

import difflib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoConfig, AutoModel, AutoTokenizer, BertConfig, BertModel, PreTrainedConfig, PreTrainedModel

from hadath.errors import ConfigError
from hadath.model import without_pooler
from hadath.text import Text

OFFLINE, TINY = "offline", "tiny"
_TINY_SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
_TINY_WORDS = 500


@dataclass(frozen=True, kw_only=True)
class Encoder:
    """A pretrained encoder. `limit`: the longest input that it takes, in sub-words with special tokens."""

    name: str
    module: PreTrainedModel
    tokenizer_json: str
    limit: int


def load_encoder(name: str, texts: Sequence[str], settings: Mapping[str, Any] | None = None) -> Encoder:
    """The encoder that a config names. `texts` serve only "tiny", whose vocabulary is learned from them.

    `settings` replace values of the encoder's own config; with fewer `num_hidden_layers` its lowest layers are loaded.
    Raises ConfigError when it cannot be had.
    """
    settings = settings or {}
    if name == TINY:
        return _tiny_encoder(texts, settings)
    if name == OFFLINE:
        from .encoder import offline_encoder  # noqa: PLC0415 - the build's dependencies matter to this choice alone

        return _pretrained(name, str(offline_encoder()), settings)
    return _pretrained(name, name, settings)


def _pretrained(name: str, source: str, settings: Mapping[str, Any]) -> Encoder:
    try:
        config = AutoConfig.from_pretrained(source, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        held = config.num_hidden_layers
        module = _with(settings, config, lambda: _loaded(source, config, held))
    except ConfigError:
        raise
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ConfigError(
            f"cannot load the encoder {name!r} ({reason}). If the model hub is out of reach, give `encoder:` the path "
            "of a folder that holds the model, or `offline`, the encoder that is built on this machine"
        ) from error
    if not tokenizer.is_fast:
        raise ConfigError(f"the encoder {name!r} has no fast tokenizer, which gives the offsets; choose one that has")
    return Encoder(
        name=name,
        module=without_pooler(module),
        tokenizer_json=tokenizer.backend_tokenizer.to_str(),
        limit=_longest_input(module),
    )


def _loaded(source: str, config: PreTrainedConfig, held: int) -> PreTrainedModel:
    """The weights at `source`, of `held` layers, under a config that may ask for fewer, but not for more."""
    if config.num_hidden_layers > held:
        raise ConfigError(
            f"{config.num_hidden_layers} layers are asked for, but the encoder has {held} and more would be random; "
            "lower num_hidden_layers in encoder_settings, or name fewer distill.layers"
        )
    module: PreTrainedModel
    module, report = AutoModel.from_pretrained(
        source, config=config, dtype=torch.float32, trust_remote_code=False, output_loading_info=True
    )
    if missing := sorted(name for name in report["missing_keys"] if not name.startswith("pooler.")):
        raise ConfigError(
            f"{source} holds no weights of {missing[0]} and {len(missing) - 1} more, which would be random; name an "
            "encoder, which the folder of a run or of a bundle is not"
        )
    return module


def _with(
    settings: Mapping[str, Any], config: PreTrainedConfig, make: Callable[[], PreTrainedModel]
) -> PreTrainedModel:
    """What is made once the settings have replaced values of the config. Raises ConfigError for bad ones."""
    _check_names(settings, config)
    try:
        for key, value in settings.items():
            setattr(config, key, value)
        return make()
    except (ConfigError, OSError):
        raise
    # Few values are checked at once; a bad one may raise anything, from KeyError to ZeroDivisionError.
    except Exception as error:
        if not settings:
            raise
        reason = " ".join(str(error).split())
        raise ConfigError(
            f"encoder_settings: the encoder cannot be made with {dict(settings)} ({type(error).__name__}: {reason}); "
            "give values that its config takes and its weights fit"
        ) from error


def _check_names(settings: Mapping[str, Any], config: PreTrainedConfig) -> None:
    known = {**config.to_dict(), **config.attribute_map}
    for key in settings:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"encoder_settings: the config of this encoder has no {key!r}{hint}")


def _longest_input(module: PreTrainedModel) -> int:
    """From the table of positions, for tokenizers need not know (CAMeLBERT's does not).

    RoBERTa's kin keep their first positions, up to the padding's, for other ends.
    """
    limit = int(module.config.max_position_embeddings)
    positions = getattr(getattr(module, "embeddings", None), "position_embeddings", None)
    reserved = positions.padding_idx + 1 if positions is not None and positions.padding_idx is not None else 0
    return limit - reserved


def _tiny_encoder(texts: Sequence[str], settings: Mapping[str, Any]) -> Encoder:
    """Two random layers over the letters and frequent words of the texts: enough to try every step in seconds."""
    tokenizer = Tokenizer(models.WordPiece(_tiny_vocabulary(texts), unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(strip_accents=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(list(_TINY_SPECIALS))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    config = BertConfig(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=128,
        pad_token_id=0,
    )
    module = _with(settings, config, lambda: BertModel(config))
    return Encoder(
        name=TINY,
        module=without_pooler(module),
        tokenizer_json=tokenizer.to_str(),
        limit=config.max_position_embeddings,
    )


def _tiny_vocabulary(texts: Sequence[str]) -> dict[str, int]:
    """The special tokens first, then every letter, then words; the same for the same texts, unlike a trained one."""
    counts = Counter(word for text in texts for word in Text.read(text).normalised.split())
    letters = sorted({letter for word in counts for letter in word.lower()})
    frequent = sorted(counts, key=lambda word: (-counts[word], word))[:_TINY_WORDS]
    pieces = [*_TINY_SPECIALS, *letters, *(f"##{letter}" for letter in letters), *frequent]
    return {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
