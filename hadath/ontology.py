"""The event ontology: types, roles, which type takes which role, modalities, and the label sets that follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from hadath.errors import OntologyError

# Every event can happen somewhere and at some time.
UNIVERSAL_ROLES = ("Place", "Time")
OUTSIDE = "O"


@dataclass(frozen=True, kw_only=True)
class EventType:
    """An event type; `roles` are those it licenses, Place and Time included. The rest names it in other ontologies."""

    name: str
    roles: tuple[str, ...]
    ar: str = ""
    plover: str | None = None
    ace: str | None = None


@dataclass(frozen=True)
class Labels:
    """An IOB2 label set over `classes`: id 0 is O, then B-x, I-x of each class in turn."""

    classes: tuple[str, ...]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """All labels by id."""
        return (OUTSIDE, *(f"{prefix}-{name}" for name in self.classes for prefix in "BI"))

    def __len__(self) -> int:
        return 1 + 2 * len(self.classes)

    def begin(self, name: str) -> int:
        """The id of B-`name`."""
        return 1 + 2 * self.classes.index(name)

    def inside(self, name: str) -> int:
        """The id of I-`name`."""
        return 2 + 2 * self.classes.index(name)


@dataclass(frozen=True, kw_only=True)
class Ontology:
    """Loaded from one YAML file in training, from the bundle in use. Order is meaning: it fixes the label ids."""

    version: int
    roles: tuple[str, ...]
    types: tuple[EventType, ...]
    modalities: tuple[str, ...]

    @cached_property
    def trigger_labels(self) -> Labels:
        """IOB2 over event types."""
        return Labels(tuple(kind.name for kind in self.types))

    @cached_property
    def role_labels(self) -> Labels:
        """IOB2 over roles."""
        return Labels(self.roles)

    @cached_property
    def licensed(self) -> dict[str, tuple[str, ...]]:
        """The roles of each type, by the type's name."""
        return {kind.name: kind.roles for kind in self.types}

    @classmethod
    def from_mapping(cls, tree: Mapping[str, Any]) -> Self:
        """Read the tree of an ontology file: `version`, `roles`, `types` (each with `roles`), `modality`.

        Raises OntologyError for a missing part, a role that is not listed, or a name used twice,
        be it for a type and a role.
        """
        for key in ("version", "roles", "types", "modality"):
            if not isinstance(tree, Mapping) or not tree.get(key):
                raise OntologyError(f"ontology: the entry {key!r} is missing or empty")
        roles, modalities = _names(tree, "roles"), _names(tree, "modality")
        if not isinstance(tree["types"], Mapping):
            raise OntologyError("ontology: 'types' should map each type's name to its entry")
        if missing := [role for role in UNIVERSAL_ROLES if role not in roles]:
            raise OntologyError(f"ontology: every event takes {missing[0]}; list it under 'roles'")
        if shared := [name for name in tree["types"] if name in roles]:
            raise OntologyError(f"ontology: {shared[0]!r} is both a type and a role; call one of them otherwise")
        types = tuple(_event_type(name, entry, roles) for name, entry in tree["types"].items())
        return cls(version=tree["version"], roles=roles, types=types, modalities=modalities)

    def to_mapping(self) -> dict[str, Any]:
        """The tree that `from_mapping` reads, without the glosses of roles and modalities."""
        return {
            "version": self.version,
            "roles": list(self.roles),
            "types": {
                kind.name: {
                    "ar": kind.ar,
                    "roles": [role for role in kind.roles if role not in UNIVERSAL_ROLES],
                    "plover": kind.plover,
                    "ace": kind.ace,
                }
                for kind in self.types
            },
            "modality": list(self.modalities),
        }


def _names(tree: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """The names under a key, given as a list or as the keys of a mapping to their glosses."""
    names = tree[key]
    if not isinstance(names, Mapping | list) or not all(isinstance(name, str) for name in names):
        raise OntologyError(f"ontology: {key!r} should be a list of names, got {names!r}")
    if twice := [name for i, name in enumerate(names) if name in list(names)[:i]]:
        raise OntologyError(f"ontology: {twice[0]!r} stands twice under {key!r}")
    return tuple(names)


def _event_type(name: str, entry: Mapping[str, Any], roles: tuple[str, ...]) -> EventType:
    if not isinstance(entry, Mapping):
        raise OntologyError(f"ontology: the entry of type {name} should be a mapping with 'roles', got {entry!r}")
    own = tuple(entry.get("roles") or ())
    for role in own:
        if role not in roles:
            raise OntologyError(f"ontology: type {name} takes the unknown role {role!r}; known are {', '.join(roles)}")
    licensed = tuple(role for role in roles if role in own or role in UNIVERSAL_ROLES)
    return EventType(
        name=name, roles=licensed, ar=entry.get("ar", ""), plover=entry.get("plover"), ace=entry.get("ace")
    )
