"""Puts an office together from the settings."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from bot.compiled import Workshop
from bot.desk import Desk
from bot.encoder import find_encoder
from bot.library import Library
from bot.office.clerks import Clerks, ThreadClerks
from bot.office.office import Office
from bot.office.processes import ProcessClerks
from bot.office.roles import SERVE, Role
from bot.reports.report import Limits
from bot.settings import Settings
from bot.store import open_store


def make_desk() -> Desk:
    """The desk over the content that the environment names, ready to answer. Raises `BrokenContent`."""
    settings = Settings()
    encoder = find_encoder(settings.cache) if settings.encoder else None
    library = Library(settings.content, Workshop(settings.cache, encoder), notice=logging.getLogger("sellerbot").warning)
    library.current()
    return Desk(library)


def open_office(settings: Settings, role: Role = SERVE, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Office:
    """The office over the settings' store, by the clock `now`. Raises `StoreError`, `BrokenContent`."""
    store = open_store(settings.place, lambda: int(now().timestamp()), keys=settings.keys)
    if store.unknown_steps:
        # Each step leaves the tables usable for the version before it.
        logging.getLogger("sellerbot").warning(
            "the database is of a newer version (%s); start that one here as well", ", ".join(store.unknown_steps)
        )
    desk = make_desk()
    clerks: Clerks
    if settings.workers:
        clerks = ProcessClerks(desk, make_desk, settings.workers)
    else:
        clerks = ThreadClerks(desk, ThreadPoolExecutor(1, "desk"))
    limits = Limits(size=settings.max_upload_mb * 1_000_000, rows=settings.max_rows)
    return Office(clerks, store, now, keep_days=settings.keep_days, limits=limits, role=role, grace_days=settings.grace_days)
