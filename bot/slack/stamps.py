"""Stamps on what a modal carries along: it comes back from the person it was shown to, and as it was sent, or not at all.

A modal's metadata names answers, channels and return addresses. With the stamp nothing rests on whether somebody can
change it on its way.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from typing import Any

from bot.slack.blocks.modals import METADATA_LIMIT, View, encode_metadata, metadata_of

STAMP = "stamp"


class Forged(Exception):
    """Metadata that this app did not give to this person."""


class Stamps:
    """Every process with the same secrets makes and knows the same stamps."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._key = hashlib.sha256(b"modals\0" + "\0".join(secrets).encode()).digest()

    def stamped(self, view: View, team: str, user: str) -> View:
        """A view for one person, its metadata stamped if it has any."""
        if not view.get("private_metadata"):
            return view
        values = metadata_of(view)
        stamp = self._stamp(values, team, user, str(view.get("callback_id") or ""))
        text = encode_metadata({**values, STAMP: stamp})
        if len(text) >= METADATA_LIMIT:
            raise ValueError(f"a modal's metadata has {len(text)} characters, at most {METADATA_LIMIT} are possible")
        return {**view, "private_metadata": text}

    def checked(self, view: Mapping[str, Any], team: str, user: str) -> str:
        """The metadata of a view that came back, without the stamp. Raises `Forged`."""
        if not view.get("private_metadata"):
            return ""
        try:
            values = metadata_of(dict(view))
        except (ValueError, AttributeError) as error:
            raise Forged from error
        found = values.pop(STAMP, "")
        right = self._stamp(values, team, user, str(view.get("callback_id") or ""))
        if not hmac.compare_digest(found.encode(), right.encode()):
            raise Forged
        return encode_metadata(values)

    def _stamp(self, values: Mapping[str, str], team: str, user: str, callback: str) -> str:
        said = json.dumps([team, user, callback, sorted(values.items())], ensure_ascii=False)
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()[:40]
