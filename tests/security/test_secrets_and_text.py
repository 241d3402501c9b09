"""Secrets stay out of logs at every level, and what people write stays text wherever it is shown."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from cryptography.fernet import Fernet
from slack_sdk.signature import SignatureVerifier

from bot.settings import Settings, SlackSettings
from bot.slack.logs import log, set_up
from bot.store import StoreError, open_store

PASSWORD = 'pass-Wo+rd/1"q'  # noqa: S105 - made up
ENCODED = quote(PASSWORD, safe="")
URL = f"postgresql://bot:{ENCODED}@127.0.0.1:1/x?connect_timeout=1"
KEY = Fernet.generate_key().decode()


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where everything is logged to, down to the last detail, once all secrets are known."""
    written = io.StringIO()
    root = logging.getLogger()
    before = root.handlers, root.level
    settings = Settings(_env_file=None, database_url=URL, key=KEY)  # type: ignore[call-arg]
    slack = SlackSettings(
        _env_file=None, bot_token="xoxb-1-2-abc", signing_secret="0123456789abcdef", client_secret="client-secret-1"
    )
    set_up((*slack.secrets(), *settings.secrets()), level="DEBUG", stream=written)
    yield written
    root.handlers, root.level = before


@pytest.mark.parametrize("level", ["debug", "info", "warning", "error", "critical"])
def test_no_secret_is_written_at_any_level_or_in_a_stack_trace(stream: io.StringIO, level: str) -> None:
    said = f"{URL} {PASSWORD} {KEY} xoxb-1-2-abc 0123456789abcdef client-secret-1"
    getattr(log, level)(said, url=URL)
    getattr(logging.getLogger("psycopg.pool"), level)("connecting to %s", URL)
    try:
        raise RuntimeError(said) from ValueError(URL)
    except RuntimeError:
        log.exception("failed")
    written = stream.getvalue()
    assert written.count("[hidden]") > 5
    for secret in (
        PASSWORD,
        URL.split(":")[2].split("@", maxsplit=1)[0],
        KEY,
        "xoxb-1",
        "0123456789abcdef",
        "client-secret-1",
    ):
        assert secret not in written
        assert json.dumps(secret)[1:-1] not in written


def test_a_database_that_cannot_be_reached_is_named_without_its_password() -> None:
    with pytest.raises(StoreError) as caught:
        open_store(URL)
    assert PASSWORD not in str(caught.value)
    assert ENCODED not in str(caught.value)


@pytest.mark.parametrize(("age", "good"), [(0, True), (299, True), (301, False), (-301, False), (86_400, False)])
def test_a_request_that_was_recorded_is_no_longer_good_after_five_minutes(age: int, good: bool) -> None:
    stamp = str(int(time.time()) - age)
    if age == 299:
        stamp = str(int(time.time()) - 290)  # a slow machine has nine seconds
    verifier = SignatureVerifier("secret")
    signature = verifier.generate_signature(timestamp=stamp, body=b"{}") or ""
    assert verifier.is_valid(b"{}", stamp, signature) is good
