"""Which texts were asked for in Swedish, as a report was written."""

import pytest

from bemanna.pipelines import language


def recorded(monkeypatch: pytest.MonkeyPatch) -> tuple[set[str], dict[str, str]]:
    """Record every text that is asked for from now on; and give the catalogue."""
    asked: set[str] = set()
    swedish = language.catalogue()

    class Recorder(dict[str, str]):
        def get(self, key: str, default: str = "") -> str:  # type: ignore[override]
            asked.add(key)
            return swedish.get(key, default)

    monkeypatch.setattr(language, "catalogue", Recorder)
    return asked, swedish
