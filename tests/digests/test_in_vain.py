"""The maintainers' digest over a real socket: what a workspace asked in vain, once a week, where its settings say."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.desk import Desk
from bot.office.digests import LEASE, Admin
from bot.rulebook.models import Language
from bot.sandbox.world import BOT_USER, FINANCE, LIN, MAYA, OPS, RANDOM, REPORTS, TEAM, TOM
from bot.slack import digests
from bot.store.answers import Row
from tests.digests.conftest import DigestStage, Json, staged
from tests.postgres_server import Server
from tests.slack.stage import find, labels, text_of, until

MONDAY = "2026-10-05T07:00:01Z"
"""Nine o'clock in Berlin; the stage begins on the Thursday before."""


@pytest.fixture(params=["sqlite", "postgres"])
async def stage(
    request: pytest.FixtureRequest, shop_desk: Desk, tmp_path: Path, impatient: None
) -> AsyncIterator[DigestStage]:
    """The stage on both databases."""
    server: Server | None = request.getfixturevalue("postgres") if request.param == "postgres" else None
    async with staged(shop_desk, server.fresh() if server else tmp_path / "store.db") as made:
        yield made


async def settings(stage: DigestStage, user: str = MAYA) -> Json:
    await stage.sandbox.run_command(user, OPS, "/seller", "settings")
    return await stage.modal(user)


async def listed(stage: DigestStage, user: str, channel: str) -> Json:
    """The list of digests, whatever lies below it."""
    await stage.sandbox.run_command(user, channel, "/seller", "digest")
    return await shown(stage, user, "digests")


async def shown(stage: DigestStage, user: str, callback: str) -> Json:
    """The modal with this callback id, once it is there."""
    found = lambda: [one for one in stage.sandbox.views(user)["modals"] if one["callback_id"] == callback]  # noqa: E731
    return (await until(found, f"the modal {callback}"))[0]


async def save(stage: DigestStage, view: Json, user: str = MAYA, **values: Any) -> Json:
    result = await stage.sandbox.submit_view(user, view["id"], {name: {"value": value} for name, value in values.items()})
    await stage.quiet()
    return result


async def wanted(stage: DigestStage, language: Language = "en", **values: str) -> None:
    """Reports go to the channel for reports, on Mondays at nine in Berlin unless `values` say otherwise."""
    kept = {"maintainers": REPORTS, "maintainers_day": "1", "maintainers_at": "09:00", "zone": "Europe/Berlin", **values}
    chosen = {("", name): value for name, value in kept.items()}
    await stage.bot.office.settle_workspace(TEAM, chosen, Admin(MAYA, "", language))


async def press(stage: DigestStage, user: str, view: Json, label: str) -> None:
    block, element = find(view, lambda one: one.get("type") == "button" and one["text"]["text"] == label)
    await stage.sandbox.act(user, element["action_id"], block_id=block["block_id"], view_id=view["id"])
    await stage.quiet()


async def dislike(stage: DigestStage, user: str, text: str, reason: str) -> None:
    asked = await stage.ask(user, OPS, text)
    message = stage.answers(user, OPS, asked["ts"])[-1]
    block, element = find(message, lambda one: one.get("type") == "feedback_buttons")
    values: dict[str, Any] = {"block_id": block["block_id"], "channel": OPS, "ts": message["ts"]}
    await stage.sandbox.act(user, element["action_id"], value=element["negative_button"]["value"], **values)
    await save(stage, await stage.modal(user), user, reason=reason)


