"""The offline encoder: multilingual-e5-small, cut to what Arabic news needs, with no download at run time."""

from .cache import offline_encoder
from .e5_file import EncoderError

__all__ = ["EncoderError", "offline_encoder"]
