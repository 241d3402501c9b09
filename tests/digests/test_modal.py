"""`/seller digest` as people use it: set up, change, pause, preview, delete; and what others may not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.digests.options import PARTS
from bot.digests.schedule import Schedule
from bot.sandbox.world import BOARD, BOT_USER, FINANCE, LIN, MAYA, OPS, RANDOM, TEAM, TOM
from bot.slack.stamps import STAMP
from tests.digests.composing import Composing
from tests.digests.conftest import DigestStage, Json, wanted
from tests.slack.stage import labels, text_of, until


async def opened(stage: DigestStage, user: str, channel: str = OPS, word: str = "digest") -> Json:
    """The list that a person opens with the command."""
    await stage.sandbox.run_command(user, channel, "/seller", word)
    return await stage.modal(user)


async def press(stage: DigestStage, user: str, view: Json, label: str, number: int = 0) -> None:
    """Presses the `number`th button with this label in a modal."""
    found = [
        (block, element)
        for block in view["blocks"]
        for element in block.get("elements", [])
        if element.get("type") == "button" and element["text"]["text"] == label
    ]
    block, element = found[number]
    await stage.sandbox.act(user, element["action_id"], block_id=block["block_id"], view_id=view["id"])
    await stage.quiet()


async def form(stage: DigestStage, user: str, view: Json, label: str = "New digest") -> Json:
    await press(stage, user, view, label)
    return await until(
        lambda: next((one for one in stage.sandbox.views(user)["modals"] if one["callback_id"] == "digest"), None)
    )


def values(**more: Any) -> dict[str, dict[str, Any]]:
    return {name: {"value": value} for name, value in more.items()}


async def schedules(stage: DigestStage, user: str, channel: str = OPS) -> list[Schedule]:
    return [one for one, _ in await stage.office.digests.seen_by(TEAM, user, channel)]


async def test_the_first_digest_with_what_is_filled_in_already(stage: DigestStage) -> None:
    listed = await opened(stage, TOM)
    assert "There is no digest here yet" in text_of(listed)
    filled = await form(stage, TOM, listed)
    assert (await stage.sandbox.submit_view(TOM, filled["id"]))["ok"]
    await stage.quiet()
    [made] = await schedules(stage, TOM)
    assert (made.owner, made.channel, made.about, made.zone) == (TOM, OPS, OPS, "Europe/Berlin")
    assert (made.rhythm, f"{made.at:%H:%M}", made.late, made.options.language) == ("weekdays", "09:00", "send", "en")
    assert made.options.parts == frozenset(PARTS)
    [view] = stage.sandbox.views(TOM)["modals"]
    said = text_of(view)
    assert "Monday to Friday at 09:00 (Europe/Berlin)" in said
    assert "next: 2026-10-01 09:00" in said
    await stage.at("2026-10-05T07:00:01Z")
    assert stage.days() == ["2026-10-05"]


async def test_in_chinese_directly_and_about_a_private_channel(stage: DigestStage, composing: Composing) -> None:
    listed = await opened(stage, LIN, FINANCE, "简报")
    filled = await form(stage, LIN, listed, "新建简报")
    chosen = values(
        parts=["deadlines", "freshness"], rhythm="monthly:31", at="18:30", zone="new york", place="direct", channel=FINANCE
    )
    assert (await stage.sandbox.submit_view(LIN, filled["id"], chosen))["ok"]
    await stage.quiet()
    [made] = await schedules(stage, LIN, FINANCE)
    dm = stage.sandbox.world.dm(LIN, BOT_USER).id
    assert (made.channel, made.about, made.zone, made.day) == (dm, FINANCE, "America/New_York", 31)
    assert made.options.parts == {"deadlines", "freshness"}
    assert made.options.language == "zh"
    said = text_of(stage.sandbox.views(LIN)["modals"][0])
    assert "每月 31 日 18:30" in said
    assert "发私信，内容来自" in said
    await stage.at("2026-10-31T22:30:01Z")
    assert stage.days(dm) == ["2026-10-31"]
    assert "简报 1" in text_of(stage.digests(dm)[0])
    # What others see in that channel does not show it.
    assert "还没有" in text_of(await opened(stage, MAYA, FINANCE)) or await schedules(stage, MAYA, FINANCE) == []


REFUSED = [
    (TOM, values(channel=RANDOM, place="channel"), "channel", "I am not in that channel"),
    (TOM, values(channel=FINANCE, place="channel"), "channel", "You can only have digests of channels that you are in"),
    (TOM, values(channel=FINANCE, place="direct"), "channel", "You can only have digests of channels that you are in"),
    (TOM, values(channel=BOARD, place="channel"), "channel", "I am not in that channel"),
    (TOM, values(zone="Berln"), "zone", "such as Europe/Berlin"),
    (TOM, values(parts=[]), "parts", "Please complete this required field."),
    (TOM, values(channel=None, place="channel"), "channel", "Pick a channel"),
]


@pytest.mark.parametrize(("user", "chosen", "field", "said"), REFUSED)
async def test_what_cannot_be_is_said_at_its_field(
    stage: DigestStage, user: str, chosen: dict[str, Any], field: str, said: str
) -> None:
    filled = await form(stage, user, await opened(stage, user))
    result = await stage.sandbox.submit_view(user, filled["id"], chosen)
    assert said in result["errors"][field], result
    assert await schedules(stage, user) == []
    stage.sandbox.world.refusals.clear()


async def test_pause_resume_edit_and_delete(stage: DigestStage) -> None:
    await stage.office.digests.save(wanted())
    view = await opened(stage, MAYA)
    await press(stage, MAYA, view, "Pause")
    view = await stage.modal(MAYA)
    assert "paused" in text_of(view)
    await stage.at("2026-10-02T07:00:01Z")
    assert stage.digests() == []
    await press(stage, MAYA, view, "Resume")
    view = await stage.modal(MAYA)
    assert "Pause" in labels(view)
    await stage.at("2026-10-03T07:00:01Z")
    assert stage.days() == ["2026-10-03"]
    filled = await form(stage, MAYA, view, "Edit")
    [time] = [one["element"] for one in filled["blocks"] if one["block_id"] == "at"]
    assert time["initial_time"] == "09:00"
    assert (await stage.sandbox.submit_view(MAYA, filled["id"], values(at="10:15", rhythm="weekly:5")))["ok"]
    await stage.quiet()
    assert "Every Friday at 10:15" in text_of(await stage.modal(MAYA))
    await stage.at("2026-10-09T08:15:01Z")
    assert stage.days() == ["2026-10-03", "2026-10-09"]
    await press(stage, MAYA, await stage.modal(MAYA), "Delete")
    assert "There is no digest here yet" in text_of(await stage.modal(MAYA))
    await stage.at("2026-10-16T08:15:01Z")
    assert len(stage.digests()) == 2


async def test_a_preview_is_private_and_changes_nothing(stage: DigestStage, composing: Composing) -> None:
    await stage.office.digests.save(wanted())
    await stage.at("2026-10-01T07:00:01Z")
    view = await opened(stage, MAYA)
    await press(stage, MAYA, view, "Preview")
    [shown] = stage.private(MAYA, OPS)
    assert "Preview, only for you" in text_of(shown)
    assert "Digest 2" in text_of(shown)
    assert labels(shown) == []
    assert stage.private(TOM, OPS) == []
    await stage.at("2026-10-02T07:00:01Z")
    assert "Digest 2" in text_of(stage.digests()[1])
    # The address for private messages is good for half an hour; then it goes into direct messages.
    await press(stage, MAYA, await stage.modal(MAYA), "Preview")
    assert len(stage.private(MAYA, OPS)) == 1
    assert len(stage.direct(MAYA)) == 1
    assert "in your direct messages" in text_of(await stage.modal(MAYA))
    assert [one["error"] for one in stage.sandbox.refusals()] == ["expired_url"]
    stage.sandbox.world.refusals.clear()


async def test_others_see_a_channels_digest_and_cannot_change_it(stage: DigestStage) -> None:
    schedule = wanted(owner=LIN)
    await stage.office.digests.save(schedule)
    view = await opened(stage, TOM)
    assert "Every day at 09:00" in text_of(view)
    assert labels(view) == ["New digest"]
    assert "Edit" in labels(await opened(stage, MAYA))  # an admin
    # A button that was not shown, as somebody could send it.
    payload = stage.sandbox.world.views[view["id"]].payload
    for name in ("edit", "pause", "delete", "preview"):
        payload["blocks"][-1]["elements"] = [
            {
                "type": "button",
                "action_id": f"digest_{name}",
                "value": schedule.id,
                "text": {"type": "plain_text", "text": "x"},
            }
        ]
        await press(stage, TOM, await stage.modal(TOM), "x")
        view = await stage.modal(TOM)
        assert "Only whoever set this digest up" in text_of(view)
        payload = stage.sandbox.world.views[view["id"]].payload
    assert await schedules(stage, LIN) == [schedule]


async def test_a_form_for_somebody_elses_digest_is_refused(stage: DigestStage) -> None:
    schedule = wanted(owner=LIN)
    await stage.office.digests.save(schedule)
    filled = await form(stage, TOM, await opened(stage, TOM))
    payload = stage.sandbox.world.views[filled["id"]].payload
    known = {name: value for name, value in json.loads(payload["private_metadata"]).items() if name != STAMP}
    forged = {**payload, "private_metadata": json.dumps({**known, "id": schedule.id})}
    # Even one that the app itself had made so would be looked at again.
    payload["private_metadata"] = stage.bot.stamps.stamped(forged, TEAM, TOM)["private_metadata"]
    await stage.sandbox.submit_view(TOM, filled["id"], values(at="03:00"))
    await stage.quiet()
    assert "Only whoever set this digest up" in text_of(await stage.modal(TOM))
    assert await schedules(stage, LIN) == [schedule]


async def test_an_admin_previews_no_private_reports(stage: DigestStage, composing: Composing) -> None:
    await stage.office.digests.save(wanted(OPS, owner=LIN, about=FINANCE))
    await stage.sandbox.remove(LIN, FINANCE, MAYA)
    await press(stage, MAYA, await opened(stage, MAYA), "Preview")
    assert "You can only have digests of channels that you are in" in text_of(await stage.modal(MAYA))
    assert composing.befores == []
