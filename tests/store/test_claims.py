"""Several processes share a store: each thread has one of them at a time, and whoever dies is taken over from."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.store import Store, open_store

ASKED = ("T1", "C1", "1.1")


@pytest.fixture
def other(store: Store, where: Path | str) -> Iterator[Store]:
    """Another process on the same store."""
    made = open_store(where)
    made.claims.join("you", "worker", "there", "2")
    yield made
    made.close()


def keys(store: Store, who: str, slow: bool = True) -> list[str]:
    return [one.key for one in store.work.waiting(who, 99, slow)]


def test_a_thread_is_one_process_at_a_time(store: Store, other: Store) -> None:
    assert store.claims.take(*ASKED, "me")
    assert not other.claims.take(*ASKED, "you")
    assert store.claims.take(*ASKED, "me")
    assert store.claims.holds(*ASKED, "me")
    assert not other.claims.holds(*ASKED, "you")
    other.claims.free(*ASKED, "you")  # not theirs to let go
    assert store.claims.holds(*ASKED, "me")
    store.claims.free(*ASKED, "me")
    assert other.claims.take(*ASKED, "you")


def test_the_work_of_a_thread_is_done_in_turn(store: Store, other: Store) -> None:
    for key, thread in (("9", "A"), ("8", "A"), ("7", "B")):
        store.work.accept("T1", "C1", key, "task", thread=thread)
    assert keys(store, "me") == ["7", "9"]
    assert store.work.is_next("T1", "C1", "9")
    assert not store.work.is_next("T1", "C1", "8")
    store.claims.take("T1", "C1", "A", "me")
    assert keys(other, "you") == ["7"]
    assert keys(store, "me") == ["7", "9"]
    store.work.done("T1", "C1", "9", "")
    assert keys(other, "you") == ["7"]
    store.claims.free("T1", "C1", "A", "me")
    assert keys(other, "you") == ["7", "8"]


def test_who_must_be_quick_leaves_slow_work_and_what_waits_for_it(store: Store) -> None:
    store.work.accept("T1", "C1", "1", "report", thread="A", slow=True)
    store.work.accept("T1", "C1", "2", "question", thread="A")
    store.work.accept("T1", "C1", "3", "question", thread="B")
    assert keys(store, "me", slow=False) == ["3"]
    assert keys(store, "me") == ["1", "3"]


def test_what_a_dead_process_held_is_free(store: Store, other: Store) -> None:
    store.work.accept("T1", "C1", "1", "task", thread="A")
    store.claims.take("T1", "C1", "A", "me")
    assert keys(other, "you") == []
    beat = next(one.beat for one in other.claims.present() if one.name == "me")
    assert store.claims.beat("me")
    assert not other.claims.bury("me", beat), "it lives"
    assert other.claims.bury("me", beat + 1)
    assert not other.claims.bury("me", beat + 1)
    assert [(one.key, one.deaths) for one in other.work.waiting("you", 9)] == [("1", 1)]
    # The one given up comes to: it hears of it, and can neither keep what it held nor take anything.
    assert not store.claims.beat("me")
    assert not store.claims.holds("T1", "C1", "A", "me")
    assert not store.claims.take("T1", "C1", "A", "me")
    store.claims.join("me", "serve", "here", "1")
    assert store.claims.take("T1", "C1", "A", "me")


def test_who_leaves_in_peace_leaves_nothing_behind(store: Store, other: Store) -> None:
    store.work.accept("T1", "C1", "1", "task", thread="A")
    store.claims.take("T1", "C1", "A", "me")
    store.claims.leave("me")
    assert [one.name for one in other.claims.present()] == ["you"]
    assert [(one.key, one.deaths) for one in other.work.waiting("you", 9)] == [("1", 0)]


def test_others_hear_that_there_is_something_to_do(store: Store, other: Store) -> None:
    other.db.was_rung()
    assert not other.db.was_rung()
    store.work.accept("T1", "C1", "1", "report", slow=True)
    assert any(other.db.was_rung() or time.sleep(0.02) for _ in range(100))


def test_many_at_once_take_a_thread_once(where: Path | str) -> None:
    stores = [open_store(where) for _ in range(4)]
    names = [f"p{number}" for number in range(4)]
    for name, store in zip(names, stores, strict=True):
        store.claims.join(name, "worker", "here", "1")
    taken: list[tuple[int, str]] = []
    start = threading.Barrier(4)

    def take(name: str, store: Store) -> None:
        start.wait()
        for number in range(40):
            if store.claims.take("T1", "C1", str(number), name):
                taken.append((number, name))

    threads = [threading.Thread(target=take, args=pair) for pair in zip(names, stores, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for number, _ in taken) == list(range(40))
    for store in stores:
        store.close()


def test_many_at_once_accept_an_event_once(where: Path | str) -> None:
    stores = [open_store(where) for _ in range(4)]
    accepted: list[str] = []
    start = threading.Barrier(4)

    def accept(store: Store) -> None:
        start.wait()
        for number in range(40):
            if store.work.accept("T1", "C1", str(number), "task", f"Ev{number}", thread="A"):
                accepted.append(str(number))

    threads = [threading.Thread(target=accept, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(accepted, key=int) == [str(number) for number in range(40)]
    assert stores[0].work.count_open() == 40
    for store in stores:
        store.close()
