"""Writing an encoder as a Hugging Face folder: configuration, weights and fast tokenizer."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from safetensors.numpy import save
from tokenizers import AddedToken, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram

from hadath.arrays import Floats

from .e5_file import E5File, Shape, Vocabulary
from .prune import MASK, METASPACE

# the file's names of the parts of a layer, in terms of BertModel
LINEAR_LAYERS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
LAYER_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def write_encoder(file: E5File, kept: Sequence[int], folder: Path) -> None:
    """Write into `folder` the encoder of `file` with the pieces `kept` as its whole vocabulary."""
    vocabulary = file.vocabulary.select(kept)
    (folder / "model.safetensors").write_bytes(save(weights(file, kept), metadata={"format": "pt"}))
    _write_json(folder / "config.json", model_config(file.shape, vocabulary))
    tokenizer(vocabulary).save(str(folder / "tokenizer.json"))
    _write_json(folder / "tokenizer_config.json", tokenizer_config(file.shape, vocabulary))


def weights(file: E5File, kept: Sequence[int]) -> dict[str, Floats]:
    """The parameters of `BertModel` by name, in float32.

    The file has no pooler (E5 takes the mean of the last layer), so the pooler is zeros: it keeps loading free
    of warnings and of random numbers, and `pooler_output` must not be used.
    """
    hidden = file.shape.hidden
    found = {
        "embeddings.word_embeddings.weight": file.word_vectors(kept),
        "embeddings.position_embeddings.weight": file.tensor("emb.pos", file.shape.positions, hidden),
        "embeddings.token_type_embeddings.weight": file.tensor("emb.type", file.shape.token_types, hidden),
        "embeddings.LayerNorm.weight": file.tensor("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": file.tensor("emb.ln.b", hidden),
        "pooler.dense.weight": np.zeros((hidden, hidden), np.float32),
        "pooler.dense.bias": np.zeros(hidden, np.float32),
    }
    for layer in range(file.shape.layers):
        found |= _layer_weights(file, layer)
    return found


def _layer_weights(file: E5File, layer: int) -> dict[str, Floats]:
    hidden, inner = file.shape.hidden, file.shape.inner
    found = {}
    for short, name in LINEAR_LAYERS.items():
        outputs = inner if short == "fi" else hidden
        inputs = inner if short == "fo" else hidden
        found[f"encoder.layer.{layer}.{name}.weight"] = file.tensor(f"l{layer}.{short}.w", outputs, inputs)
        found[f"encoder.layer.{layer}.{name}.bias"] = file.tensor(f"l{layer}.{short}.b", outputs)
    for short, name in LAYER_NORMS.items():
        found[f"encoder.layer.{layer}.{name}.weight"] = file.tensor(f"l{layer}.{short}.w", hidden)
        found[f"encoder.layer.{layer}.{name}.bias"] = file.tensor(f"l{layer}.{short}.b", hidden)
    return found


def tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """The sentencepiece unigram tokenizer of XLM-R over `vocabulary`."""
    made = Tokenizer(Unigram(list(zip(vocabulary.pieces, vocabulary.scores, strict=True)), unk_id=vocabulary.unk))
    made.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(METASPACE, prepend_scheme="always")]
    )
    made.decoder = decoders.Metaspace(METASPACE, prepend_scheme="always")
    bos, eos, pad, unk = _special_pieces(vocabulary)
    made.add_special_tokens([AddedToken(piece, special=True) for piece in (bos, pad, eos, unk)])
    if MASK in vocabulary.pieces:
        made.add_special_tokens([AddedToken(MASK, special=True, lstrip=True)])
    made.post_processor = processors.TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)],
    )
    return made


def model_config(shape: Shape, vocabulary: Vocabulary) -> dict[str, object]:
    """What `config.json` says: a BERT of this shape."""
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": len(vocabulary.pieces),
        "hidden_size": shape.hidden,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": shape.heads,
        "intermediate_size": shape.inner,
        "max_position_embeddings": shape.positions,
        "type_vocab_size": shape.token_types,
        "layer_norm_eps": float(f"{shape.epsilon:.6g}"),  # 1e-12, which the file keeps as a float32
        "hidden_act": "gelu",
        "bos_token_id": vocabulary.bos,
        "eos_token_id": vocabulary.eos,
        "pad_token_id": vocabulary.pad,
    }


def tokenizer_config(shape: Shape, vocabulary: Vocabulary) -> dict[str, object]:
    """What `tokenizer_config.json` says: the length limit and the names of the special tokens."""
    bos, eos, pad, unk = _special_pieces(vocabulary)
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": shape.positions,
        "bos_token": bos,
        "cls_token": bos,
        "eos_token": eos,
        "sep_token": eos,
        "pad_token": pad,
        "unk_token": unk,
        "mask_token": MASK,
    }


def _special_pieces(vocabulary: Vocabulary) -> tuple[str, str, str, str]:
    ids = (vocabulary.bos, vocabulary.eos, vocabulary.pad, vocabulary.unk)
    bos, eos, pad, unk = (vocabulary.pieces[i] for i in ids)
    return bos, eos, pad, unk


def _write_json(path: Path, content: dict[str, object]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
