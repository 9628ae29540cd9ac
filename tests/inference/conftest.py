import sys
from collections.abc import Iterator

import pytest

from inference import api
from tests.inference.fake_tagger import FakeTagger, as_module


@pytest.fixture
def fake_tagger(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeTagger]]:
    """`predict` and the command line use the fake tagger; its `loads` say what was loaded."""
    monkeypatch.setitem(sys.modules, "hadath.tagger", as_module())
    monkeypatch.setattr(FakeTagger, "loads", [])
    api._load.cache_clear()
    yield FakeTagger
    api._load.cache_clear()
