"""The ontology's YAML file."""

from pathlib import Path

import yaml

from hadath.errors import DataError, OntologyError
from hadath.ontology import Ontology

from ..strict_yaml import load


def load_ontology(path: Path) -> Ontology:
    """Read an ontology, see data/ontology.yaml. Raises DataError if it is not there, OntologyError if it is broken."""
    if not path.is_file():
        raise DataError(f"no ontology at {path}; name one like data/ontology.yaml (--ontology, or in the config)")
    try:
        return Ontology.from_mapping(load(path.read_text("utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise OntologyError(f"{path} is not readable YAML: {error}") from error
    except OntologyError as error:
        raise OntologyError(f"{path}: {error}") from error
    except (AttributeError, TypeError) as error:
        raise OntologyError(f"{path}: an entry is of the wrong form ({error}); compare data/ontology.yaml") from error
