"""Time zones as people write them."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from rapidfuzz import process


def zone_of(text: str) -> str | None:
    """The IANA zone that is meant by its name or by its city, however it is spelled in capitals; None where none is."""
    return _names().get(_plain(text))


def zone_like(text: str) -> str:
    """The zone whose name comes closest."""
    found = process.extractOne(_plain(text), list(_names()))
    return _names()[found[0]] if found else "Asia/Shanghai"


@cache
def _names() -> dict[str, str]:
    """Plain name -> zone. Of several zones with one city the shorter name is the one in use."""
    zones = sorted(
        (zone for zone in available_timezones() if "/" in zone or zone == "UTC"), key=lambda zone: (len(zone), zone)
    )
    names = {_plain(zone): zone for zone in zones}
    for zone in zones:
        names.setdefault(_plain(zone.rpartition("/")[2]), zone)
    return names


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").lower().split())