async def test_an_admin_names_a_channel_and_it_hears_every_week(stage: DigestStage) -> None:
    view = await settings(stage)
    assert "Maintainers' channel" in text_of(view)
    # Maya's own zone is there already.
    assert find(view, lambda one: one.get("initial_value") == "America/Los_Angeles")
    chosen = {"maintainers_day": "2", "maintainers_at": "10:30", "zone": "berlin"}
    assert (await save(stage, view, maintainers=REPORTS, **chosen))["ok"]
    assert stage.sandbox.views(MAYA)["modals"] == []
    for text in ("how do i inflate a balloon", "how do i inflate balloons", "party drinks"):
        await stage.ask(TOM, OPS, f"@sellerbot {text}")
        await stage.sandbox.move_clock(seconds=1)
    await stage.ask(LIN, FINANCE, "@sellerbot how do i inflate a balloon")
    await dislike(stage, MAYA, "@sellerbot what is a kite", "outdated")
    await stage.at("2026-10-06T08:29:00Z")
    assert stage.digests(REPORTS) == []
    await stage.at("2026-10-06T08:30:01Z")
    [first] = stage.digests(REPORTS)
    said = text_of(first)
    assert said.startswith("5 questions without a good answer since 2026-09-29")
    assert "3 × “how do i inflate a balloon” / “how do i inflate balloons”" in said
    assert "1 × “party drinks”" in said
    assert "What a kite is (kites.what-is-a-kite) Marked as not helpful: The rule has changed (1)" in said
    assert f"sellerbot gaps --team {TEAM} --since 2026-09-29 --write gaps sellerbot lint sellerbot replay --team" in said
    assert first["text"] == "5 questions without a good answer since 2026-09-29"
    await stage.ask(TOM, OPS, "@sellerbot helium balloon for party")
    await stage.at("2026-10-13T08:30:01Z")
    said = text_of(stage.digests(REPORTS)[1])
    assert said.startswith("1 question without a good answer since 2026-10-06")
    assert "how do i" not in said
    await stage.at("2026-10-20T08:30:01Z")
    assert text_of(stage.digests(REPORTS)[2]) == "Nothing was asked in vain since 2026-10-13."
    assert stage.days(REPORTS) == ["2026-10-06", "2026-10-13", "2026-10-20"]


async def test_in_chinese(stage: DigestStage) -> None:
    view = await settings(stage, MAYA)
    assert (await save(stage, view, maintainers=REPORTS, language="zh", zone="Europe/Berlin"))["ok"]
    await stage.ask(LIN, OPS, "@sellerbot 气球怎么充气")
    await dislike(stage, LIN, "@sellerbot 风筝是什么", "wrong")
    await stage.at(MONDAY)
    said = text_of(stage.digests(REPORTS)[0])
    assert said.startswith("自 2026-09-28 以来有 2 个问题没有得到满意的回答")
    assert "1 次 「气球怎么充气」" in said
    assert "什么是风筝（kites.what-is-a-kite） 被标为没有帮助：回答有误（1）" in said
    await stage.at("2026-10-12T07:00:01Z")
    assert text_of(stage.digests(REPORTS)[1]) == "自 2026-10-05 以来，没有问不到答案的问题。"


async def test_what_people_wrote_stays_text_and_names_nobody(stage: DigestStage) -> None:
    await wanted(stage)
    hostile = "how do i inflate a *balloon* & <b>`many`</b> **more** for jane@example.com"
    await stage.ask(TOM, OPS, f"@sellerbot {hostile}")
    await stage.at(MONDAY)
    [sent] = stage.digests(REPORTS)
    runs = [one for block in sent["blocks"] for part in block["elements"] for one in part["elements"]]
    assert {one["type"] for one in runs} == {"text"}
    assert "“how do i inflate a *balloon* & <b>`many`</b> **more** for [e-mail]”" in [one["text"] for one in runs]


async def test_only_the_workspaces_own_questions(stage: DigestStage) -> None:
    await wanted(stage)
    answers = stage.office._store.answers
    answers.gap("T0OTHERCO1", "other.0", "how do i inflate their balloon", "en", "")
    answers.save(Row("else", "T0OTHERCO1", "C1", "1.1", "U1", "may they fly", "[]"))
    answers.judge("T0OTHERCO1", "else.0", "U1", "down", "wrong")
    await stage.at(MONDAY)
    assert text_of(stage.digests(REPORTS)[0]) == "Nothing was asked in vain since 2026-09-28."


