"""Altered copies of annotated documents whose labels still hold.

Arguments change places with others that fill the same roles of the same types, somewhere in the corpus, and have a like
form; hamzas and final tāʾ marbūṭa are dropped as hurried writers drop them; punctuation goes.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from hadath.schema import Document

from .config import AugmentConfig
from .data.rewrite import Edit, rewrite
from .data.spelling import without_hamza, without_punctuation

# What a first word may carry, and the endings that follow case and number.
_PROCLITICS, _ENDINGS = tuple("وفبلك"), ("ون", "ين", "ان", "ات")
Form = tuple[frozenset[tuple[str, str]], str, bool, str]


class Augmenter:
    """Makes copies of documents with material from all of them. The seed fixes what it makes."""

    def __init__(self, documents: Sequence[Document], config: AugmentConfig, seed: int) -> None:
        self._documents, self._config, self._random = documents, config, random.Random(seed)
        self._pool: defaultdict[Form, list[str]] = defaultdict(list)
        for document in documents:
            for (start, end), form in _exchangeable(document).items():
                self._pool[form].append(document.text[start:end])

    def copies(self) -> Iterator[Document]:
        """As many altered copies of each document as the config asks for."""
        for number in range(1, self._config.copies + 1):
            for document in self._documents:
                copy = self._swapped(document)
                if self._random.random() < self._config.spelling:
                    copy = _respelled(copy)
                if self._random.random() < self._config.punctuation:
                    copy = rewrite(copy, without_punctuation(copy.text))
                yield replace(copy, id=f"{document.id}~{number}")

    def _swapped(self, document: Document) -> Document:
        edits = [
            Edit(start, end, self._random.choice(self._pool[form]))
            for (start, end), form in _exchangeable(document).items()
            if self._random.random() < self._config.swap
        ]
        return rewrite(document, edits)


def _respelled(document: Document) -> Document:
    """Every letter in its place: أ إ آ become ا, and ة at the end of a word ه."""
    text = re.sub(r"ة\b", "ه", without_hamza(document.text))
    return rewrite(replace(document, text=text), [])


def _exchangeable(document: Document) -> Mapping[tuple[int, int], Form]:
    """The argument spans that share no character with any other span, with their form."""
    roles: defaultdict[tuple[int, int], set[tuple[str, str]]] = defaultdict(set)
    for event in document.events:
        roles[event.trigger.start, event.trigger.end].add((event.type, ""))
        for argument in event.arguments:
            roles[argument.start, argument.end].add((event.type, argument.role))
    triggers = {(event.trigger.start, event.trigger.end) for event in document.events}
    return {
        (start, end): _form(frozenset(labels), document.text[start:end])
        for (start, end), labels in roles.items()
        if (start, end) not in triggers
        and not any(first < end and start < last for first, last in roles if (first, last) != (start, end))
    }


def _form(roles: frozenset[tuple[str, str]], text: str) -> Form:
    first, last = (words := text.split())[0], words[-1]
    proclitic = first[0] if first.startswith(_PROCLITICS) else ""
    return roles, proclitic, "ال" in first[:4], last[-2:] if last.endswith(_ENDINGS) else ""
