"""The ontology's YAML file."""

from pathlib import Path
from typing import Any

import yaml

from hadath.errors import DataError, OntologyError
from hadath.ontology import Ontology


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, which YAML would let override the first without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := [key for i, key in enumerate(keys) if key in keys[:i]]:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice[0]!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


def load_ontology(path: Path) -> Ontology:
    """Read an ontology, see data/ontology.yaml. Raises DataError if it is not there, OntologyError if it is broken."""
    if not path.is_file():
        raise DataError(f"no ontology at {path}; name one like data/ontology.yaml (--ontology, or in the config)")
    try:
        # bandit's rule against yaml.load does not apply: the loader is a SafeLoader.
        return Ontology.from_mapping(yaml.load(path.read_text("utf-8"), _Loader))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path} is not readable YAML: {error}") from error
    except OntologyError as error:
        raise OntologyError(f"{path}: {error}") from error
    except (AttributeError, TypeError) as error:
        raise OntologyError(f"{path}: an entry is of the wrong form ({error}); compare data/ontology.yaml") from error