async def test_a_workspace_that_keeps_no_questions_hears_that_instead(stage: DigestStage) -> None:
    await wanted(stage, keep_questions="off")
    await stage.ask(TOM, OPS, "@sellerbot how do i inflate a balloon")
    await stage.at(MONDAY)
    assert text_of(stage.digests(REPORTS)[0]).startswith("I can't say what was asked in vain: this workspace keeps no")


async def test_a_digest_that_somebody_dislikes_is_no_question(stage: DigestStage) -> None:
    await wanted(stage)
    answers = stage.office._store.answers
    answers.save(Row("digest", TEAM, OPS, "", MAYA, "", "[]"))
    answers.judge(TEAM, "digest.0", TOM, "down", "wrong")
    await stage.at(MONDAY)
    assert "Nothing was asked in vain" in text_of(stage.digests(REPORTS)[0])


async def test_it_is_in_the_list_and_can_be_paused_previewed_changed_and_ended(stage: DigestStage) -> None:
    await wanted(stage)
    await stage.ask(TOM, OPS, "@sellerbot how do i inflate a balloon")
    await stage.sandbox.move_clock(seconds=60)
    view = await listed(stage, MAYA, REPORTS)
    assert "Every Monday at 09:00 (Europe/Berlin) · Questions asked in vain · in" in text_of(view)
    await press(stage, MAYA, view, "Preview")
    [preview] = stage.private(MAYA, REPORTS)
    assert "Preview, only for you" in text_of(preview)
    assert "“how do i inflate a balloon”" in text_of(preview)
    await press(stage, MAYA, await stage.modal(MAYA), "Pause")
    await stage.at(MONDAY)
    assert stage.digests(REPORTS) == []
    # Saved again without another channel, it stays paused.
    await wanted(stage, maintainers_day="2")
    await press(stage, MAYA, await stage.modal(MAYA), "Resume")
    await stage.at("2026-10-06T07:00:01Z")
    assert stage.days(REPORTS) == ["2026-10-06"]
    assert "“how do i inflate a balloon”" in text_of(stage.digests(REPORTS)[0])
    await press(stage, MAYA, await stage.modal(MAYA), "Edit")
    form = await shown(stage, MAYA, "settings")
    assert (await save(stage, form, maintainers_at="11:15"))["ok"]
    assert stage.sandbox.views(MAYA)["modals"] == []
    view = await listed(stage, MAYA, REPORTS)
    assert "Every Tuesday at 11:15" in text_of(view)
    await press(stage, MAYA, view, "Delete")
    assert "There is no digest here yet" in text_of(await stage.modal(MAYA))
    assert (await stage.bot.office.preferences(TEAM)).maintainers is None
    await stage.at("2026-10-20T12:00:00Z")
    assert len(stage.digests(REPORTS)) == 1


async def test_the_form_of_other_digests_does_not_touch_it(stage: DigestStage) -> None:
    await wanted(stage)
    [(before, _)] = await stage.office.digests.seen_by(TEAM, MAYA, REPORTS)
    await press(stage, MAYA, await listed(stage, MAYA, OPS), "New digest")
    form = await shown(stage, MAYA, "digest")
    payload = stage.sandbox.world.views[form["id"]].payload
    payload["private_metadata"] = json.dumps({**json.loads(payload["private_metadata"]), "id": before.id})
    await save(stage, form, at="03:00")
    assert [one for one, _ in await stage.office.digests.seen_by(TEAM, MAYA, REPORTS)] == [before]


