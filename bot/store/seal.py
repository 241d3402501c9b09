"""Encrypts what must not be read by whoever gets hold of the database: tokens of workspaces."""

from __future__ import annotations

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.store.errors import StoreError

_SEALED = "gAAAA"
"""How every Fernet token begins; JSON begins otherwise."""


class Seal:
    """`keys` are Fernet keys, the one in use first, then earlier ones; without any, text is kept as it is."""

    def __init__(self, keys: tuple[str, ...] = ()) -> None:
        try:
            known = [Fernet(key) for key in keys]
        except ValueError as error:
            raise StoreError(
                "SELLERBOT_KEY holds no key; make one with Fernet.generate_key() of Python's cryptography"
            ) from error
        self._first = known[0] if known else None
        self._fernet = MultiFernet(known) if known else None

    @property
    def is_on(self) -> bool:
        return self._fernet is not None

    def close(self, text: str) -> str:
        """Text as it is kept."""
        return self._fernet.encrypt(text.encode()).decode() if self._fernet else text

    def is_in_use(self, kept: str) -> bool:
        """Whether what was kept is as it would be kept now: encrypted with the key in use, or readable without any."""
        if self._first is None:
            return not kept.startswith(_SEALED)
        try:
            self._first.decrypt(kept)
        except InvalidToken:
            return False
        return True

    def open(self, kept: str) -> str:
        """What was kept, readable; raises `StoreError` without the right key."""
        if not kept.startswith(_SEALED):
            return kept
        if self._fernet is None:
            raise StoreError("the tokens in the store are encrypted; set SELLERBOT_KEY to the key")
        try:
            return self._fernet.decrypt(kept).decode()
        except InvalidToken as error:
            raise StoreError("SELLERBOT_KEY is not the key of the tokens in the store; add the earlier one") from error


def new_key() -> str:
    return Fernet.generate_key().decode()
