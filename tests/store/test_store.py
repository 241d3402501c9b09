"""What is kept: once, whole, apart for each workspace, and no longer than wanted."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store import Store, StoreError, open_store
from bot.store.answers import Pick, Row
from bot.store.database import TEAM_TABLES
from bot.store.schedules import Kept
from bot.store.uploads import Upload
from bot.store.watched import Watched
from tests.store.conftest import Clock


def row(answer: str = "a", team: str = "T1") -> Row:
    return Row(answer, team, "C1", "1.1", "U1", "what?", "[]")


def test_work_is_accepted_once_by_event_and_by_key(store: Store) -> None:
    assert store.work.accept("T1", "C1", "1.1", "task", "Ev1")
    assert not store.work.accept("T1", "C1", "1.1", "task", "Ev1")
    assert not store.work.accept("T1", "C1", "1.1", "task", "Ev2")
    assert not store.work.accept("T1", "C1", "1.2", "task", "Ev1")
    assert store.work.accept("T2", "C1", "1.1", "task", "Ev1")
    assert store.work.accept("T1", "C1", "1.3", "task")


def test_work_stays_open_until_it_is_done_and_keeps_no_question_after(store: Store) -> None:
    store.work.accept("T1", "C1", "1.1", "task")
    store.work.accept("T1", "C1", "1.2", "task")
    store.work.accept("T1", "C1", "1.3", "task")
    store.work.posting("T1", "C1", "1.2", "reply")
    assert [(one.key, one.state, one.outbox) for one in store.work.waiting("me", 99)] == [
        ("1.1", "accepted", ""),
        ("1.2", "posting", "reply"),
        ("1.3", "accepted", ""),
    ]
    store.work.done("T1", "C1", "1.1", "9.9")
    store.work.done("T1", "C1", "1.2", "9.8")
    store.work.failed("T1", "C1", "1.3", "is_archived")
    assert store.work.waiting("me", 99) == ()
    finished = store.work.find("T1", "C1", "1.2")
    assert finished is not None
    assert (finished.task, finished.outbox, finished.reply) == ("", "", "9.8")


def test_what_is_written_together_is_kept_whole_or_not_at_all(store: Store) -> None:
    def half() -> None:
        with store.together():
            store.threads.save("T1", "C1", "1.1", "memory")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert store.threads.load("T1", "C1", "1.1") is None


def test_a_crash_keeps_what_was_accepted(where: Path | str, clock: Clock) -> None:
    dying = open_store(where, clock)
    dying.work.accept("T1", "C1", "1.1", "task")
    # Nothing is closed, as with kill -9.
    assert [one.key for one in open_store(where, clock).work.waiting("me", 99)] == ["1.1"]


def test_the_first_pick_counts(store: Store) -> None:
    assert store.answers.pick("T1", "a.0", {"pilot": "child"}, "U1") == ()
    assert store.answers.pick("T1", "a.0", {"pilot": "adult"}, "U2") == (Pick("pilot", "child", "U1"),)
    assert store.answers.pick("T1", "a.0", {"windy": "no"}, "U2") == ()
    assert [one.value for one in store.answers.picks("a.0")] == ["child", "no"]


def test_answers_are_found_in_their_own_workspace_only(store: Store) -> None:
    store.answers.save(row())
    assert store.answers.load("T1", "a") == row()
    assert store.answers.load("T2", "a") is None


def test_a_later_opinion_replaces_the_earlier_one(store: Store) -> None:
    store.answers.judge("T1", "a.0", "U1", "up")
    store.answers.judge("T1", "a.0", "U1", "down", "wrong", "no")
    store.answers.judge("T1", "a.0", "U2", "up")
    assert sorted(store.answers.opinions("T1")) == [("a.0", "U1", "down", "wrong", "no"), ("a.0", "U2", "up", "", "")]


def test_settings_are_set_changed_and_taken_back(store: Store) -> None:
    store.preferences.set("T1", "", "language", "zh", "U1")
    store.preferences.set("T1", "", "language", "en", "U1")
    store.preferences.set("T1", "C1", "auto_answer", "on", "U1")
    assert store.preferences.everything("T1") == {("", "language"): "en", ("C1", "auto_answer"): "on"}
    store.preferences.set("T1", "", "language", "", "U1")
    assert store.preferences.get("T1", "", "language") is None


def test_something_is_told_once(store: Store) -> None:
    assert store.preferences.tell_once("T1", "archived:C1")
    assert not store.preferences.tell_once("T1", "archived:C1")
    assert store.preferences.tell_once("T2", "archived:C1")


def test_a_question_is_handed_over_once(store: Store) -> None:
    assert store.answers.hand_over("T1", "a.0", "U1", "C2")
    assert not store.answers.hand_over("T1", "a.0", "U2", "C2")
    store.answers.take_back_hand_over("T2", "a.0")
    assert not store.answers.hand_over("T1", "a.0", "U2", "C2"), "another workspace has no say"
    store.answers.take_back_hand_over("T1", "a.0")
    assert store.answers.hand_over("T1", "a.0", "U2", "C2")


def fill(store: Store, team: str) -> None:
    store.work.accept(team, "C1", "1.1", "task", "Ev1")
    store.work.done(team, "C1", "1.1", "2.2")
    store.threads.save(team, "C1", "1.1", "memory")
    store.answers.save(row(f"a-{team}", team))
    store.answers.pick(team, f"a-{team}.0", {"pilot": "child"}, "U1")
    store.answers.judge(team, f"a-{team}.0", "U1", "up")
    store.answers.gap(team, f"a-{team}.0", "what?", "en", "")
    store.answers.hand_over(team, f"a-{team}.0", "U1", "C2")
    store.preferences.set(team, "", "language", "zh", "U1")
    store.preferences.tell_once(team, "key")
    store.uploads.save([upload(f"u-{team}", team)])
    kept = Kept(f"s-{team}", team, "U1", "C1", "C1", "{}", "", 5)
    store.schedules.save(kept)
    store.schedules.begin(kept, "2026-10-01", 5)
    store.watched.save(watched(team))
    store.claims.take(team, "C1", "1.1", "me")
    store.installs.save("app", "", team, "bot", "", "{}")
    store.departures.note(team)


def watched(team: str = "T1", thread: str = "1.1") -> Watched:
    return Watched(team, "C1", thread, "kites.cost", "", "U1", "UTC", "a.0", "1.1", "{}", "old")


def upload(name: str, team: str, channel: str = "C1", source: str = "F1") -> Upload:
    return Upload(name, team, channel, "U1", source, "stranded-inventory", "{}", b"PAR1", "{}")


def test_a_person_sees_shared_uploads_their_own_direct_ones_and_those_of_channels_named(store: Store) -> None:
    direct = replace(upload("mine", "T1"), channel="D1", person="U1")
    others = replace(upload("theirs", "T1"), channel="D2", person="U2")
    store.uploads.save([upload("u1", "T1"), upload("u2", "T2"), direct, others])
    assert store.uploads.channels("T1") == {"C1", "D1", "D2"}
    seen = lambda *channels: {one.id for one in store.uploads.seen_by("T1", "U1", channels)}  # noqa: E731
    assert seen() == {"mine"}
    assert seen("C1", "C2") == {"mine", "u1"}
    store.uploads.share("T1", "theirs", shared=True)
    assert seen() == {"mine", "theirs"}
    assert store.uploads.channels("T1") == {"C1", "D1"}


def test_uploads_are_seen_in_their_channel_until_they_are_shared(store: Store) -> None:
    store.uploads.save([upload("u1", "T1"), upload("u2", "T2")])
    assert [one.id for one in store.uploads.seen_from("T1", "C1")] == ["u1"]
    assert store.uploads.seen_from("T1", "C2") == ()
    store.uploads.share("T2", "u1", shared=True)  # another workspace has no say
    assert store.uploads.seen_from("T1", "C2") == ()
    store.uploads.share("T1", "u1", shared=True)
    assert [one.id for one in store.uploads.seen_from("T1", "C2")] == ["u1"]
    assert store.uploads.content("T2", "u1") is None
    store.uploads.delete("T2", "u1")
    assert store.uploads.content("T1", "u1") == b"PAR1"


def test_a_file_that_is_read_again_replaces_what_it_gave_before(store: Store) -> None:
    store.uploads.save([upload("u1", "T1"), upload("u2", "T1", source="F2")])
    store.uploads.save([upload("u3", "T1")])
    assert {one.id for one in store.uploads.seen_from("T1", "C1")} == {"u2", "u3"}


def count(store: Store, team: str) -> dict[str, int]:
    return {
        name: store.db.execute(f"SELECT COUNT(*) FROM {name} WHERE team = :team", {"team": team}).fetchone()[0]
        for name in TEAM_TABLES
    }


def test_every_table_of_a_workspace_is_known(tmp_path: Path) -> None:
    store = open_store(tmp_path / "store.db")
    raw = store.db.raw  # type: ignore[attr-defined]
    assert {table.name for table in raw.tables if "team" in table.columns_dict} == set(TEAM_TABLES)


def test_a_forgotten_workspace_leaves_nothing(store: Store) -> None:
    fill(store, "T1")
    fill(store, "T2")
    before = count(store, "T2")
    assert min(before.values()) == 1
    store.forget_team("T1")
    assert set(count(store, "T1").values()) == {0}
    assert count(store, "T2") == before


def test_old_conversations_are_forgotten_and_unfinished_work_is_not(store: Store, clock: Clock) -> None:
    fill(store, "T1")
    store.work.accept("T1", "C1", "1.2", "task")
    clock.now += 31 * 86_400
    store.threads.save("T1", "C1", "9.9", "memory")
    store.forget_older_than(30)
    assert store.threads.load("T1", "C1", "1.1") is None
    assert store.threads.load("T1", "C1", "9.9") == "memory"
    assert store.answers.load("T1", "a-T1") is None
    assert store.watched.find("T1", "C1", "1.1", "kites.cost") is None
    assert store.uploads.seen_from("T1", "C1") == ()
    assert [one.key for one in store.work.waiting("me", 99)] == ["1.2"]
    assert store.preferences.get("T1", "", "language") == "zh"


def test_the_file_is_nobody_elses_business(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    open_store(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR


def test_a_file_that_is_no_store_is_named(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_text("this is no database, whatever its name says " * 50)
    with pytest.raises(StoreError, match=r"cannot open the store .*store\.db.*SELLERBOT_STORE"):
        open_store(path)


def test_opening_again_changes_nothing(where: Path | str) -> None:
    first = open_store(where)
    first.threads.save("T1", "C1", "1.1", "memory")
    first.close()
    assert open_store(where).threads.load("T1", "C1", "1.1") == "memory"


def test_what_was_asked_in_vain_or_answered_badly(store: Store, clock: Clock) -> None:
    store.answers.gap("T1", "x.0", "what is a kite?", "en", "")
    clock.now += 10
    store.answers.save(row("abc"))
    store.answers.judge("T1", "abc.0", "U1", "down", "wrong", "")
    store.answers.judge("T1", "abc.0", "U2", "up", "", "")
    assert [(one.team, one.why) for one in store.answers.lacking(0)] == [("T1", ""), ("T1", "wrong")]
    assert [one.why for one in store.answers.lacking(clock.now)] == ["wrong"]


def test_what_it_takes_to_ask_again_is_kept_with_a_question_and_found_by_workspace_and_time(
    store: Store, clock: Clock
) -> None:
    store.answers.save(Row("a-1", "T1", "C1", "1.1", "U1", "what?", "[]", '{"turns": ["what?"]}'))
    store.answers.gap("T1", "a-1.0", "what?", "en", "")
    store.answers.gap("T1", "a-1.10", "what else?", "en", "")
    store.answers.gap("T2", "b.0", "and here?", "en", "")
    clock.now += 10
    store.answers.save(Row("digest", "T1", "C1", "", "U1", "", "[]"))
    store.answers.judge("T1", "digest.0", "U1", "down", "wrong")
    kept = store.answers.lacking(0, team="T1")
    assert [(one.answer, one.question, one.asked) for one in kept] == [
        ("a-1", "what?", '{"turns": ["what?"]}'),
        ("a-1", "what else?", '{"turns": ["what?"]}'),
    ]
    assert [one.team for one in store.answers.lacking(0)] == ["T1", "T1", "T2"]
    assert store.answers.lacking(0, until=clock.now - 10) == ()
    assert len(store.answers.lacking(clock.now - 10, until=clock.now, team="T2")) == 1
    clock.now += 31 * 86_400
    store.forget_older_than(30)
    assert store.answers.lacking(0) == ()


def test_a_watched_answer_is_claimed_by_one_and_only_where_the_workspace_wants_it(store: Store, clock: Clock) -> None:
    one = watched()
    store.watched.save(one)
    assert store.watched.marks(0) == (("kites.cost", "UTC", "old"),)
    claim = lambda who, since=0: store.watched.claim(who, "kites.cost", "UTC", "old", since, 120, 9)  # noqa: E731
    assert claim("me") == ()
    store.preferences.set("T1", "", "policy_watch", "on", "U1")
    assert claim("me", clock.now + 1) == ()
    [mine] = claim("me")
    assert claim("you") == ()
    assert store.watched.marks(0) == ()
    clock.now += 121
    assert len(claim("you")) == 1
    assert not store.watched.posting("me", mine, "{}", 120)
    assert store.watched.posting("you", mine, '{"answer": "b.0"}', 120)
    clock.now += 121
    [left] = store.watched.claim_left("me", 120, 9)
    assert left.pending == '{"answer": "b.0"}'
    store.watched.told("me", left, replace(left, answer="b.0", told="now", mark="new", reply="2.2"), 900)
    found = store.watched.find("T1", "C1", "1.1", "kites.cost")
    assert found is not None
    assert (found.answer, found.told, found.mark, found.reply, found.pending) == ("b.0", "now", "new", "2.2", "")
    assert store.watched.marks(0) == ()
    clock.now += 901
    assert store.watched.marks(0) == (("kites.cost", "UTC", "new"),)


def test_a_newer_answer_takes_a_watched_one_out_of_the_hands_of_whoever_is_at_it(store: Store) -> None:
    store.preferences.set("T1", "", "policy_watch", "on", "U1")
    store.watched.save(watched())
    [held] = store.watched.claim("me", "kites.cost", "UTC", "old", 0, 120, 9)
    store.watched.save(replace(watched(), answer="c.0"))
    assert not store.watched.posting("me", held, "{}", 120)
    assert not store.watched.drop("me", held)
    found = store.watched.find("T1", "C1", "1.1", "kites.cost")
    assert found is not None
    assert found.answer == "c.0"


def test_of_a_persons_last_answers_each_question_is_listed_once_and_digests_are_not(store: Store, clock: Clock) -> None:
    for answer, question in (("a", "one?"), ("b", "two?"), ("c", ""), ("d", "one?")):
        clock.now += 1
        store.answers.save(replace(row(answer), question=question))
    assert [(one.id, one.question) for one in store.answers.recent("T1", "U1", 5)] == [("d", "one?"), ("b", "two?")]
