"""Who is at a digest: one process at a time, and another once the first has died."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

from bot.store import Store, open_store
from bot.store.schedules import Kept, Run
from tests.store.conftest import Clock

LEASE = 120


def kept(name: str = "s", due: int = 5, team: str = "T1", **more: str) -> Kept:
    return Kept(name, team, "U1", "C1", "C1", more.get("document", "{}"), more.get("paused", ""), due)


def claimed(store: Store, worker: str, due: int = 10, limit: int = 10) -> list[str]:
    return [one.id for one in store.schedules.claim(worker, due, LEASE, limit)]


def test_what_is_due_is_claimed_once_the_oldest_first(store: Store) -> None:
    for number in range(5):
        store.schedules.save(kept(f"s{number}", due=10 - number))
    store.schedules.save(kept("later", due=11))
    store.schedules.save(kept("paused", paused="owner"))
    assert sorted(claimed(store, "a", limit=2)) == ["s3", "s4"]
    assert sorted(claimed(store, "b")) == ["s0", "s1", "s2"]
    assert claimed(store, "a") == []


def test_two_processes_share_without_overlap(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "store.db"
    first = open_store(path, clock)
    for number in range(500):
        first.schedules.save(kept(f"s{number:03}"))
    found: dict[str, list[str]] = {"a": [], "b": []}

    def work(worker: str) -> None:
        own = open_store(path, clock)
        while more := claimed(own, worker, limit=7):
            found[worker] += more
        own.close()

    threads = [threading.Thread(target=work, args=(worker,)) for worker in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found["a"] + found["b"]) == [f"s{number:03}" for number in range(500)]


def test_a_dead_processs_claim_is_taken_over_and_a_living_ones_is_not(store: Store, clock: Clock) -> None:
    store.schedules.save(kept())
    assert claimed(store, "a") == ["s"]
    clock.now += LEASE - 1
    store.schedules.renew("a", LEASE)
    clock.now += LEASE - 1
    assert claimed(store, "b") == []
    clock.now += 1
    assert claimed(store, "b") == ["s"]


def test_who_lost_its_claim_posts_nothing(store: Store, clock: Clock) -> None:
    store.schedules.save(kept())
    claimed(store, "a")
    run = store.schedules.begin(kept(), "2026-10-01", 5)
    clock.now += LEASE
    claimed(store, "b")
    assert not store.schedules.posting("a", replace(run, outbox="late"), LEASE)
    assert store.schedules.posting("b", replace(run, outbox="mine"), LEASE)
    [left] = store.schedules.unfinished("s")
    assert (left.state, left.outbox) == ("posting", "mine")


def test_what_was_paused_meanwhile_is_not_posted(store: Store) -> None:
    store.schedules.save(kept())
    claimed(store, "a")
    run = store.schedules.begin(kept(), "2026-10-01", 5)
    store.schedules.pause("T1", "s", "owner")
    assert not store.schedules.posting("a", run, LEASE)


def finished(store: Store, day: str, snapshot: str = "snap") -> Run:
    run = store.schedules.begin(kept(), day, 5)
    store.schedules.posting("a", replace(run, snapshot=snapshot, outbox="out"), LEASE)
    store.schedules.settle(run, "sent", "1.1")
    return store.schedules.begin(kept(), day, 5)


def test_each_local_date_has_one_run(store: Store) -> None:
    store.schedules.save(kept())
    claimed(store, "a")
    done = finished(store, "2026-10-01")
    assert (done.state, done.reply, done.outbox, done.snapshot) == ("sent", "1.1", "", "snap")
    # Nothing changes a date that is over.
    store.schedules.settle(done, "failed", "no")
    store.schedules.miss(kept(), "2026-10-01", 5)
    assert store.schedules.begin(kept(), "2026-10-01", 5) == done


def test_a_change_while_it_is_sent_keeps_its_own_next_time(store: Store) -> None:
    store.schedules.save(kept())
    claimed(store, "a")
    store.schedules.save(kept(due=777, document='{"changed": 1}'))
    store.schedules.advance("a", kept(), 999)
    assert [one.next_due for one in store.schedules.seen_by("T1", "U1", "")] == [777]
    claimed(store, "a", due=777)
    store.schedules.advance("a", kept(document='{"changed": 1}'), 999)
    assert [one.next_due for one in store.schedules.seen_by("T1", "U1", "")] == [999]


def test_another_workspace_has_no_say(store: Store) -> None:
    store.schedules.save(kept())
    store.schedules.save(kept(team="T2", document="stolen"))
    store.schedules.pause("T2", "s", "owner")
    store.schedules.delete("T2", "s")
    assert store.schedules.find("T1", "s") == kept()
    assert store.schedules.find("T2", "s") is None


def test_old_runs_go_but_the_last_one_sent_stays(store: Store, clock: Clock) -> None:
    store.schedules.save(kept())
    claimed(store, "a")
    finished(store, "2026-10-01")
    finished(store, "2026-10-02")
    clock.now += 40 * 86_400
    store.forget_older_than(30)
    assert store.db.execute("SELECT COUNT(*) FROM digest_runs").fetchone()[0] == 1
    last = store.schedules.last_sent("s")
    assert last is not None
    assert (last.day, last.snapshot) == ("2026-10-02", "snap")


def test_what_was_skipped_is_told_once(store: Store) -> None:
    for day in ("2026-10-01", "2026-10-02"):
        store.schedules.miss(kept(), day, 5)
    assert [one.day for one in store.schedules.untold("s")] == ["2026-10-01", "2026-10-02"]
    store.schedules.told("s", "2026-10-02", "1.1")
    assert [one.day for one in store.schedules.untold("s")] == ["2026-10-02"]
