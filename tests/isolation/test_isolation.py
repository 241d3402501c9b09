"""Nobody reaches what was said or sent elsewhere: by no command, press, form, file, link, question, Home tab or digest.

Each way in is tried by a stranger of another workspace, by a member who is not in the channel, and by a guest. What is
tried is listed from the listeners themselves: a new one without an attempt here fails.
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from bot.sandbox.world import FINANCE, GENERAL, LIN, MAYA, View
from bot.slack.blocks.digests import digest_form
from bot.slack.blocks.modals import columns_view, facts_view, feedback_view, metadata_of, taken_for_view, view_of
from bot.slack.listeners.commands import _HANDLERS
from bot.slack.phrases import ui
from bot.slack.stamps import STAMP
from tests.isolation.conftest import DATA_QUESTION, SKU, Actor, Scene, Secrets, own_message, stranded
from tests.isolation.surfaces import heard
from tests.slack.stage import Json, find, text_of, until

ACTORS = ("a stranger of another workspace", "a member who is not in the channel", "a guest")

MESSAGE: dict[str, tuple[tuple[str, ...], str]] = {
    # Pattern -> action ids, and what their value is.
    r"^pick_(\d+|from_list|day)$": (("pick_0", "pick_from_list", "pick_day"), "fact"),
    "enter": (("enter",), "fact"),
    "fill_in": (("fill_in",), "refs"),
    "change_facts": (("change_facts",), "refs"),
    r"^open_(\d+|related|topic)$": (("open_0", "open_related", "open_topic"), "page"),
    "show_rule": (("show_rule",), "refs"),
    "show_all": (("show_all",), "refs"),
    "share": (("share",), "refs"),
    "feedback": (("feedback",), "refs"),
    "ask_person": (("ask_person",), "refs"),
    r"^something_else_\d+$": (("something_else_0",), "files"),
    r"^check_columns_\d+$": (("check_columns_0",), "files"),
    r"^data_(delete|share|unshare)$": (("data_delete", "data_share", "data_unshare"), "uploads"),
}
VIEWS = {
    # These stand in modals and on the Home tab.
    r"^try_\d+$": (("try_0",), "refs"),
    "my_language": (("my_language",), "refs"),
    "finding": (("finding",), "finding"),
    "open_settings": (("open_settings",), "refs"),
    "open_my_settings": (("open_my_settings",), "refs"),
    "open_digests": (("open_digests",), "schedules"),
    "digest_new": (("digest_new",), "schedules"),
    "digest_edit": (("digest_edit",), "schedules"),
    r"^digest_(pause|resume|delete)$": (("digest_pause", "digest_resume", "digest_delete"), "schedules"),
    "digest_preview": (("digest_preview",), "schedules"),
}
HOME = {name: way for name, way in VIEWS.items() if "schedules" not in way}
OUTDATED = (ui("form_outdated", "en"), ui("form_outdated", "zh"))
FORMS = frozenset({"facts", "reason", "columns", "taken_for", "digest", "settings", "my_settings"})
EVENTS = frozenset({"app_mention", "message", "app_home_opened", "app_uninstalled", "tokens_revoked"})
"""Events come from Slack alone, signed; what people can put into them is in the tests about messages."""


def test_every_way_in_is_tried_here() -> None:
    listened = heard()
    assert set(listened["action"]) == set(MESSAGE) | set(VIEWS)
    assert set(listened["view"]) == FORMS
    assert set(listened["event"]) == EVENTS
    assert listened["message_shortcut"] == ["ask_about_message"]
    assert set(listened) == {"action", "view", "event", "command", "message_shortcut"}
    for pattern, (names, _) in (MESSAGE | VIEWS).items():
        assert all(re.fullmatch(pattern.strip("^$"), name) for name in names)


def forged(secrets: Secrets, names: tuple[str, ...], kind: str) -> list[Json]:
    """Buttons that name what is not the actor's, each in a block that names one of the answers."""
    values = {
        "fact": ("yes",),
        "page": (secrets.page,),
        "finding": ("stranded-removal-due",),
        "refs": secrets.refs,
        "files": secrets.files,
        "uploads": secrets.uploads,
        "schedules": secrets.schedules,
    }[kind]
    refs = secrets.refs if kind in ("fact", "files", "page") else secrets.refs[:1]
    return [
        {
            "type": "actions",
            "block_id": f"x{number}:{value if kind == 'refs' else ref}:{secrets.fact}",
            "elements": [
                {
                    "type": "button",
                    "action_id": name,
                    "value": ("down:" if name == "feedback" else "") + value,
                    "text": {"type": "plain_text", "text": "x"},
                }
            ],
        }
        for number, (name, ref, value) in enumerate((n, r, v) for n in names for r in refs for v in values)
    ]


