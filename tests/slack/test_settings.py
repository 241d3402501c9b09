"""Settings of a workspace and of people, and defaults for facts; over a real socket."""

from __future__ import annotations

import pytest

from bot.sandbox.world import GENERAL, LIN, MAYA, OPS, REPORTS, TEAM, TOM
from tests.slack.stage import Json, Stage, find, labels, text_of, until

COST = "@sellerbot may I fly a kite, I am an adult?"


async def form(stage: Stage, user: str) -> Json:
    await stage.sandbox.run_command(user, OPS, "/seller", "settings")
    return await stage.modal(user)


async def save(stage: Stage, user: str, view: Json, **values: object) -> Json:
    result = await stage.sandbox.submit_view(user, view["id"], {name: {"value": value} for name, value in values.items()})
    await stage.quiet()
    return result


def initial(view: Json, block_id: str) -> object:
    element = next(block["element"] for block in view["blocks"] if block.get("block_id") == block_id)
    return next((value for key, value in element.items() if key.startswith("initial_")), None)


async def test_an_admin_sets_everything_and_finds_it_again(stage: Stage) -> None:
    view = await form(stage, MAYA)
    await save(
        stage,
        MAYA,
        view,
        auto_answer=[OPS, REPORTS],
        data_channel=[REPORTS],
        keep_days="7",
        keep_questions=[],
        policy_watch=["on"],
        **{"fact:windy": "no"},
    )
    kept = await stage.bot.office.preferences(TEAM)
    assert (kept.auto_answer_channels, kept.data_channels) == (tuple(sorted((OPS, REPORTS))), (REPORTS,))
    assert (kept.keep_days, kept.keep_questions, kept.policy_watch) == (7, False, True)
    again = await form(stage, MAYA)
    assert initial(again, "auto_answer") == sorted((OPS, REPORTS))
    assert initial(again, "keep_days") == "7"
    assert initial(again, "fact:windy") == {"text": {"type": "plain_text", "text": "calm", "emoji": False}, "value": "no"}
    await save(stage, MAYA, again, auto_answer=[OPS], keep_days="", policy_watch=[])
    kept = await stage.bot.office.preferences(TEAM)
    assert (kept.auto_answer_channels, kept.keep_days, kept.policy_watch) == ((OPS,), None, False)


async def test_everybody_reads_the_settings_and_changes_their_own(stage: Stage) -> None:
    await stage.bot.office.settle(
        TEAM, {("", "fact:windy"): "yes", ("", "keep_days"): "9", (OPS, "auto_answer"): "on"}, MAYA
    )
    view = await form(stage, TOM)
    shown = text_of(view)
    assert "Only workspace admins" in shown
    assert "Strong wind: windy" in shown
    assert "9 days" in shown
    block, element = find(view, lambda one: one.get("action_id") == "open_my_settings")
    await stage.sandbox.act(TOM, element["action_id"], block_id=block["block_id"], view_id=view["id"])
    await until(lambda: len(stage.sandbox.views(TOM)["modals"]) == 2, "the form of his own settings")
    mine = stage.sandbox.views(TOM)["modals"][-1]
    assert [one["block_id"] for one in mine["blocks"] if one["type"] == "input"] == ["language", "fact:store"]
    await save(stage, TOM, mine, **{"fact:store": "DE"})
    kept = await stage.bot.office.preferences(TEAM)
    assert kept.facts(TOM, stage.bot.office.book)["store"].origin == "personal"
    assert "store" not in kept.facts(MAYA, stage.bot.office.book)


async def test_what_is_no_value_is_said_at_its_field(stage: Stage) -> None:
    view = await form(stage, MAYA)
    world = stage.sandbox.world.views[view["id"]]
    world.payload["blocks"] = [
        {**block, "element": {**block["element"], "max_value": "9999"}} if block.get("block_id") == "keep_days" else block
        for block in world.payload["blocks"]
    ]
    result = await save(stage, MAYA, view, keep_days="400", language="zh")
    assert result["errors"] == {"keep_days": "Write a whole number from 1 to 365."}
    assert (await stage.bot.office.preferences(TEAM)).values == {}


