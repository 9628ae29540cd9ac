"""The ontology and the label sets that follow from it."""

import copy
from typing import Any

import pytest

from hadath.errors import OntologyError
from hadath.ontology import Ontology


def test_the_projects_ontology_has_its_27_types_8_roles_and_3_modalities(ontology: Ontology) -> None:
    assert (len(ontology.types), len(ontology.roles), len(ontology.modalities)) == (27, 8, 3)
    assert all({"Place", "Time"} <= set(kind.roles) for kind in ontology.types)
    assert ontology.licensed["Claim"] == ("Actor", "Place", "Time")


def test_label_ids_follow_the_order_of_the_file(ontology: Ontology) -> None:
    labels = ontology.role_labels
    assert labels.names[:4] == ("O", "B-Actor", "I-Actor", "B-Target")
    assert [labels.names[labels.begin(role)] for role in ontology.roles] == [f"B-{role}" for role in ontology.roles]
    assert [labels.names[labels.inside(role)] for role in ontology.roles] == [f"I-{role}" for role in ontology.roles]
    assert len(labels) == len(labels.names) == 17


def test_an_ontology_makes_the_round_trip(ontology: Ontology) -> None:
    assert Ontology.from_mapping(ontology.to_mapping()) == ontology


@pytest.mark.parametrize("key", ["version", "roles", "types", "modality"])
def test_a_missing_part_is_named(ontology: Ontology, key: str) -> None:
    tree = ontology.to_mapping()
    del tree[key]
    with pytest.raises(OntologyError, match=f"'{key}' is missing"):
        Ontology.from_mapping(tree)


def test_a_type_with_an_unknown_role_is_named(ontology: Ontology) -> None:
    tree: dict[str, Any] = copy.deepcopy(ontology.to_mapping())
    tree["types"]["Die"]["roles"].append("Hero")
    with pytest.raises(OntologyError, match="type Die takes the unknown role 'Hero'"):
        Ontology.from_mapping(tree)


def test_place_and_time_cannot_be_left_out(ontology: Ontology) -> None:
    tree = ontology.to_mapping()
    tree["roles"].remove("Time")
    with pytest.raises(OntologyError, match="every event takes Time"):
        Ontology.from_mapping(tree)