def untouched(scene: Scene, actor: Actor, before: tuple[Any, str], what: str) -> None:
    assert not scene.leaks(actor), f"{what} shows what is nobody else's business"
    assert scene.kept() == before[0], f"{what} changes what is kept"
    assert scene.said() == before[1], f"{what} speaks in a conversation that is not the actor's"


@pytest.mark.parametrize("who", ACTORS)
async def test_no_forged_button_under_a_message_reaches_anything(scene: Scene, who: str) -> None:
    actor, sandbox, before = scene.actors[who], scene.stage.sandbox, (scene.kept(), scene.said())
    message = await own_message(scene, actor)
    for names, kind in MESSAGE.values():
        for block in forged(scene.secrets, names, kind):
            sandbox.world.channels[actor.ground].messages[message["ts"]]["blocks"] = [block]
            action = block["elements"][0]["action_id"]
            await sandbox.act(actor.person, action, block_id=block["block_id"], channel=actor.ground, ts=message["ts"])
            await scene.stage.quiet()
        untouched(scene, actor, before, str(names))


@pytest.mark.parametrize("who", ACTORS)
async def test_no_forged_button_under_a_private_message_reaches_anything(scene: Scene, who: str) -> None:
    """Least of all the private answers that others had in the same channel."""
    actor, sandbox, before = scene.actors[who], scene.stage.sandbox, (scene.kept(), scene.said())
    await sandbox.run_command(actor.person, actor.ground, "/seller", "what is stranded inventory?")
    await scene.stage.quiet()
    [message] = [one for one in sandbox.world.channels[actor.ground].ephemerals if one.user == actor.person]
    for names, kind in MESSAGE.values():
        for block in forged(scene.secrets, names, kind):
            message.message["blocks"] = [block]
            action = block["elements"][0]["action_id"]
            await sandbox.act(actor.person, action, block_id=block["block_id"], channel=actor.ground, ts=message.ts)
            await scene.stage.quiet()
        untouched(scene, actor, before, str(names))


@pytest.mark.parametrize("who", ACTORS)
async def test_no_forged_button_in_a_modal_or_on_the_home_tab_reaches_anything(scene: Scene, who: str) -> None:
    actor, sandbox, before = scene.actors[who], scene.stage.sandbox, (scene.kept(), scene.said())
    stamps, world = scene.stage.bot.stamps, sandbox.world
    about = {"channel": actor.ground, "url": "", "id": "", "list": ""}
    for names, kind in (MESSAGE | VIEWS).values():
        for block in forged(scene.secrets, names, kind):
            listed = view_of("x", "en", [block], callback_id="digests", private_metadata=json.dumps(about))
            modal = _shown(scene, actor, stamps.stamped(listed, actor.team, actor.person))
            await _press(scene, actor, modal, block)
            closed(scene, actor)
        untouched(scene, actor, before, f"{names} in a modal")
    await sandbox.open_home(actor.person)
    await until(lambda: (actor.team, actor.person) in world.homes, "a Home tab")
    for names, kind in (MESSAGE | HOME).values():
        for block in forged(scene.secrets, names, kind):
            home = world.homes[actor.team, actor.person]
            await _press(scene, actor, home, block)
        untouched(scene, actor, before, f"{names} on the Home tab")


