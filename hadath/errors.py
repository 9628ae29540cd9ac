"""Mistakes that a user can mend. A command line prints their message and nothing else.

HadathError (a ValueError)
├── SchemaError       a record is not a hadath document
├── OntologyError     an ontology contradicts itself or lacks a part
├── BundleError       a model bundle is damaged, foreign or of another format
├── DeviceError       the device asked for is not to be had
├── InputError        a file or record to be tagged cannot be read
├── ScoreError        a least score that is no probability, or of a name that the ontology lacks
├── ConfigError       a training config names something that does not exist
└── DataError         annotated data are missing or faulty; training's FaultError lists every fault with its place

The offline encoder's EncoderError, a HadathError too, stands beside its code in training/encoder.
"""


class HadathError(ValueError):
    """The base of all. The message says what was given, what was expected and how to mend it."""


class SchemaError(HadathError):
    """A record is not a hadath document."""


class OntologyError(HadathError):
    """An ontology contradicts itself or lacks a part."""


class BundleError(HadathError):
    """A model bundle is damaged, foreign or of another format."""


class DeviceError(HadathError):
    """The device asked for is not to be had."""


class InputError(HadathError):
    """A file or record to be tagged cannot be read."""


class ScoreError(HadathError):
    """A least score that is no probability, or of a name that the ontology lacks."""


class ConfigError(HadathError):
    """A training config names something that does not exist."""


class DataError(HadathError):
    """Annotated data are missing or faulty."""
