"""Structured logs: one JSON object a line, the request's id on each, and never a secret."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from typing import Any, TextIO

import structlog

log = structlog.stdlib.get_logger("sellerbot")

_SECRETS = re.compile(r"\b(?:xox[a-z]|xapp|xoxe(?:\.xox[a-z])?)-[A-Za-z0-9-]+|(?<=Bearer )[A-Za-z0-9._-]+")
HIDDEN = "[hidden]"


class Redactor:
    """Takes tokens, and the secrets it was told of, out of whatever is about to be written."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # As it is, and as it stands in a line of JSON.
        written = {form for secret in secrets if len(secret) >= 6 for form in (secret, json.dumps(secret)[1:-1])}
        words = [re.escape(form) for form in sorted(written, key=len, reverse=True)]
        self._pattern = re.compile("|".join([_SECRETS.pattern, *words]))

    def __call__(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text)


class _SafeFormatter(structlog.stdlib.ProcessorFormatter):
    """Redacts the finished line, so that nothing escapes through an exception or a library's message."""

    def __init__(self, redact: Redactor, **settings: Any) -> None:
        super().__init__(**settings)
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        return self._redact(super().format(record))


def set_up(secrets: Iterable[str], level: str = "INFO", stream: TextIO | None = None) -> None:
    """Sends everything that is logged, by libraries too, to `stream` (standard error) as JSON lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        _SafeFormatter(
            Redactor(secrets),
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # These write whole request bodies, with what people asked, below this level.
    for name in ("slack_bolt", "slack_sdk", "aiohttp.access", "uvicorn.access"):
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def bind(**values: Any) -> None:
    """Puts values on every line that this task logs from here on."""
    structlog.contextvars.bind_contextvars(**values)