async def test_a_form_sent_by_somebody_who_is_no_admin_changes_nothing(stage: Stage) -> None:
    view = await form(stage, MAYA)
    # Maya's form, as if it were Tom's.
    stage.sandbox.world.views[view["id"]].user = TOM
    result = await save(stage, TOM, view, language="zh", keep_days="1")
    assert result["errors"] == {"language": "Only workspace admins can change these settings."}
    assert (await stage.bot.office.preferences(TEAM)).values == {}


@pytest.mark.parametrize(
    ("user", "question", "said"),
    [
        (MAYA, "@sellerbot may I fly a kite, I am an adult?", "strong wind: windy (default from this workspace's settings)"),
        (LIN, "@sellerbot 成年人可以放风筝吗", "大风：有大风 （来自本工作区的默认设置）"),
    ],
)
async def test_an_answer_says_which_default_it_rests_on(stage: Stage, user: str, question: str, said: str) -> None:
    await stage.bot.office.settle(TEAM, {("", "fact:windy"): "yes"}, MAYA)
    asked = await stage.ask(user, OPS, question)
    [answer] = stage.answers(user, OPS, asked["ts"])
    shown = text_of(answer).replace(" ", "").replace("(", "（").replace(")", "）").replace("：", ":")
    assert said.replace(" ", "").replace("(", "（").replace(")", "）").replace("：", ":") in shown


async def test_a_question_wins_over_a_default_and_a_change_stays_in_its_thread(stage: Stage) -> None:
    await stage.bot.office.settle(TEAM, {("", "fact:windy"): "yes"}, MAYA)
    said = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite, I am an adult and it is calm?")
    assert "calm (you said)" in text_of(stage.answers(MAYA, OPS, said["ts"])[0])
    asked = await stage.ask(MAYA, OPS, COST)
    [first] = stage.answers(MAYA, OPS, asked["ts"])
    assert "Change a fact" in labels(first)
    await stage.press(MAYA, OPS, first, "Change a fact")
    await save(stage, MAYA, await stage.modal(MAYA), windy="no")
    changed = stage.answers(MAYA, OPS, asked["ts"])[-1]
    assert "calm (you said)" in text_of(changed)
    assert changed["text"] != first["text"]
    assert (await stage.bot.office.preferences(TEAM)).default("windy") == "yes"
    fresh = await stage.ask(MAYA, OPS, COST)
    assert stage.answers(MAYA, OPS, fresh["ts"])[0]["text"] == first["text"]


async def test_a_persons_default_goes_before_the_workspaces(stage: Stage) -> None:
    await stage.bot.office.settle(
        TEAM, {("", "fact:store"): "US", (MAYA, "fact:store"): "DE", (MAYA, "fact:windy"): "no"}, MAYA
    )
    kept, book = await stage.bot.office.preferences(TEAM), stage.bot.office.book
    mine, toms = kept.facts(MAYA, book), kept.facts(TOM, book)
    assert (mine["store"].value, mine["store"].origin) == ("DE", "personal")
    assert (toms["store"].value, toms["store"].origin) == ("US", "workspace")
    # Strong wind is the workspace's alone: what Maya has of it, from wherever, does not count.
    assert "windy" not in mine


async def test_a_workspaces_uploads_and_threads_go_after_its_own_number_of_days(stage: Stage) -> None:
    asked = await stage.ask(MAYA, GENERAL, COST)
    assert stage.answers(MAYA, GENERAL, asked["ts"])
    await stage.bot.office.settle(TEAM, {("", "keep_days"): "7"}, MAYA)
    store = stage.bot.office._store
    now = store.clock()
    store.db.execute("UPDATE threads SET changed = :then", {"then": now - 8 * 86_400})
    store.threads.save("T0OTHERCO1", "C1", "1.1", "memory")
    store.db.execute("UPDATE threads SET changed = :then", {"then": now - 8 * 86_400})
    await stage.bot.office.tidy()
    assert store.threads.load(TEAM, GENERAL, asked["ts"]) is None
    assert store.threads.load("T0OTHERCO1", "C1", "1.1") == "memory"