async def _press(scene: Scene, actor: Actor, view: View, block: Json) -> None:
    """Presses a button that does not belong into a view."""
    view.payload = {**view.payload, "blocks": [block]}
    action = block["elements"][0]["action_id"]
    await scene.stage.sandbox.act(actor.person, action, block_id=block["block_id"], view_id=view.id)
    await scene.stage.quiet()


def _forged_forms(secrets: Secrets, scene: Scene) -> dict[str, list[tuple[Json, dict[str, dict[str, Any]]]]]:
    """Form -> views whose metadata names what is not the actor's, with what is filled in."""
    book = scene.stage.bot.office.book
    private, dm = scene.private
    [question] = scene.stage.bot.office.questions(("pilot",) if "pilot" in book.facts else (secrets.fact,), "en")
    forms: dict[str, list[tuple[Json, dict[str, dict[str, Any]]]]] = {name: [] for name in FORMS}
    url = f"{scene.stage.sandbox.world.base_url}/actions/T/x"
    for ref in secrets.refs:
        for channel in (private, dm, GENERAL):
            for reply_to in ("", url):
                about = {
                    "ref": ref,
                    "which": "open",
                    "language": "en",
                    "channel": channel,
                    "thread": "1.1",
                    "message": "",
                    "reply_to": reply_to,
                }
                forms["facts"].append((facts_view((question,), {}, about, "en"), {}))
        forms["reason"].append((feedback_view(ref, "en"), {"reason": {"value": "wrong"}}))
        for file in secrets.files:
            about = {"file": file, "ref": ref, "channel": private, "thread": "1.1", "enterprise": "", "key": "taken:1:1"}
            layout, its = next(iter(book.reports.values())), {**about, "number": "0", "language": "en"}
            forms["columns"].append((columns_view((("sku", "sku"),), layout, its, "en"), {}))
            for channel in (private, GENERAL):
                titles = {"stranded-inventory": "Stranded inventory"}
                forms["taken_for"].append((taken_for_view(titles, {**about, "channel": channel}, "en"), {}))
    for schedule in (*secrets.schedules, ""):
        about = {"channel": private, "url": url, "id": schedule, "list": "V1"}
        form = digest_form(None, "UTC", private, "en", {}, about, "en")
        forms["digest"].append((form, {}))
    return forms


@pytest.mark.parametrize("who", ACTORS)
async def test_no_form_with_forged_or_stolen_metadata_reaches_anything(scene: Scene, who: str) -> None:
    actor, sandbox, before = scene.actors[who], scene.stage.sandbox, (scene.kept(), scene.said())
    stamps = scene.stage.bot.stamps
    team = sandbox.world.people[LIN].team_id
    forms = _forged_forms(scene.secrets, scene)
    for name, views in forms.items():
        for view, values in views:
            stolen = stamps.stamped(view, team, LIN)
            for payload in (view, stolen):
                opened = _shown(scene, actor, payload)
                result = await sandbox.submit_view(actor.person, opened.id, values)
                await scene.stage.quiet()
                assert result["ok"], result
                said = text_of(await scene.stage.modal(actor.person))
                assert any(text in said for text in OUTDATED), name
                closed(scene, actor)
        untouched(scene, actor, before, name)


def closed(scene: Scene, actor: Actor) -> None:
    """Whatever modal is open is closed."""
    for one in scene.stage.sandbox.world.view_stack(actor.person):
        one.open = False


async def press_in(scene: Scene, actor: Actor, view: View, action: str) -> None:
    block, _ = find(view.payload, lambda one: one.get("action_id") == action)
    await scene.stage.sandbox.act(actor.person, action, block_id=block["block_id"], view_id=view.id)
    await scene.stage.quiet()


