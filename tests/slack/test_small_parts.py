"""Parts that need no Slack: incoming text, logs, locks, the manifest, the office's processes."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.compiled import Workshop
from bot.conversation import OpenedPage, PickedFacts, Thread
from bot.deciding.decide import Known
from bot.desk import Asker, Desk
from bot.gaps import KeptQuestion, gaps
from bot.library import Library
from bot.office.clerks import ThreadClerks
from bot.office.memory import (
    answers_from_text,
    answers_to_text,
    thread_at,
    thread_from_text,
    thread_to_text,
    turns_from_text,
)
from bot.office.opening import make_desk
from bot.office.processes import ProcessClerks
from bot.office.work import Asked, Opened, Place, Told, Work
from bot.rulebook.book import Rulebook
from bot.rulebook.values import Money, Period
from bot.sandbox.world import apply_manifest, default_world
from bot.settings import SlackSettings
from bot.slack.incoming import is_for_somebody_else, is_from_a_person, mentions, words
from bot.slack.locks import KeyedLocks
from bot.slack.logs import Redactor, log, set_up
from bot.slack.manifest import manifest
from bot.slack.phrases import _PHRASES, language_of
from bot.slack.serve import Misconfigured, check

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("<@U0BOT> what is a kite", "what is a kite"),
        ("<@U0BOT|sellerbot> 风筝 &lt;是&gt; R&amp;D", "风筝 <是> R&D"),
        ("see <https://a.example/x?a=1&amp;b=2|the page> in <#C1|ops>", "see the page in #ops"),
        ("<https://a.example>", "https://a.example"),
        ("<!here> <!subteam^S1> due <!date^1^{date}|1 May>", "due 1 May"),
        ("&amp;lt;", "&lt;"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
    ],
)
def test_text_is_read_as_it_was_typed(written: str, read: str) -> None:
    assert " ".join(words(written).split()) == read


def test_only_new_messages_of_people_count() -> None:
    message = {"type": "message", "user": "U1", "channel": "C1", "ts": "1.1", "text": "hi"}
    assert is_from_a_person(message)
    assert is_from_a_person(message | {"subtype": "file_share"})
    for change in (
        {"subtype": "message_changed"},
        {"subtype": "message_deleted"},
        {"subtype": "channel_join"},
        {"bot_id": "B1"},
        {"hidden": True},
        {"user": None},
        {"user": "USLACKBOT"},
        {"channel": None},
    ):
        assert not is_from_a_person(message | change), change


def test_whom_a_message_is_for() -> None:
    assert mentions("hi <@U0BOT>", "U0BOT")
    assert not mentions("hi <@U0BOTTOM>", "U0BOT")
    assert not mentions("hi", None)
    assert is_for_somebody_else("<@U2> can you look?", "U0BOT")
    assert not is_for_somebody_else("<@U0BOT> can you look?", "U0BOT")


def test_no_secret_is_ever_written(capsys: pytest.CaptureFixture[str]) -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before = root.handlers, root.level
    try:
        set_up(["signing-secret-123"], stream=stream)
        log.info("token xoxb-12-34-abc", header="Bearer xoxe.xoxb-1-Mi0y", other="signing-secret-123", app="xapp-1-A0-z")
        logging.getLogger("slack_sdk").error("refresh xoxe-1-abc failed")
        try:
            raise ValueError("with xoxp-99-secret")
        except ValueError:
            log.exception("failed", team="T1")
    finally:
        root.handlers, root.level = before
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["token [hidden]", "refresh [hidden] failed", "failed"]
    assert lines[2]["team"] == "T1"
    for secret in ("xoxb", "xoxe", "xapp", "xoxp", "signing-secret-123", "Mi0y"):
        assert secret not in stream.getvalue()


def test_short_words_are_not_taken_for_secrets() -> None:
    assert Redactor(["", "abc"])("abc is fine") == "abc is fine"


async def test_locks_keep_order_for_a_key_and_nothing_else() -> None:
    locks, order = KeyedLocks(), []

    async def work(key: str, number: int, steps: int) -> None:
        async with locks.hold(key):
            for _ in range(steps):
                await asyncio.sleep(0)
            order.append((key, number))

    await asyncio.gather(work("a", 1, 20), work("a", 2, 0), work("b", 1, 0), work("a", 3, 0))
    assert order[0] == ("b", 1)
    assert [number for key, number in order if key == "a"] == [1, 2, 3]
    assert locks._locks == {}


def test_the_manifest_asks_for_no_more_than_is_used() -> None:
    world = default_world()
    apply_manifest(world, manifest(None, False, "/seller"))
    assert world.app.scopes == (
        *("app_mentions:read", "assistant:write", "channels:read", "chat:write", "commands", "files:read", "files:write"),
        *("groups:read", "im:history", "im:write", "users:read"),
    )
    assert "message.channels" not in world.app.bot_events
    with_channels = manifest("https://bot.example/", True, "/seller")
    assert with_channels["oauth_config"]["scopes"]["bot_optional"] == ["channels:history", "groups:history"]
    assert with_channels["settings"]["event_subscriptions"]["request_url"] == "https://bot.example/slack/events"
    assert "request_url" not in json.dumps(manifest(None, True, "/seller"))


def test_the_manifest_keeps_slacks_limits() -> None:
    made = manifest(None, True, "/seller")
    shown, features = made["display_information"], made["features"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert len(features["agent_view"]["agent_description"]) <= 300
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in features["shortcuts"])


def test_every_text_has_the_same_gaps_in_both_languages() -> None:
    import string

    for name, (english, chinese) in _PHRASES.items():
        gaps = [{gap for _, gap, _, _ in string.Formatter().parse(text) if gap} for text in (english, chinese)]
        assert gaps[0] == gaps[1], name


def test_languages_follow_the_locale() -> None:
    assert [language_of(locale) for locale in ("zh-CN", "zh-TW", "en-US", "de-DE", None, "")] == ["zh"] * 2 + ["en"] * 4


@pytest.mark.parametrize(
    ("values", "missing"),
    [({}, "SLACK_BOT_TOKEN"), ({"bot_token": "xoxb-1"}, "SLACK_APP_TOKEN"), ({"app_token": "xapp-1"}, "SLACK_BOT_TOKEN")],
)
def test_missing_settings_are_named(values: dict[str, str], missing: str) -> None:
    with pytest.raises(Misconfigured, match=missing):
        check(SlackSettings(_env_file=None, **values))


def test_settings_do_not_show_their_secrets() -> None:
    config = SlackSettings(_env_file=None, bot_token="xoxb-secret", signing_secret="hush")
    assert "xoxb-secret" not in repr(config)
    assert "hush" not in str(config)
    assert config.secrets() == ("xoxb-secret", "hush")


@pytest.mark.parametrize(
    "task",
    [Asked("what?", "follow_up"), Told("a.0", {"pilot": "child"}, "2.2"), Opened("kites.cost", "a.0")],
)
def test_work_comes_back_as_it_was_kept(task: Asked | Told | Opened) -> None:
    work = Work(Place("T1", "C1", "1.1", "E1"), "1.1", "U1", task, "https://hooks.example/1")
    assert Work.from_json(work.to_json()) == work


def test_threads_and_answers_come_back_as_they_were_kept(shop_desk: Desk, shop_book: Rulebook) -> None:
    reply = shop_desk.ask("what do the kites cost in all: 3 kites, 2.50 usd each", Asker(TODAY))
    assert answers_from_text(answers_to_text(reply.answers)) == reply.answers
    assert thread_from_text(thread_to_text(reply.thread, ()), shop_book) == reply.thread
    facts = {
        "price": Known(Money(Decimal("0.50"), "USD"), "thread"),
        "flight_day": Known(Period(date(2026, 1, 1), date(2026, 1, 31)), "said"),
        "kites": Known(Decimal("3"), "report"),
    }
    thread = Thread("kites.cost", facts, "price", "how much?", "zh", date(2026, 5, 1))
    turns = ("how much?", PickedFacts({"kites": "3"}), OpenedPage("kites.cost"))
    text = thread_to_text(thread, turns)
    assert thread_from_text(text, shop_book) == thread
    assert turns_from_text(text) == turns
    assert turns_from_text(thread_to_text(thread, None)) is None


def test_facts_that_the_rulebook_no_longer_knows_are_left_out(shop_book: Rulebook) -> None:
    facts = {"gone": Known("x", "said"), "pilot": Known("robot", "said"), "windy": Known("yes", "said")}
    kept = thread_from_text(thread_to_text(Thread("gone.page", facts), ()), shop_book)
    assert (kept.page, dict(kept.facts)) == (None, {"windy": Known("yes", "said")})


def test_an_old_button_puts_the_thread_back_to_its_answer(shop_desk: Desk, shop_book: Rulebook) -> None:
    asked = shop_desk.ask("may I fly a kite?", Asker(TODAY))
    moved = shop_desk.ask("what is a kite", Asker(TODAY), asked.thread).thread
    thread = thread_at(asked.answers[0], moved, shop_book)
    assert (thread.page, thread.asked) == ("kites.may-i-fly", "pilot")


async def test_desks_in_processes_answer_alike_and_are_replaced(
    shop: Path, shop_desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SELLERBOT_CONTENT", str(shop))
    monkeypatch.setenv("SELLERBOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SELLERBOT_ENCODER", "false")
    clerks = ProcessClerks(shop_desk, make_desk, 1)
    try:
        asker = Asker(TODAY)
        first = await clerks.ask("may I fly a kite?", asker, Thread())
        assert first.answers == shop_desk.ask("may I fly a kite?", asker).answers
        process = clerks._idle.get()
        process._process.kill()
        process._process.join()
        clerks._idle.put(process)
        told = await clerks.tell({"pilot": "adult"}, asker, first.thread)
        assert told.answers[0].verdict == "Yes: adults may fly."
        with pytest.raises(KeyError):
            await clerks.open("no.page", asker, first.thread)
        opened = await clerks.open("kites.what-is-a-kite", asker, first.thread)
        assert opened.answers[0].verdict == "A kite flies on a string."
        kept = [KeptQuestion("paint a door green", "T"), KeptQuestion("paint the door green", "T")]
        [found], [expected] = await clerks.gaps(kept, TODAY, 5), gaps(kept, shop_desk, TODAY, 5)
        assert (found.questions, found.count, found.stub) == (expected.questions, 2, expected.stub)
    finally:
        clerks.close()


def test_the_desk_made_from_settings_reads_the_content(shop: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SELLERBOT_CONTENT", str(shop))
    monkeypatch.setenv("SELLERBOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SELLERBOT_ENCODER", "false")
    assert len(make_desk().book.active_pages) == 5
    assert isinstance(make_desk()._library, Library)


async def test_nobody_waits_for_content_that_is_being_prepared(shop: Path) -> None:
    library = Library(shop, Workshop(None, None), interval=0)
    clerks = ThreadClerks(Desk(library), ThreadPoolExecutor(1))
    try:
        with library._lock:
            # As while changed content is being compiled.
            assert len(clerks.book.active_pages) == 5
        page = shop / "knowledge/kites/what-is-a-kite.yaml"
        page.write_text(page.read_text(encoding="utf-8").replace("flies on a string", "flies on a line"), encoding="utf-8")
        reply = await clerks.ask("what is a kite", Asker(TODAY), Thread())
        assert reply.answers[0].verdict == "A kite flies on a line."
        await clerks.ask("what is a kite", Asker(TODAY), Thread())
        assert "line" in clerks.book.pages["kites.what-is-a-kite"].versions[0].verdict.en  # type: ignore[union-attr]
    finally:
        clerks.close()
