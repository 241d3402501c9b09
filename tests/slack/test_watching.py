"""Policy watch over a real socket: whoever asked is told once, in the thread, when the answer is another one now."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.compiled import Workshop
from bot.desk import Desk
from bot.library import Library
from bot.office.clerks import ThreadClerks
from bot.office.office import Office
from bot.office.watching import LEASE, REST, PolicyWatch
from bot.sandbox.world import BOT_USER, FINANCE, LIN, MAYA, OPS, TEAM
from bot.slack import watching
from bot.slack.watching import AGAIN_AFTER, EVENT_TYPE, WatchClock
from bot.store import open_store
from tests.digests.conftest import DigestStage, staged
from tests.slack.stage import Json, labels, text_of, until

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
QUESTION = "@sellerbot may I fly a kite, I am an adult?"
RULE = "rules/kites/may-i-fly.yaml"
NEW_VERSION = """\
- from: {day}
  change: {{en: adults without a licence → adults with a licence, zh: 成年人免执照 → 成年人须有执照}}
  assume: {{windy: "no"}}
  ask: [pilot]
  cases:
  - id: allowed
    when: {{pilot: adult}}
    verdict: {{en: "Only with a licence: adults need one.", zh: 须有执照：成年人也要执照。}}
    cite: [{{source: kite-law, section: Part 9}}]
  - id: with_parent
    verdict: {{en: "Yes, with a parent.", zh: 可以，但要家长陪同。}}
    cite: [{{source: kite-law}}]