async def test_others_see_it_in_the_settings_and_cannot_change_it(stage: DigestStage) -> None:
    await wanted(stage, maintainers=OPS)
    said = text_of(await settings(stage, TOM))
    assert "Maintainers' channel:" in said
    assert "Every Monday at 09:00 (Europe/Berlin)" in said
    assert labels(await listed(stage, TOM, OPS)) == ["New digest"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("maintainers", RANDOM, "I am not in that channel"),
        ("zone", "Shangai", "such as Asia/Shanghai"),
    ],
)
async def test_what_cannot_be_is_said_at_its_field_and_nothing_is_kept(
    stage: DigestStage, field: str, value: str, said: str
) -> None:
    result = await save(stage, await settings(stage), **{field: value})
    assert said in result["errors"][field]
    assert (await stage.bot.office.preferences(TEAM)).values == {}
    stage.sandbox.world.refusals.clear()


async def test_another_channel_begins_anew_and_no_channel_ends_it(stage: DigestStage) -> None:
    await wanted(stage)
    await stage.at(MONDAY)
    await wanted(stage, maintainers=OPS)
    await stage.at("2026-10-12T07:00:01Z")
    assert (stage.days(REPORTS), stage.days(OPS)) == (["2026-10-05"], ["2026-10-12"])
    await wanted(stage, maintainers="")
    await stage.at("2026-10-19T07:00:01Z")
    assert len(stage.digests(OPS)) == 1
    assert await stage.office.digests.seen_by(TEAM, MAYA, OPS) == ()


async def test_an_archived_channel_pauses_it_and_whoever_chose_it_hears_once(stage: DigestStage) -> None:
    await wanted(stage)
    await stage.sandbox.archive(MAYA, REPORTS)
    await stage.at(MONDAY)
    await until(lambda: stage.direct(MAYA), "a word to the admin")
    await stage.at("2026-10-12T07:00:01Z")
    [told] = stage.direct(MAYA)
    assert "the channel is archived" in told
    [(kept, _)] = await stage.office.digests.seen_by(TEAM, MAYA, REPORTS)
    assert kept.paused == "is_archived"
    assert {one["error"] for one in stage.sandbox.refusals()} == {"is_archived"}
    stage.sandbox.world.refusals.clear()
    # A new channel is a new beginning.
    await wanted(stage, maintainers=OPS)
    await stage.at("2026-10-19T07:00:01Z")
    assert stage.days(OPS) == ["2026-10-19"]


async def test_a_bot_that_was_removed_from_it_says_so(stage: DigestStage) -> None:
    await wanted(stage)
    await stage.sandbox.remove(MAYA, REPORTS, BOT_USER)
    await stage.at(MONDAY)
    await until(lambda: stage.direct(MAYA), "a word to the admin")
    assert "I am not a member" in stage.direct(MAYA)[0]
    stage.sandbox.world.refusals.clear()


async def test_two_processes_and_a_death_send_it_once(stage: DigestStage) -> None:
    await wanted(stage)
    await stage.ask(TOM, OPS, "@sellerbot how do i inflate a balloon")
    second = digests.DigestClock(stage.bot, "second")
    await stage.sandbox.move_clock(to=MONDAY)
    await second.tick()
    await second.settled()
    await stage.idle()
    assert stage.days(REPORTS) == ["2026-10-05"]
    # As a process leaves it that was killed between posting and noting that it had posted.
    store, [posted] = stage.office._store, stage.digests(REPORTS)
    store.db.execute("UPDATE digest_runs SET state = 'posting', outbox = '{}', reply = ''")
    store.db.execute(
        "UPDATE schedules SET next_due = next_due - 604800, claimed_by = 'dead', claimed_until = :until",
        {"until": int(stage.sandbox.world.now()) + LEASE},
    )
    await stage.at("2026-10-05T08:00:00Z")
    assert stage.days(REPORTS) == ["2026-10-05"]
    assert store.db.execute("SELECT state, reply FROM digest_runs").fetchone() == ("sent", posted["ts"])
    await stage.at("2026-10-12T07:00:01Z")
    assert text_of(stage.digests(REPORTS)[1]) == "Nothing was asked in vain since 2026-10-05."
