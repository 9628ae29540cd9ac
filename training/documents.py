"""The documents of a run, by its config."""

import logging
from dataclasses import replace
from pathlib import Path

from hadath.errors import ConfigError
from hadath.ontology import Ontology

from .config import Config
from .data.corpus import Split, load_documents, split
from .data.duplicates import groups

log = logging.getLogger(__name__)


def corpus_split(config: Config, ontology: Ontology) -> Split:
    """The documents that a config trains on and those it keeps for dev."""
    data = config.data
    documents = load_documents([Path(path) for path in data.train], ontology)
    fraction = 0.0 if data.dev else data.dev_fraction
    chosen = [Path(path) for path in data.dev_from]
    dev_from = {each.id for each in load_documents(chosen, ontology)} if chosen else None
    parts = split(documents, fraction, data.split_seed, fold=data.fold, train_share=data.train_share, dev_from=dev_from)
    if data.dev:
        parts = replace(parts, dev=tuple(load_documents([Path(path) for path in data.dev], ontology)))
    if not parts.train or not parts.dev:
        raise ConfigError(
            f"{len(parts.train)} documents to train on and {len(parts.dev)} for dev: expected at least one of each"
            + (" (of data.dev_from, those without a near-duplicate elsewhere can be dev)" if dev_from else "")
        )
    if shared := {each.text for each in parts.train} & {each.text for each in parts.dev}:
        raise ConfigError(f"data.train and data.dev share {len(shared)} texts; figures on them would mean nothing")
    if data.dev and (alike := _alike(parts)):
        log.warning(
            "%d articles of data.dev are much like others of data.train, such as %s and %s: figures on them flatter",
            len(alike),
            *alike[0],
        )
    return parts


def _alike(parts: Split) -> list[tuple[str, str]]:
    """The ids of dev documents with near-duplicates to train on, each with that of one of these."""
    both, border = (*parts.train, *parts.dev), len(parts.train)
    found = []
    for places in groups([each.text for each in both]):
        learned = [place for place in places if place < border]
        found += [(both[place].id, both[learned[0]].id) for place in places if learned and place >= border]
    return found
