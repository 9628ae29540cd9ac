"""The version of hadath, which stands in pyproject.toml alone."""

import tomllib
from importlib import metadata
from pathlib import Path


def version() -> str:
    """From the installed package, or from the checkout that the code runs in."""
    checkout = Path(__file__).parent.parent / "pyproject.toml"
    if checkout.is_file():
        project = tomllib.loads(checkout.read_text("utf-8")).get("project", {})
        if project.get("name") == "hadath":  # and not what another package left in site-packages
            return str(project["version"])
    return metadata.version("hadath")
