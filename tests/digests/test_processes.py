"""Two processes on one store, one killed in between: every digest is there, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.digests import measure

DIGESTS = 900


async def test_two_processes_and_a_kill(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SELLERBOT_CONTENT", str(shop))
    monkeypatch.setenv("SELLERBOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SELLERBOT_ENCODER", "false")
    result = await measure(DIGESTS, tmp_path)
    assert result.copies == {1: DIGESTS}
    assert result.killed_after < DIGESTS
    assert result.open_at_kill > 0
