"""What Slack refuses or what breaks: the right person hears it, once, and the bot goes on."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.office.office import Office
from bot.office.work import Asked, Place, Work
from bot.sandbox.run import RunningSandbox
from bot.sandbox.world import ARCHIVED, BOT_USER, LIN, MAYA, OPS, TEAM, TOM
from bot.slack.clients import make_client
from bot.slack.delivery import EVENT_TYPE
from bot.slack.serve import running
from tests.slack.stage import Stage, config_for, labels, text_of, until


def direct(stage: Stage, user: str) -> list[str]:
    """What the bot wrote to a person directly."""
    channel = stage.sandbox.world.dm(user, BOT_USER).id
    return [str(one["text"]) for one in stage.sandbox.messages(user, channel) if one.get("user") == BOT_USER]


def forgive(stage: Stage, *errors: str) -> None:
    """Checks that exactly these refusals were provoked, and takes them off the record."""
    assert [one["error"] for one in stage.sandbox.refusals()] == list(errors)
    stage.sandbox.world.refusals.clear()


async def test_an_archived_channel_is_told_to_the_asker_once(stage: Stage) -> None:
    for number in range(2):
        work = Work(Place(TEAM, ARCHIVED, f"{number}.1"), f"{number}.1", TOM, Asked("what is a kite"))
        await stage.bot.take(work)
    await stage.bot.delivery.settled()
    assert direct(stage, TOM) == [f"I can't answer in <#{ARCHIVED}>: the channel is archived."]
    forgive(stage, "is_archived", "is_archived")


async def test_a_bot_removed_before_it_answers_tells_the_asker(stage: Stage) -> None:
    await stage.sandbox.remove(MAYA, OPS, BOT_USER)
    await stage.bot.take(Work(Place(TEAM, OPS, "1.1"), "1.1", LIN, Asked("风筝是什么")))
    await stage.bot.delivery.settled()
    assert direct(stage, LIN) == [f"我无法在 <#{OPS}> 回答：我不是成员，请邀请我加入。"]
    forgive(stage, "not_in_channel")


async def test_a_missing_profile_permission_costs_no_answer(stage: Stage) -> None:
    await stage.sandbox.fail_next("users.info", error="missing_scope")
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1


async def test_a_profile_that_takes_long_holds_up_no_answer(stage: Stage) -> None:
    await stage.sandbox.fail_next("users.info", retry_after=30)
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1


async def test_slack_asking_to_wait_is_obeyed(stage: Stage) -> None:
    await stage.sandbox.fail_next("chat.postMessage", retry_after=1, times=2)
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1


async def test_slacks_own_trouble_is_waited_out(stage: Stage) -> None:
    await stage.sandbox.fail_next("chat.postMessage", status=503)
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1


async def test_a_reply_that_was_sent_before_a_crash_is_not_sent_again(office: Office, tmp_path: Path) -> None:
    async with RunningSandbox(rate_limits=False) as sandbox, aiohttp.ClientSession() as session:
        config = config_for(sandbox)
        mention = await sandbox.sandbox.post_message(MAYA, OPS, "what is a kite")
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"work": mention["ts"]}}
        outbox = {"channel": OPS, "thread_ts": mention["ts"], "text": "A kite.", "metadata": metadata}
        # As a process leaves it that was killed between sending and noting that it had sent.
        await office.accept(Work(Place(TEAM, OPS, mention["ts"]), mention["ts"], MAYA, Asked("what is a kite")))
        office._store.work.posting(TEAM, OPS, mention["ts"], json.dumps(outbox))
        await make_client(sandbox.settings["SLACK_BOT_TOKEN"], config.api_url, session).chat_postMessage(**outbox)
        async with running(config, office) as (_, bot):
            await bot.delivery.settled()
        assert len(Stage(sandbox.sandbox, bot).answers(MAYA, OPS, mention["ts"])) == 1
        assert await office.pending() == ()


async def test_a_reply_that_was_never_sent_is_sent_at_the_next_start(office: Office, tmp_path: Path) -> None:
    async with RunningSandbox(rate_limits=False) as sandbox:
        mention = await sandbox.sandbox.post_message(MAYA, OPS, "what is a kite")
        await office.accept(Work(Place(TEAM, OPS, mention["ts"]), mention["ts"], MAYA, Asked("what is a kite")))
        outbox = {"channel": OPS, "thread_ts": mention["ts"], "text": "A kite."}
        office._store.work.posting(TEAM, OPS, mention["ts"], json.dumps(outbox))
        async with running(config_for(sandbox), office) as (_, bot):
            await bot.delivery.settled()
        stage = Stage(sandbox.sandbox, bot)
        assert [one["text"] for one in stage.answers(MAYA, OPS, mention["ts"])] == ["A kite."]


async def test_an_uninstalled_workspace_is_forgotten_once_its_days_of_grace_are_over(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    place, office = Place(TEAM, OPS, asked["ts"]), stage.bot.office
    await stage.sandbox.uninstall(TEAM)
    left = "UPDATE departures SET departed = departed - 7 * 86400"
    await until(lambda: office._store.db.execute(left).rowcount, "the departure")
    assert await office.takes_part(place)
    assert await office.forget_departed() == (TEAM,)
    assert not await office.takes_part(place)


async def test_a_revoked_token_stops_work_without_noise(stage: Stage) -> None:
    await stage.sandbox.revoke_token(stage.sandbox.world.bot_token(TEAM).value)  # type: ignore[union-attr]
    await stage.bot.take(Work(Place(TEAM, OPS, "1.1"), "1.1", MAYA, Asked("what is a kite")))
    await stage.bot.delivery.settled()
    assert await stage.bot.office.pending() == ()
    assert {one["error"] for one in stage.sandbox.refusals()} == {"token_revoked"}
    stage.sandbox.world.refusals.clear()


async def test_what_arrives_after_a_revoked_token_is_acknowledged_without_words(office: Office) -> None:
    event = {"type": "message", "channel": OPS, "user": MAYA, "text": "hello", "ts": "1.1", "channel_type": "channel"}
    payload = {"type": "event_callback", "team_id": TEAM, "event_id": "Ev1", "event": event}
    command = {"command": "/seller", "text": "help", "team_id": TEAM, "channel_id": OPS, "user_id": MAYA}
    async with RunningSandbox(rate_limits=False) as sandbox, running(config_for(sandbox), office) as (app, _):
        await sandbox.sandbox.revoke_token(sandbox.settings["SLACK_BOT_TOKEN"])
        # As a socket delivers what Slack had sent just before.
        heard = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=payload))
        called = await app.async_dispatch(AsyncBoltRequest(mode="socket_mode", body=command))
    assert (heard.status, heard.body) == (200, "")
    assert called.status == 200
    assert "no longer installed" in called.body
    assert "已卸载" in called.body


async def test_a_giant_message_is_answered_with_what_to_do(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot " + "kite & <string> " * 2_000)
    answer = stage.answers(MAYA, OPS, asked["ts"])[0]
    assert "I read up to 4,000" in answer["text"]


async def test_feedback_is_kept_with_its_reason(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    answer = stage.answers(MAYA, OPS, asked["ts"])[0]
    block = next(one for one in answer["blocks"] if one["type"] == "context_actions")
    await stage.sandbox.act(TOM, "feedback", value="negative", block_id=block["block_id"], channel=OPS, ts=answer["ts"])
    modal = await stage.modal(TOM)
    await stage.sandbox.submit_view(
        TOM, modal["id"], {"reason": {"value": "outdated"}, "comment": {"value": "kites need two strings"}}
    )
    await stage.quiet()
    opinions = stage.bot.office._store.answers.opinions(TEAM)
    assert [one[1:] for one in opinions] == [(TOM, "down", "outdated", "kites need two strings")]


async def test_a_question_is_passed_on_once_with_what_the_bot_knew(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite? I am an adult")
    answer = stage.answers(MAYA, OPS, asked["ts"])[0]
    await stage.press(MAYA, OPS, answer, "Ask a person")
    assert "Nobody is set up" in whispered(stage, MAYA, asked["ts"])[-1]
    await stage.bot.office.prefer(TEAM, "", "hand_over", LIN, MAYA)
    await stage.press(MAYA, OPS, answer, "Ask a person")
    await stage.press(TOM, OPS, answer, "Ask a person")
    dm = stage.sandbox.world.dm(LIN, BOT_USER).id
    passed = [one for one in stage.sandbox.messages(LIN, dm) if one.get("user") == BOT_USER]
    assert len(passed) == 1
    text = text_of(passed[0])
    assert "may I fly a kite? I am an adult" in text
    assert "Yes: adults may fly." in text
    assert "pilot: an adult (you said)" in text
    assert "was passed on" in whispered(stage, TOM, asked["ts"])[-1]


def whispered(stage: Stage, user: str, thread: str) -> list[str]:
    shown = stage.sandbox.messages(user, OPS, thread_ts=thread)
    return [str(one["text"]) for one in shown if one.get("_ephemeral")]


async def test_settings_are_for_admins(stage: Stage) -> None:
    await stage.sandbox.run_command(TOM, OPS, "/seller", "settings")
    modal = await stage.modal(TOM)
    assert "Only workspace admins" in text_of(modal)
    await stage.sandbox.close_view(TOM, modal["id"])
    await stage.sandbox.run_command(MAYA, OPS, "/seller", "settings")
    modal = await stage.modal(MAYA)
    values = {
        "language": {"value": "zh"},
        "fact:store": {"value": "DE"},
        "hand_over": {"value": OPS},
        "auto_answer": {"value": [OPS]},
    }
    assert (await stage.sandbox.submit_view(MAYA, modal["id"], values))["ok"]
    await stage.quiet()
    preferences = await stage.bot.office.preferences(TEAM)
    assert (preferences.language(), preferences.default("store"), preferences.hand_over) == ("zh", "DE", OPS)
    assert preferences.auto_answer_channels == (OPS,)
    asked = await stage.ask(TOM, OPS, "what is a kite?")
    assert stage.answers(TOM, OPS, asked["ts"])[0]["text"] == "风筝是用线牵着飞的。"


async def test_ones_own_language_is_chosen_on_the_home_tab(stage: Stage) -> None:
    await stage.sandbox.open_home(LIN)
    home = await until(lambda: stage.sandbox.views(LIN)["home"], "the Home tab")
    await stage.sandbox.act(LIN, "my_language", value="en", block_id="home:settings", view_id=home["id"])
    await until(lambda: "Policy answers" in text_of(stage.sandbox.views(LIN)["home"]), "the tab in English")
    asked = await stage.ask(LIN, OPS, "@sellerbot 风筝是什么")
    assert "Show the rule" in labels(stage.answers(LIN, OPS, asked["ts"])[0])


async def test_old_and_forged_buttons_are_harmless(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite?")
    question = stage.answers(MAYA, OPS, asked["ts"])[0]
    message = stage.sandbox.world.channels[OPS].messages[question["ts"]]
    for block in message["blocks"]:
        if block.get("block_id", "").startswith("ask:"):
            block["block_id"] = "ask:forged.7:pilot"
    await stage.press(MAYA, OPS, message, "a child")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1
    assert "no longer have that answer" in whispered(stage, MAYA, asked["ts"])[-1]


class Thinking:
    """Clerks that take their time, or stumble."""

    def __init__(self, clerks: Any, seconds: float = 0.0, error: Exception | None = None) -> None:
        self.book, self.close, self._clerks, self._seconds, self._error = clerks.book, clerks.close, clerks, seconds, error

    async def ask(self, *arguments: Any) -> Any:
        await asyncio.sleep(self._seconds)
        if self._error is not None:
            raise self._error
        return await self._clerks.ask(*arguments)


async def test_who_waits_in_a_direct_message_sees_that_work_goes_on(stage: Stage) -> None:
    stage.bot.office._clerks = Thinking(stage.bot.office._clerks, 1.5)
    dm = (await stage.sandbox.open_dm(LIN)).id
    asked = await stage.sandbox.post_message(LIN, dm, "what is a kite")
    await until(lambda: stage.sandbox.assistant(dm, asked["ts"])["status"], "a status")
    await until(lambda: stage.answers(LIN, dm, asked["ts"]), "the answer")
    assert stage.sandbox.assistant(dm, asked["ts"])["status"] == ""


async def test_a_fault_of_the_bot_is_told_with_a_reference_and_stays_with_its_question(stage: Stage) -> None:
    clerks = stage.bot.office._clerks
    stage.bot.office._clerks = Thinking(clerks, error=ZeroDivisionError("secret detail"))
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    told = [one["text"] for one in stage.private(MAYA, OPS)]
    assert len(told) == 1
    assert "reference" in told[0]
    assert "secret detail" not in told[0]
    assert stage.answers(MAYA, OPS, asked["ts"]) == []
    stage.bot.office._clerks = clerks
    again = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    assert len(stage.answers(MAYA, OPS, again["ts"])) == 1


async def test_slacks_rate_limits_are_kept_to(office: Office, tmp_path: Path) -> None:
    async with RunningSandbox(rate_limits=True) as sandbox:
        config = config_for(sandbox)
        async with running(config, office) as (_, bot):
            stamps = []
            for number in range(4):
                stamps.append((await sandbox.sandbox.post_message(MAYA, OPS, f"what is a kite {number}"))["ts"])
                await bot.take(Work(Place(TEAM, OPS, stamps[-1]), stamps[-1], MAYA, Asked("what is a kite")))
            await bot.delivery.settled()
            stage = Stage(sandbox.sandbox, bot)
            assert [len(stage.answers(MAYA, OPS, stamp)) for stamp in stamps] == [1] * 4


async def test_a_connection_that_breaks_is_waited_for(office: Office, tmp_path: Path) -> None:
    sandbox = RunningSandbox(rate_limits=False)
    await sandbox.start()
    async with running(config_for(sandbox), office) as (_, bot):
        mention = await sandbox.sandbox.post_message(MAYA, OPS, "what is a kite")
        sandbox._port = int(sandbox.address.rpartition(":")[2])
        await sandbox.stop()
        await bot.take(Work(Place(TEAM, OPS, mention["ts"]), mention["ts"], MAYA, Asked("what is a kite")))
        await asyncio.sleep(0.5)
        await sandbox.start()
        await bot.delivery.settled()
        assert len(Stage(sandbox.sandbox, bot).answers(MAYA, OPS, mention["ts"])) == 1
    await sandbox.stop()


async def test_a_question_without_an_answer_is_kept_for_the_rules_authors(stage: Stage) -> None:
    await stage.ask(MAYA, OPS, "@sellerbot how do i inflate a balloon")
    await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    gaps = stage.bot.office._store.answers.gaps(TEAM)
    assert [(question, language) for question, language, _ in gaps] == [("how do i inflate a balloon", "en")]


async def test_what_is_kept_names_no_buyer_and_nothing_is_kept_where_nobody_wants_it(stage: Stage) -> None:
    question = "@sellerbot how do i inflate a balloon for jane.doe@example.com, order 113-5521790-8202530, +1 (206) 555-0123"
    await stage.ask(MAYA, OPS, question)
    [(kept, _, _)] = stage.bot.office._store.answers.gaps(TEAM)
    assert kept == "how do i inflate a balloon for [e-mail], order [order], [number]"
    await stage.bot.office.settle(TEAM, {("", "keep_questions"): "off"}, MAYA)
    await stage.ask(MAYA, OPS, "@sellerbot how do i deflate a balloon")
    assert len(stage.bot.office._store.answers.gaps(TEAM)) == 1
