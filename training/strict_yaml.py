"""YAML as people write it by hand: no key stands twice, and words, numbers and booleans are told apart as in YAML 1.2.

PyYAML reads YAML 1.1, to which 1e-4 is a word, `no` is false, 010 is 8 and 1:30 is 90.
"""

import re
from typing import Any

import yaml

_TAG = "tag:yaml.org,2002:"
_MERGE = f"{_TAG}merge"  # the key `<<`, which takes over the keys of another mapping
_FORMS = {
    "bool": ("(true|True|TRUE|false|False|FALSE)$", "tTfF"),
    "int": (r"[-+]?(0|[1-9]\d*)$", "-+0123456789"),
    "float": (r"[-+]?(\d+\.\d*([eE][-+]?\d+)?|\.\d+([eE][-+]?\d+)?|\d+[eE][-+]?\d+)$", "-+.0123456789"),
}


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice, which YAML would let override the first without a word."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value if key.tag != _MERGE]
        if twice := [key for i, key in enumerate(keys) if key in keys[:i]]:
            raise yaml.constructor.ConstructorError(None, None, f"the key {twice[0]!r} stands twice", node.start_mark)
        return super().construct_mapping(node, deep)


class _Dumper(yaml.SafeDumper):
    """Quotes the words that `_Loader` would take for something else."""


def _resolve_as_in_yaml_1_2(side: type[_Loader | _Dumper]) -> None:
    side.yaml_implicit_resolvers = {
        first: [(tag, form) for tag, form in forms if tag.removeprefix(_TAG) not in _FORMS]
        for first, forms in side.yaml_implicit_resolvers.items()
    }
    for kind, (form, firsts) in _FORMS.items():
        side.add_implicit_resolver(f"{_TAG}{kind}", re.compile(form), list(firsts))


_resolve_as_in_yaml_1_2(_Loader)
_resolve_as_in_yaml_1_2(_Dumper)


def load(source: str) -> Any:
    """The tree of a text. Raises yaml.YAMLError."""
    # bandit's rule against yaml.load does not apply: the loader is a SafeLoader.
    return yaml.load(source, _Loader)


def dump(tree: Any) -> str:
    """The text of a tree, its keys in their order; `load` gives an equal tree."""
    return yaml.dump(tree, Dumper=_Dumper, allow_unicode=True, sort_keys=False)
