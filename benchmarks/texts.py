"""The texts that benchmarks work on."""

from itertools import cycle
from pathlib import Path

from training.data.markup import plain_text


def read(paths: list[Path]) -> list[str]:
    """The plain texts."""
    files = [file for path in paths for file in (sorted(path.rglob("*.txt")) if path.is_dir() else [path])]
    return [plain_text(file.read_text("utf-8")) for file in files]


def repeated(texts: list[str], words: int) -> list[str]:
    """The texts over and over until they hold so many words."""
    found: list[str] = []
    count = 0
    for text in cycle(texts):
        if count >= words:
            return found
        found.append(text)
        count += len(text.split())
    return found


def words(texts: list[str]) -> int:
    """Between blanks."""
    return sum(len(text.split()) for text in texts)
