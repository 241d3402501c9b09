"""The bundled made-up sample reports."""

from __future__ import annotations

from datetime import date
from pathlib import Path

SAMPLE_DAY = date(2026, 11, 22)
"""The day on which the samples are as old as they look."""


def sample_folder() -> Path:
    """The samples beside the checkout, or the copy that an installed package carries."""
    package = Path(__file__).resolve().parent.parent
    beside = package.parent / "samples"
    return beside if beside.is_dir() else package / "content" / "samples"


def sample_files() -> tuple[Path, ...]:
    return tuple(sorted(path for path in sample_folder().iterdir() if path.suffix in (".txt", ".csv", ".xlsx", ".json")))