"""


@pytest.fixture
async def stage(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[DigestStage]:
    """A bot whose clock does not look by itself: tests say when."""
    monkeypatch.setattr(watching, "LOOK_EVERY", 1e6)
    monkeypatch.setattr(watching, "PAUSES", (0.01, 0.02))
    desk = Desk(Library(shop, Workshop(None, None), interval=0))
    async with staged(desk, tmp_path / "store.db", START) as made:
        yield made


async def switch_on(stage: DigestStage) -> None:
    await stage.office.prefer(TEAM, "", "policy_watch", "on", MAYA)


def edit(shop: Path, *changes: tuple[str, str], page: str = RULE) -> None:
    text = (shop / page).read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (shop / page).write_text(text, encoding="utf-8")


FORBIDDEN = (
    ('"Yes: adults may fly."', '"No: adults may not fly."'),
    ("可以：成年人可以放。", "不可以：成年人不可以放。"),
)


def new_version(shop: Path, day: str, before: str) -> None:
    """The rule changes on a day; the version that holds now ends on the day `before`."""
    edit(shop, ("- from: 2020-01-01\n", f"- from: 2020-01-01\n  to: {before}\n"))
    path = shop / RULE
    path.write_text(path.read_text(encoding="utf-8") + NEW_VERSION.format(day=day), encoding="utf-8")


def notices(stage: DigestStage, channel: str = OPS) -> list[Json]:
    messages = stage.sandbox.world.channels[channel].messages.values()
    return [one for one in messages if (one.get("metadata") or {}).get("event_type") == EVENT_TYPE]


async def look(stage: DigestStage, worker: str = "one") -> None:
    await WatchClock(stage.bot, worker).look()


async def ask(stage: DigestStage, user: str = MAYA, channel: str = OPS, text: str = QUESTION) -> Json:
    asked = await stage.ask(user, channel, text)
    assert len(stage.answers(user, channel, asked["ts"])) == 1
    return asked


async def test_an_edited_rule_is_told_once_in_the_thread_with_before_now_and_source(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    asked = await ask(stage)
    [answer] = stage.answers(MAYA, OPS, asked["ts"])
    await look(stage)
    assert notices(stage) == []
    edit(shop, *FORBIDDEN)
    await look(stage)
    await look(stage)
    [told] = notices(stage)
    assert told["thread_ts"] == asked["ts"]
    assert told["text"].startswith(f"<@{MAYA}> ")
    shown = text_of(told)
    assert "I told you on 2026-11-22" in shown
    assert "Yes: adults may fly." in shown
    assert "No: adults may not fly." in shown
    assert "What holds now, since 2020-01-01" in shown
    assert "The rulebook was corrected" in shown
    assert "Kite law" in shown
    assert answer["ts"].replace(".", "") in json.dumps(told["blocks"])
    assert f'"user_id": "{MAYA}"' in json.dumps(told["blocks"])
    assert "Show the rule" in labels(told)


async def test_the_new_answers_buttons_work_and_a_further_change_is_told_from_there(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    edit(shop, *FORBIDDEN)
    await look(stage)
    [told] = notices(stage)
    await stage.press(MAYA, OPS, told, "Show the rule")
    assert "No: adults may not fly." in text_of(await stage.modal(MAYA))
    edit(shop, ('"No: adults may not fly."', '"Only on Sundays."'), ("不可以：成年人不可以放。", "只有周日可以。"))
    await look(stage)
    assert len(notices(stage)) == 1
    await stage.sandbox.move_clock(seconds=REST + 1)
    await look(stage)
    second = text_of(notices(stage)[1])
    assert "No: adults may not fly." in second
    assert "Only on Sundays." in second
    assert "Yes: adults" not in second


async def test_without_the_setting_nothing_is_kept_or_told(stage: DigestStage, shop: Path) -> None:
    await ask(stage)
    assert stage.office._store.db.execute("SELECT COUNT(*) FROM watched").fetchone()[0] == 0
    await switch_on(stage)
    await ask(stage)
    await stage.office.prefer(TEAM, "", "policy_watch", "", MAYA)
    edit(shop, *FORBIDDEN)
    await look(stage)
    assert notices(stage) == []


@pytest.mark.parametrize(
    "changes",
    [
        (("May I fly a kite?", "Flying kites"),),
        (('"Yes: adults may fly."', '"Yes: grown-ups may fly."'),),
        (('"Yes: adults may fly."', '"YES - adults may fly"'), ("可以：成年人可以放。", "可以，成年人可以放")),
        (('"No: not in a strong wind."', '"No: never in a strong wind."'), ("不可以：风太大。", "不行：风太大。")),
        (('when: {windy: "yes"}', 'when: {windy: "yes", pilot: [adult, child]}'),),
    ],
    ids=["title", "one language", "punctuation", "another case", "a limit that decides the same"],
)
async def test_other_words_for_the_same_are_told_to_nobody(
    stage: DigestStage, shop: Path, changes: tuple[tuple[str, str], ...]
) -> None:
    await switch_on(stage)
    await ask(stage)
    before = stage.office.book.digest
    edit(shop, *changes)
    await look(stage)
    assert stage.office.book.digest != before
    assert notices(stage) == []


async def test_two_processes_tell_it_once(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    threads = [await ask(stage) for _ in range(4)]
    edit(shop, *FORBIDDEN)
    await asyncio.gather(look(stage, "one"), look(stage, "two"), look(stage, "three"))
    assert sorted(one["thread_ts"] for one in notices(stage)) == sorted(one["ts"] for one in threads)


async def test_a_version_that_begins_is_told_on_its_day_once(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    zh = await ask(stage, LIN, FINANCE, "@sellerbot 成年人可以放风筝吗")
    new_version(shop, "2026-12-01", "2026-11-30")
    await look(stage)
    await stage.sandbox.move_clock(to="2026-11-30T15:59:00Z")
    await look(stage)
    assert notices(stage) == notices(stage, FINANCE) == []
    # In Shanghai the day begins sixteen hours before it does in Los Angeles.
    await stage.sandbox.move_clock(to="2026-11-30T16:01:00Z")
    await look(stage)
    assert notices(stage) == []
    [told] = notices(stage, FINANCE)
    assert told["thread_ts"] == zh["ts"]
    shown = text_of(told)
    assert "现在的规定，自 2026-12-01 起" in shown
    assert "成年人免执照 → 成年人须有执照" in shown
    assert "须有执照：成年人也要执照。" in shown
    for moment in ("2026-12-01T08:01:00Z", "2026-12-01T09:00:00Z", "2026-12-03T09:00:00Z"):
        await stage.sandbox.move_clock(to=moment)
        await look(stage)
    [told] = notices(stage)
    assert "What holds now, since 2026-12-01" in text_of(told)
    assert "The change: adults without a licence → adults with a licence" in text_of(told)
    assert len(notices(stage, FINANCE)) == 1


async def test_a_rule_that_held_already_when_it_was_answered_says_so(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    new_version(shop, "2026-11-01", "2026-10-31")
    await look(stage)
    assert "It held when I answered already" in text_of(notices(stage)[0])


async def test_a_fact_that_matters_now_is_asked_for(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    asked = await ask(stage)
    edit(
        shop,
        ('assume: {windy: "no"}\n  ask: [pilot]', "ask: [pilot, windy]"),
        ("- {facts: {pilot: adult}, expect: allowed}", '- {facts: {pilot: adult, windy: "no"}, expect: allowed}'),
        ("- {facts: {pilot: child}, expect: with_parent}", '- {facts: {pilot: child, windy: "no"}, expect: with_parent}'),
    )
    await look(stage)
    [told] = notices(stage)
    assert "Now it depends on one more thing" in text_of(told)
    await stage.press(MAYA, OPS, told, "windy")
    assert "No: not in a strong wind." in text_of(stage.answers(MAYA, OPS, asked["ts"])[-1])


async def test_a_rule_that_was_withdrawn_is_told(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    edit(shop, ("author: test\n", "author: test\nstatus: retired\n"))
    await look(stage)
    await look(stage)
    [told] = notices(stage)
    assert "I no longer have a rule for your case" in text_of(told)


async def posted_by_a_dead_process(stage: DigestStage) -> dict[str, Any]:
    """The row of the watch as it is between posting a notice and noting that it was posted."""
    store = stage.office._store
    row = next(iter(store.db.query("SELECT * FROM watched")))
    await look(stage)
    after = next(iter(store.db.query("SELECT * FROM watched")))
    pending = json.dumps({name: after[name] for name in ("answer", "told", "mark")})
    store.db.execute(
        "UPDATE watched SET answer = :answer, told = :told, mark = :mark, reply = '', pending = :pending,"
        " claimed_by = 'dead', claimed_until = :until",
        {
            **{name: row[name] for name in ("answer", "told", "mark")},
            "pending": pending,
            "until": int(stage.sandbox.world.now()) + LEASE,
        },
    )
    return row


async def test_what_a_dead_process_posted_is_not_posted_again(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    edit(shop, *FORBIDDEN)
    await posted_by_a_dead_process(stage)
    await look(stage)
    await stage.sandbox.move_clock(seconds=LEASE + 1)
    await look(stage)
    [told] = notices(stage)
    found = next(iter(stage.office._store.db.query("SELECT * FROM watched")))
    assert (found["reply"], found["pending"]) == (told["ts"], "")


async def test_what_a_dead_process_did_not_post_is_posted_once(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    edit(shop, *FORBIDDEN)
    await posted_by_a_dead_process(stage)
    messages = stage.sandbox.world.channels[OPS].messages
    [lost] = notices(stage)
    del messages[lost["ts"]]
    await stage.sandbox.move_clock(seconds=LEASE + 1)
    await look(stage)
    await look(stage)
    assert len(notices(stage)) == 1


async def test_a_process_that_still_has_the_old_content_does_not_take_it_back(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    office, old = stage.office, stage.office.book
    edit(shop, *FORBIDDEN)
    await look(stage)
    behind = PolicyWatch(office._store, office._keep, lambda: old, lambda: START)
    assert await behind.claim("behind", 9) == ()
    assert len(notices(stage)) == 1


async def test_one_that_waited_too_long_for_slack_leaves_it_to_the_others(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    edit(shop, *FORBIDDEN)
    await stage.office.refresh()
    watch = stage.office.watch
    [one] = await watch.claim("slow", 9)
    notice = await watch.judge("slow", one)
    assert notice is not None
    pending = await watch.posting("slow", notice)
    assert await watch.still_has("slow", one, pending)
    await stage.sandbox.move_clock(seconds=LEASE + 1)
    await look(stage)
    assert not await watch.still_has("slow", one, pending)
    assert len(notices(stage)) == 1


async def test_the_clock_looks_by_itself(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.02)
    desk = Desk(Library(shop, Workshop(None, None), interval=0))
    async with staged(desk, tmp_path / "store.db", START) as stage:
        await switch_on(stage)
        await ask(stage)
        edit(shop, *FORBIDDEN)
        await until(lambda: notices(stage), "a notice")


async def test_slack_out_of_reach_makes_it_later_and_not_twice(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    edit(shop, *FORBIDDEN)
    await stage.sandbox.fail_next("chat.postMessage", status=503, times=2)
    await look(stage)
    assert notices(stage) == []
    for _ in range(2):
        await stage.sandbox.move_clock(seconds=AGAIN_AFTER + 1)
        await look(stage)
    assert len(notices(stage)) == 1


async def test_who_has_left_the_channel_is_not_called_back_into_it(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage, LIN, FINANCE)
    await stage.sandbox.remove(MAYA, FINANCE, LIN)
    edit(shop, *FORBIDDEN)
    await look(stage)
    assert notices(stage, FINANCE) == []


async def test_a_channel_that_is_gone_ends_it_without_noise(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    await stage.sandbox.remove(MAYA, OPS, BOT_USER)
    edit(shop, *FORBIDDEN)
    await look(stage)
    assert {one["error"] for one in stage.sandbox.refusals()} <= {"not_in_channel", "channel_not_found"}
    stage.sandbox.world.refusals.clear()
    assert stage.office._store.db.execute("SELECT COUNT(*) FROM watched").fetchone()[0] == 0


async def test_answers_older_than_thirty_days_are_past(stage: DigestStage, shop: Path) -> None:
    await switch_on(stage)
    await ask(stage)
    await stage.sandbox.move_clock(seconds=31 * 86_400)
    edit(shop, *FORBIDDEN)
    await look(stage)
    assert notices(stage) == []
    await stage.office.tidy()
    assert stage.office._store.db.execute("SELECT COUNT(*) FROM watched").fetchone()[0] == 0


async def test_the_clock_in_a_process_of_its_own_takes_changed_content_into_use(shop: Path, tmp_path: Path) -> None:
    desk = Desk(Library(shop, Workshop(None, None), interval=0))
    office = Office(ThreadClerks(desk, ThreadPoolExecutor(1)), open_store(tmp_path / "own.db"), lambda: START)
    before = office.book.digest
    edit(shop, *FORBIDDEN)
    assert office.book.digest == before
    await office.refresh()
    assert office.book.digest != before
    office.close()
