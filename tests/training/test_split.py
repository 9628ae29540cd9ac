"""Splits and folds: near-duplicates on one side, whatever else is asked for."""

import math
import random
from pathlib import Path

from hadath.schema import Document
from training.data.corpus import load_documents, split
from training.data.duplicates import groups
from training.data.ontology_file import load_ontology

DATA = Path(__file__).parents[2] / "data"
ALPHABET = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"


def stories(count: int, seed: int = 0) -> list[Document]:
    """Documents of 60 random words each."""
    source = random.Random(seed)
    words = ["".join(source.choices(ALPHABET, k=5)) for _ in range(60 * count)]
    return [Document(id=f"s{seed}-{i}", text=" ".join(words[60 * i : 60 * i + 60])) for i in range(count)]


def test_a_split_keeps_every_document_once_and_in_order() -> None:
    found = stories(50)
    halves = split(found, 0.3, seed=1)
    assert sorted((*halves.train, *halves.dev), key=found.index) == found
    assert list(halves.train) == [each for each in found if each in halves.train]


def test_about_the_asked_fraction_goes_to_dev_and_the_seed_says_which() -> None:
    found = stories(400)
    sides = [split(found, 0.2, seed=seed).dev for seed in (1, 2)]
    assert all(50 < len(side) < 110 for side in sides)
    assert sides[0] != sides[1]
    assert split(found, 0.2, seed=1).dev == sides[0]


def test_documents_that_are_added_move_no_other() -> None:
    found = stories(60)
    before, after = split(found, 0.3, seed=1), split([*stories(40, seed=9), *found], 0.3, seed=1)
    assert {each.id for each in before.dev} == {each.id for each in after.dev if each in found}


def test_near_duplicates_stay_on_one_side() -> None:
    found = stories(60)
    # A shorter telling of the story, with diacritics and other blanks that the model does not see.
    copies = [
        Document(id=f"copy-{each.id}", text="\n".join(f"{word}\u064b" for word in each.text.split()[20:45]))
        for each in found
    ]
    halves = split([*found, *copies], 0.4, seed=3)
    dev = {each.id.removeprefix("copy-") for each in halves.dev}
    train = {each.id.removeprefix("copy-") for each in halves.train}
    assert dev
    assert train
    assert not dev & train


def test_the_folds_are_parts_of_the_whole() -> None:
    found = stories(60)
    folds = [split(found, 0.2, seed=1, fold=fold) for fold in range(5)]
    assert sorted((each for fold in folds for each in fold.dev), key=found.index) == found
    assert all(fold.train == tuple(each for each in found if each not in fold.dev) for fold in folds)


def test_a_smaller_share_of_train_is_part_of_a_larger_one() -> None:
    found = stories(80)
    shares = [split(found, 0.25, seed=1, fold=2, train_share=share) for share in (0.25, 0.5, 1)]
    assert [len(each.train) for each in shares] == [math.ceil(share * len(shares[2].train)) for share in (0.25, 0.5, 1)]
    assert {each.id for each in shares[0].train} < {each.id for each in shares[1].train}
    assert {each.id for each in shares[1].train} < {each.id for each in shares[2].train}
    assert shares[0].dev == shares[1].dev == shares[2].dev


def test_no_story_of_the_project_s_own_corpus_straddles_a_split() -> None:
    """Near-duplicates by other means than the split's: half of the words, whatever their order, in common."""
    found = load_documents([DATA / "authored"], load_ontology(DATA / "ontology.yaml"))
    halves = split(found, 0.2, seed=13)
    train, dev = ([set(each.text.split()) for each in side] for side in (halves.train, halves.dev))
    assert train
    assert dev
    assert max(len(one & other) / min(len(one), len(other)) for one in train for other in dev) < 0.5


def test_dev_is_taken_from_those_that_may_be_and_no_other_moves() -> None:
    found = stories(80)
    copies = [Document(id=f"copy-{each.id}", text=each.text + " نهاية") for each in found[:10]]
    may = {each.id for each in found[:50]}
    everything, some = (split([*found, *copies], 0.3, seed=1, dev_from=ids) for ids in (None, may))
    assert some.dev == tuple(each for each in everything.dev if each.id in may and each not in found[:10])
    assert len(some.dev) > 5
    assert sorted((*some.train, *some.dev), key=[*found, *copies].index) == [*found, *copies]


def test_neither_side_of_a_small_corpus_is_empty() -> None:
    for seed in range(20):
        for fraction in (0.01, 0.99):
            halves = split(stories(2), fraction, seed=seed)
            assert (len(halves.train), len(halves.dev)) == (1, 1)


def test_without_a_fraction_nothing_goes_to_dev() -> None:
    assert split(stories(5), 0, seed=0).dev == ()


def test_groups_join_what_a_third_text_links_and_leave_the_rest_alone() -> None:
    one, two, three = (each.text.split() for each in stories(3))
    texts = [one, one[:30] + two[:30], two, three, [], []]
    assert groups([" ".join(words) for words in texts]) == [[0, 1, 2], [3], [4], [5]]