def _shown(scene: Scene, actor: Actor, payload: Json) -> View:
    """A modal before somebody, as if the app had opened it."""
    world = scene.stage.sandbox.world
    number = world.new_id("V")
    view = View(number, actor.team, actor.person, "modal", payload, "1", number, origin_channel=actor.ground)
    world.views[number] = view
    return view


async def test_a_form_is_good_for_whoever_it_was_shown_to(scene: Scene) -> None:
    """The stamp is not in the way of those who use a form as it is meant."""
    actor = scene.actors["a member who is not in the channel"]
    await scene.stage.sandbox.run_command(actor.person, actor.ground, "/seller", "digest")
    view = scene.stage.sandbox.world.views[(await scene.stage.modal(actor.person))["id"]]
    assert STAMP in metadata_of(view.payload)
    await press_in(scene, actor, view, "digest_new")
    assert len(scene.stage.sandbox.world.view_stack(actor.person)) == 2


@pytest.mark.parametrize("who", ACTORS)
async def test_a_members_digest_is_not_made_of_a_channel_they_are_not_in(scene: Scene, who: str) -> None:
    actor, sandbox, before = scene.actors[who], scene.stage.sandbox, (scene.kept(), scene.said())
    for place in ("channel", "direct"):
        closed(scene, actor)
        await sandbox.run_command(actor.person, actor.ground, "/seller", "digest")
        view = sandbox.world.views[(await scene.stage.modal(actor.person))["id"]]
        await press_in(scene, actor, view, "digest_new")
        form = await scene.stage.modal(actor.person)
        result = await sandbox.submit_view(
            actor.person, form["id"], {"channel": {"value": FINANCE}, "place": {"value": place}}
        )
        assert not result["ok"], result
        assert set(result["errors"]) == {"channel"}
    await scene.stage.quiet()
    untouched(scene, actor, before, "a digest")
    # Another workspace's channel is none that Slack would tell anything about.
    assert {one["error"] for one in sandbox.refusals()} <= {"channel_not_found"}
    sandbox.world.refusals.clear()


@pytest.mark.parametrize("who", ACTORS)
async def test_no_command_reaches_anything(scene: Scene, who: str) -> None:
    actor, sandbox, before = scene.actors[who], scene.stage.sandbox, (scene.kept(), scene.said())
    secrets = scene.secrets
    words = (DATA_QUESTION, *secrets.refs[:1], *secrets.uploads[:1], *secrets.files[:1], f"<#{FINANCE}>", FINANCE, "")
    for name in _HANDLERS:
        for word in words:
            await sandbox.run_command(actor.person, actor.ground, "/seller", f"{name} {word and f'about {word}'}".strip())
        await scene.stage.quiet()
        untouched(scene, actor, before, f"/seller {name}")


@pytest.mark.parametrize("who", ACTORS)
async def test_no_question_link_or_home_tab_reaches_anything(scene: Scene, who: str) -> None:
    actor, sandbox, before = scene.actors[who], scene.stage.sandbox, (scene.kept(), scene.said())
    secret = next(ts for ts, one in sandbox.world.channels[FINANCE].messages.items() if one.get("bot_id"))
    link = f"https://harbour-goods.slack.com/archives/{FINANCE}/p{secret.replace('.', '')}"
    dm = (await sandbox.open_dm(actor.person)).id
    for channel in (dm, actor.ground):
        for text in (DATA_QUESTION, link, f"{link} {DATA_QUESTION}", f"what is in <#{FINANCE}>?", "what did I upload?"):
            await scene.stage.ask(actor.person, channel, f"@sellerbot {text}")
    await sandbox.open_home(actor.person)
    await scene.stage.quiet()
    untouched(scene, actor, before, "a question")
    asked = await scene.stage.ask(actor.person, dm, f"why is {SKU} stranded?")
    [answer] = scene.stage.answers(actor.person, dm, asked["ts"])
    assert "falcon-" not in text_of(answer).replace(SKU, ""), "a SKU that somebody knows is all that they know"
    assert "Missing price" not in text_of(answer)
    assert "Listing closed" not in text_of(answer)


