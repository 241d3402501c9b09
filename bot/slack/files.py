"""Files that people send: fetched with the bot's token, into a folder that is gone when they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.office.work import SentFile
from bot.slack.clients import error_of

CHUNK = 1 << 16
PAGE_PAUSES = (1, 2)
"""Seconds between attempts while a web page comes in place of a file."""
TIMEOUT_SECONDS = 600
MOST_FILES = 10
"""What Slack lets people put into one message."""
FILE_GONE = frozenset({"file_not_found", "file_deleted"})
_WEB_PAGES = (".html", ".htm")


class NotFetched(Exception):
    """A file that cannot be had; `name` is the phrase that says why."""

    def __init__(self, name: str, **values: object) -> None:
        self.name = name
        self.values = values
        super().__init__(name)


def sent_files(event: Mapping[str, Any]) -> tuple[SentFile, ...]:
    """The files of a message; deleted ones are left out."""
    listed = event.get("files")
    return tuple(
        SentFile(str(one["id"]), str(one.get("name") or one["id"]))
        for one in (listed if isinstance(listed, list) else [])[:MOST_FILES]
        if isinstance(one, dict) and one.get("id") and one.get("mode") not in ("tombstone", "hidden_by_limit")
    )


async def fetch(client: AsyncWebClient, file: SentFile, target: Path, limit: int) -> str:
    """Writes a file to `target` and returns its name. Raises `NotFetched`, `SlackApiError`, a broken connection.

    Slack leads whoever may not read a file to a login page, which answers 200: a redirect is a refusal.
    """
    try:
        about = (await client.files_info(file=file.id))["file"]
    except SlackApiError as error:
        if error_of(error) == "missing_scope":
            raise NotFetched("file_refused", file=file.name) from error
        if error_of(error) in FILE_GONE:
            raise NotFetched("upload_failed", reason=f"{file.name}: {error_of(error)}") from error
        raise
    name, url = str(about.get("name") or file.name), str(about.get("url_private_download") or about.get("url_private") or "")
    if int(about.get("size") or 0) > limit:
        raise _too_large(name, int(about["size"]), limit)
    if not url or about.get("is_external") or not _is_slacks(url, client.base_url):
        raise NotFetched("file_elsewhere", file=name)
    if client.session is None:
        raise TypeError("files are fetched over the connections that all calls share")
    for pause in PAGE_PAUSES:
        if await _download(client.session, url, client.token, name, target, limit):
            return name
        await asyncio.sleep(pause)
    if await _download(client.session, url, client.token, name, target, limit):
        return name
    raise NotFetched("file_refused", file=name)


async def _download(
    session: aiohttp.ClientSession, url: str, token: str | None, name: str, target: Path, limit: int
) -> bool:
    """Whether the file itself came, and no web page in its place: somebody between here and Slack may send one for once."""
    timeout = aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)
    headers = {"Authorization": f"Bearer {token}"}
    async with session.get(url, headers=headers, allow_redirects=False, timeout=timeout) as response:
        if response.status >= 500 or response.status == 429:
            # Slack's own trouble: worth another attempt, as after a broken connection.
            response.raise_for_status()
        if response.status != 200:
            raise NotFetched("file_refused", file=name)
        if response.content_type == "text/html" and not name.lower().endswith(_WEB_PAGES):
            return False
        size = 0
        with target.open("wb") as out:
            async for part in response.content.iter_chunked(CHUNK):
                size += len(part)
                if size > limit:
                    raise _too_large(name, size, limit)
                out.write(part)
    return True


def _too_large(name: str, size: int, limit: int) -> NotFetched:
    return NotFetched("file_too_large", file=name, size=f"{size / 1e6:,.0f}", limit=f"{limit / 1e6:,.0f}")


def _is_slacks(url: str, base_url: str) -> bool:
    """Whether an address is Slack's own: nobody else is shown the token."""
    host, api = urlsplit(url), urlsplit(base_url)
    if host.netloc == api.netloc:
        return True
    return host.scheme == "https" and (host.hostname or "").endswith((".slack.com", ".slack-files.com", ".slack-edge.com"))
