"""`python -m training.encoder [FILE-OR-FOLDER ...]`: build the offline encoder and say what pruning changes.

Prints the folder and the number of parameters; for the plain text files given (folders: every `*.txt` below),
also how many words the pruned vocabulary cuts otherwise than the full one.
"""

import argparse
import json
import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from .build import tokenizer
from .cache import offline_encoder, weights_file
from .e5_file import read_e5_file


@dataclass(frozen=True, slots=True)
class Changes:
    """What pruning did to the segmentation of some text; pieces are those of the full vocabulary."""

    words: int
    changed_words: int
    pieces: int
    changed_pieces: int
    examples: tuple[str, ...]


def compare(pruned: Tokenizer, full: Tokenizer, texts: Iterable[str]) -> Changes:
    """Count the words, parted at white space, that the two tokenizers cut differently."""
    words = [word for text in texts for word in text.split()]
    before = [encoding.tokens for encoding in full.encode_batch(words, add_special_tokens=False)]
    after = [encoding.tokens for encoding in pruned.encode_batch(words, add_special_tokens=False)]
    changed = [i for i in range(len(words)) if before[i] != after[i]]
    return Changes(
        words=len(words),
        changed_words=len(changed),
        pieces=sum(map(len, before)),
        changed_pieces=sum(len(before[i]) for i in changed),
        examples=tuple(dict.fromkeys(words[i] for i in changed)),
    )


def parameters(folder: Path) -> int:
    """Number of weights in `model.safetensors`, from its header alone."""
    with (folder / "model.safetensors").open("rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
    return sum(math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")


def read_texts(paths: Iterable[Path]) -> Iterator[str]:
    """The text of each file, and of each `*.txt` in or below each folder."""
    for path in paths:
        files = sorted(path.rglob("*.txt")) if path.is_dir() else [path]
        yield from (file.read_text("utf-8") for file in files)


def main() -> None:
    """Build the encoder, then compare the tokenizers on the texts given."""
    parser = argparse.ArgumentParser(prog="python -m training.encoder", description=__doc__)
    parser.add_argument("paths", nargs="*", type=Path, help="plain text files, or folders of *.txt")
    paths = parser.parse_args().paths
    folder = offline_encoder()
    print(f"folder      {folder}\nparameters  {parameters(folder):,}")
    if not paths:
        return
    full = tokenizer(read_e5_file(weights_file()).vocabulary)
    pruned = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = compare(pruned, full, read_texts(paths))
    if not found.words:
        parser.error(f"no words in {', '.join(map(str, paths))}")
    print(f"words       {found.changed_words:,} of {found.words:,} changed ({found.changed_words / found.words:.4%})")
    print(f"pieces      {found.changed_pieces:,} of {found.pieces:,} ({found.changed_pieces / found.pieces:.4%})")
    if found.examples:
        print("changed     " + " ".join(found.examples[:20]))


if __name__ == "__main__":
    main()
