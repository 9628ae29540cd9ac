"""Articles that tell the same story in largely the same words."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import combinations

from hadath.text import Text

SHINGLE = 3
# Measured as containment, the share of the shorter text's shingles that the other has too. It is never below the
# Jaccard index, so two texts whose index passes the limit pass it here as well.
LIMIT = 0.3

Shingle = tuple[str, ...]


def groups(texts: Sequence[str]) -> list[list[int]]:
    """The places of the texts, near-duplicates together (also those that only a third text links)."""
    shingles = [_shingles(text) for text in texts]
    parents = list(range(len(texts)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = place = parents[parents[place]]
        return place

    for (one, other), shared in _shared(shingles).items():
        if shared > LIMIT * min(len(shingles[one]), len(shingles[other])):
            parents[root(other)] = root(one)
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place in range(len(texts)):
        found[root(place)].append(place)
    return list(found.values())


def _shingles(text: str) -> set[Shingle]:
    """All runs of three words as the model sees them; of a shorter text, its words."""
    read = Text.read(text)
    words = [read.normalised[word.model_start : word.model_end].lower() for word in read.words]
    last = max(1, len(words) - SHINGLE + 1)
    return {tuple(words[at : at + SHINGLE]) for at in range(last) if words}


def _shared(shingles: Sequence[set[Shingle]]) -> Counter[tuple[int, int]]:
    """How many shingles each pair of texts has in common, for the pairs that have any."""
    holders: defaultdict[Shingle, list[int]] = defaultdict(list)
    for place, its in enumerate(shingles):
        for shingle in its:
            holders[shingle].append(place)
    return Counter(pair for places in holders.values() for pair in combinations(places, 2))
