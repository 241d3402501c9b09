"""Tokens of workspaces: found again, readable with the key alone, and keys that change."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store import Store, StoreError, open_store
from bot.store.seal import new_key
from tests.store.conftest import Clock


def save(store: Store, document: str, person: str = "") -> None:
    store.installs.save("app", "", "T1", "installation" if person else "bot", person, document)


def kept(store: Store) -> str:
    return str(store.db.execute("SELECT document FROM installations WHERE kind = 'bot'").fetchone()[0])


def test_the_newest_installation_counts(store: Store, clock: Clock) -> None:
    save(store, '{"n": 1}', "U1")
    clock.now += 1
    save(store, '{"n": 2}', "U2")
    assert store.installs.find("app", "", "T1", "installation") == '{"n": 2}'
    assert store.installs.find("app", "", "T1", "installation", "U1") == '{"n": 1}'
    assert store.installs.find("app", "", "T2", "installation") is None
    assert store.installs.find("other app", "", "T1", "installation") is None
    store.installs.delete("app", "", "T1", "installation", "U2")
    assert store.installs.find("app", "", "T1", "installation") == '{"n": 1}'
    store.installs.delete("app", "", "T1", "installation")
    assert store.installs.find("app", "", "T1", "installation") is None


def test_tokens_are_encrypted_with_a_key_and_keys_can_change(where: Path | str) -> None:
    plain = open_store(where)
    save(plain, '{"bot_token": "xoxb-1"}')
    assert "xoxb-1" in kept(plain)
    first, second = new_key(), new_key()
    locked = open_store(where, keys=(first,))
    assert locked.installs.find("app", "", "T1", "bot") == '{"bot_token": "xoxb-1"}'
    assert locked.installs.reseal() == 1
    assert "xoxb-1" not in kept(locked)
    changed = open_store(where, keys=(second, first))
    assert changed.installs.find("app", "", "T1", "bot") == '{"bot_token": "xoxb-1"}'
    changed.installs.reseal()
    assert open_store(where, keys=(second,)).installs.find("app", "", "T1", "bot") == '{"bot_token": "xoxb-1"}'
    with pytest.raises(StoreError, match="SELLERBOT_KEY is not the key"):
        open_store(where, keys=(first,)).installs.find("app", "", "T1", "bot")
    with pytest.raises(StoreError, match="set SELLERBOT_KEY"):
        plain.installs.find("app", "", "T1", "bot")


def test_what_is_no_key_is_refused(where: Path | str) -> None:
    with pytest.raises(StoreError, match="SELLERBOT_KEY holds no key"):
        open_store(where, keys=("password1",))


def test_a_state_is_good_once_and_not_for_ever(store: Store, clock: Clock) -> None:
    state = store.installs.begin(600)
    assert not store.installs.finish("another")
    assert store.installs.finish(state)
    assert not store.installs.finish(state)
    late = store.installs.begin(600)
    clock.now += 601
    assert not store.installs.finish(late)