async def test_the_message_shortcut_asks_with_what_its_user_can_see(scene: Scene) -> None:
    actor, sandbox = scene.actors["a member who is not in the channel"], scene.stage.sandbox
    before = (scene.kept(), scene.said())
    asked = await scene.stage.ask(actor.person, actor.ground, DATA_QUESTION)
    await sandbox.use_shortcut(actor.person, "ask_about_message", channel=actor.ground, ts=asked["ts"])
    await scene.stage.quiet()
    assert [one for one in sandbox.world.channels[actor.ground].ephemerals if one.user == actor.person]
    untouched(scene, actor, before, "the shortcut")


async def test_other_bots_are_not_answered_at_all(scene: Scene) -> None:
    sandbox = scene.stage.sandbox
    posted = await sandbox.post_as_bot(GENERAL, f"@sellerbot {DATA_QUESTION}")
    below = await sandbox.post_as_bot(GENERAL, f"@sellerbot {DATA_QUESTION}", thread_ts=posted["ts"])
    await scene.stage.quiet()
    assert below["thread_ts"] == posted["ts"]
    assert scene.stage.answers(MAYA, GENERAL, posted["ts"]) == [
        one for one in scene.stage.answers(MAYA, GENERAL, posted["ts"]) if one.get("username") == "otherbot"
    ]


async def test_what_an_admin_shares_is_for_members_of_this_workspace_and_not_for_guests(scene: Scene) -> None:
    office, sandbox = scene.stage.bot.office, scene.stage.sandbox
    upload = next(one.id for one in await office.uploads(sandbox.world.people[LIN].team_id, FINANCE))
    await office.share_upload(sandbox.world.people[LIN].team_id, upload, shared=True)
    member = scene.actors["a member who is not in the channel"]
    for who in ACTORS:
        actor = scene.actors[who]
        dm = (await sandbox.open_dm(actor.person)).id
        await scene.stage.ask(actor.person, dm, DATA_QUESTION)
        await sandbox.run_command(actor.person, actor.ground, "/seller", "data")
        await sandbox.open_home(actor.person)
        await scene.stage.quiet()
        assert scene.leaks(actor) == (actor is member), who


async def test_a_guests_own_report_is_not_checked_together_with_shared_ones(scene: Scene) -> None:
    office, sandbox = scene.stage.bot.office, scene.stage.sandbox
    team = sandbox.world.people[LIN].team_id
    for one in await office.uploads(team, FINANCE):
        await office.share_upload(team, one.id, shared=True)
    guest = scene.actors["a guest"]
    dm = (await sandbox.open_dm(guest.person)).id
    await sandbox.upload_files(guest.person, dm, [("mine.txt", stranded("OWN"))])
    await scene.stage.quiet()
    assert "mine.txt" in scene.seen(guest)
    assert not scene.leaks(guest)


async def test_a_private_answer_that_is_shared_can_be_used_by_the_others_and_stays_private_itself(scene: Scene) -> None:
    sandbox, stage = scene.stage.sandbox, scene.stage
    [private] = [one for one in stage.private(LIN, GENERAL) if one.get("blocks")]
    shown = json.dumps(private["blocks"], ensure_ascii=False)
    await stage.press(LIN, GENERAL, private, "分享到频道" if "分享到频道" in shown else "Share in channel")
    shared = [one for one in sandbox.world.channels[GENERAL].messages.values() if one.get("bot_id")][-1]
    old = {block["block_id"].split(":")[1] for block in private["blocks"] if ":" in block.get("block_id", "")}
    new = {block["block_id"].split(":")[1] for block in shared["blocks"] if ":" in block.get("block_id", "")}
    assert new
    assert not old & new
