"""A bad day in small: the benchmark of faults with little traffic. Nothing is lost, doubled or half-stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.faults import FAULTS, Load, meet, names, stage

LITTLE = Load(mentions=6, uploads=1, digests=2)


@pytest.mark.parametrize("faults", [("kill -9",), ("disk full", "Slack: answer lost")], ids=", ".join)
async def test_nothing_is_lost_or_doubled(faults: tuple[str, ...], tmp_path: Path) -> None:
    async with stage(tmp_path, seed=7) as scene:
        for name in faults:
            outcome = await meet(scene, name, LITTLE)
            assert outcome.is_clean, f"{name}: {outcome.wrong}\n{outcome.logs}"


def test_every_fault_is_met_on_one_database_at_least() -> None:
    assert {*names("SQLite"), *names("PostgreSQL")} == set(FAULTS)
