"""What a person does on the page, in a real browser, with a tiny app behind the sandbox."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from bot.sandbox.world import BOT_USER, FINANCE, LIN, MAYA, OPS, RANDOM, TOM
from tests.sandbox_page.conftest import Stage
from tests.sandbox_page.fakebot import button, choice, form, mrkdwn, plain

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def say(page: Page, text: str, composer: str = "#composer") -> None:
    await page.fill(f"{composer} textarea", text)
    await page.press(f"{composer} textarea", "Escape")
    await page.press(f"{composer} textarea", "Enter")


async def test_asks_in_chinese_presses_a_fact_and_gets_the_verdict(stage: Stage) -> None:
    page = await stage.open(f"/?as={LIN}&in={OPS}")
    await expect(page.locator("#side")).to_contain_text("频道")
    await say(page, "@sellerbot 混仓取消了，还要贴标吗？")
    await page.click(".replies")
    thread = page.locator("#thread")
    await expect(thread).to_contain_text("你是品牌方，还是经销商？")
    await thread.get_by_role("button", name="经销商").click()
    await expect(thread.locator("h3")).to_have_text("需要贴 FNSKU 标签。")
    await expect(thread.locator("ol li")).to_have_count(3)
    assert (await stage.bot.got("reseller"))["value"] == "reseller"
    await thread.get_by_role("button", name="Good").click()
    await expect(thread.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "true")
    assert stage.sandbox.refusals() == []


async def test_a_modal_shows_errors_under_its_inputs_and_closes_when_they_are_right(stage: Stage) -> None:
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await say(page, "@sellerbot do I need labels?")
    await page.click(".replies")
    await page.get_by_role("button", name="Fill in everything").click()
    modal = page.get_by_role("dialog", name="More about it")
    await modal.get_by_role("button", name="Save").click()
    await expect(modal.locator('[data-b="units"] .error')).to_have_text("Please complete this required field.")
    await modal.locator('[data-b="units"] input').fill("5000")
    await modal.locator('[data-b="market"] .select-open').click()
    await modal.get_by_label("Search").fill("ger")
    await expect(modal.locator('[data-b="market"] .option.active')).to_have_text("Germany")
    await page.keyboard.press("Enter")
    await expect(modal.locator('[data-b="market"] .select-shown')).to_have_text("Germany")
    await modal.get_by_role("button", name="Save").click()
    await expect(modal.locator('[data-b="units"] .error')).to_have_text("At most 1000 for now.")
    await modal.locator('[data-b="units"] input').fill("500")
    await modal.locator('[data-b="day"] input').fill("2026-12-24")
    await modal.get_by_role("button", name="Save").click()
    await expect(modal).to_have_count(0)
    assert stage.bot.actions[-1]["type"] == "view_submission"
    values = stage.bot.actions[-1]["view"]["state"]["values"]
    assert values["market"]["m"]["selected_option"]["value"] == "de"
    assert values["day"]["d"]["selected_date"] == "2026-12-24"


async def test_escape_closes_the_modal_then_the_thread(stage: Stage) -> None:
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await say(page, "@sellerbot hello")
    await page.click(".replies")
    await page.get_by_role("button", name="Fill in everything").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.locator("#thread")).to_have_count(0)


async def test_switching_the_person_switches_language_and_channels(stage: Stage) -> None:
    page = await stage.open(f"/?as={LIN}&in={OPS}")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await page.click(".me summary")
    await page.click(f'[data-person="{TOM}"]')
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await expect(page.locator("#side")).to_contain_text("Channels")
    await expect(page.locator("#side")).not_to_contain_text("finance")
    assert f"as={TOM}" in page.url


async def test_app_home_in_the_readers_language_and_the_messages_tab(stage: Stage) -> None:
    page = await stage.open(f"/?as={LIN}&in=app&tab=home")
    await expect(page.locator("#home")).to_contain_text("店铺概览")
    await page.get_by_role("button", name="刷新").click()
    await stage.bot.arrived.wait()
    assert stage.bot.actions[0]["view"]["type"] == "home"
    await stage.sandbox.configure(suggested_prompts=[{"title": "查标签", "message": "还要贴标吗？"}])
    await page.get_by_role("tab", name="消息").click()
    await page.get_by_role("button", name="查标签").click()
    await expect(page.locator("#messages")).to_contain_text("还要贴标吗？")
    await expect(page.locator(".replies")).to_be_visible()


async def test_messages_of_others_arrive_live_and_are_counted_as_unread(stage: Stage) -> None:
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await expect(page.locator("#composer textarea")).to_be_focused()
    await stage.sandbox.post_message(LIN, FINANCE, "@maya the fees are in")
    finance = page.locator("#side a", has_text="finance")
    await expect(finance.locator(".badge")).to_have_text("1")
    await finance.click()
    await expect(page.locator("#messages")).to_contain_text("the fees are in")
    await expect(page.locator("#side .badge")).to_have_count(0)
    await stage.sandbox.post_message(LIN, FINANCE, "and one more")
    await expect(page.locator("#messages")).to_contain_text("and one more")


async def test_typing_goes_on_while_messages_arrive(stage: Stage) -> None:
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await page.fill("#composer textarea", "half a sen")
    await stage.sandbox.post_message(LIN, OPS, "meanwhile")
    await expect(page.locator("#messages")).to_contain_text("meanwhile")
    await expect(page.locator("#composer textarea")).to_have_value("half a sen")
    await expect(page.locator("#composer textarea")).to_be_focused()


async def test_a_name_is_completed_and_a_command_answers_only_its_person(stage: Stage) -> None:
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await page.locator("#composer textarea").press_sequentially("@sel")
    await page.keyboard.press("Enter")
    await expect(page.locator("#composer textarea")).to_have_value("@sellerbot ")
    await page.fill("#composer textarea", "")
    await page.locator("#composer textarea").press_sequentially("/se")
    await page.keyboard.press("Tab")
    await page.locator("#composer textarea").press_sequentially("help")
    await page.keyboard.press("Enter")
    mine = page.locator(".msg.ephemeral")
    await expect(mine).to_contain_text("Only visible to you")
    await expect(mine).to_contain_text("You asked: help")
    assert not [m for m in stage.sandbox.messages(LIN, OPS) if m.get("_ephemeral")]


async def test_files_are_shared_with_a_comment(stage: Stage) -> None:
    page = await stage.open(f"/?as={LIN}&in={OPS}")
    await page.set_input_files(
        "#composer input[type=file]", {"name": "迟发.csv", "mimeType": "text/csv", "buffer": "订单\n1".encode()}
    )
    await page.fill("#composer textarea", "看一下")
    await page.press("#composer textarea", "Enter")
    await expect(page.locator("#messages .file-name")).to_have_text("迟发.csv")
    (shared,) = stage.sandbox.messages(LIN, OPS)[-1]["files"]
    assert stage.sandbox.world.files[shared["id"]].content.decode() == "订单\n1"


async def test_own_messages_can_be_edited_reacted_to_and_deleted(stage: Stage) -> None:
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await say(page, "a mistake")
    message = page.locator(".msg").last
    await message.hover()
    await message.get_by_label("Add reaction :+1:").click()
    await expect(message.locator(".reaction")).to_contain_text("1")
    await message.locator('[data-do="menu"]').click()
    await page.get_by_role("menuitem", name="Edit message").click()
    await message.locator(".edit textarea").fill("no mistake")
    await page.keyboard.press("Enter")
    await expect(message).to_contain_text("(edited)")
    await message.hover()
    await message.locator('[data-do="menu"]').click()
    await page.get_by_role("menuitem", name="Delete message").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete message").click()
    await expect(page.locator("#messages")).not_to_contain_text("no mistake")


async def test_a_message_shortcut_reaches_the_app(stage: Stage) -> None:
    await stage.sandbox.post_message(LIN, OPS, "这个怎么处理？")
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    message = page.locator(".msg").last
    await message.hover()
    await message.locator('[data-do="menu"]').click()
    await page.get_by_role("menuitem", name="Ask about this message").click()
    await stage.bot.arrived.wait()
    assert stage.bot.actions[0]["message"]["text"] == "这个怎么处理？"


async def test_a_dangerous_button_asks_first(stage: Stage) -> None:
    confirm = {
        "title": plain("Delete it?"),
        "text": plain("It is gone then."),
        "confirm": plain("Delete"),
        "deny": plain("Keep"),
    }
    danger = button("del", "Delete report") | {"style": "danger", "confirm": confirm}
    await stage.bot.web.chat_postMessage(channel=OPS, text="x", blocks=[{"type": "actions", "elements": [danger]}])
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await page.get_by_role("button", name="Delete report").click()
    await page.get_by_role("button", name="Keep").click()
    assert stage.bot.actions == []
    await page.get_by_role("button", name="Delete report").click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await stage.bot.got("del")


async def test_menus_in_a_message_send_their_choice_and_keep_it_on_show(stage: Stage) -> None:
    elements = [
        {"type": "multi_static_select", "action_id": "skus", "options": [choice("HB-1", "1"), choice("HB-2", "2")]},
        {"type": "external_select", "action_id": "find", "min_query_length": 2},
    ]
    blocks = [
        {"type": "section", "block_id": f"b{n}", "text": mrkdwn("Choose"), "accessory": element}
        for n, element in enumerate(elements)
    ]
    await stage.bot.web.chat_postMessage(channel=OPS, text="x", blocks=blocks)
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    many = page.locator('[data-action="skus"]')
    await many.locator(".select-open").click()
    await many.get_by_role("option", name="HB-1").click()
    await many.get_by_role("option", name="HB-2").click()
    await page.keyboard.press("Escape")
    await expect(many.locator(".picked")).to_have_count(2)
    one = page.locator('[data-action="find"]')
    await one.locator(".select-open").click()
    await one.get_by_label("Search").fill("ab")
    await one.get_by_role("option", name="SKU AB-2").click()
    await expect(one.locator(".select-shown")).to_have_text("SKU AB-2")
    assert [option["value"] for option in (await stage.bot.got("skus"))["selected_options"]] == ["1", "2"]
    assert (await stage.bot.got("find"))["selected_option"]["text"]["text"] == "SKU AB-2"
    await page.reload()
    await expect(page.locator('[data-action="skus"] .picked')).to_have_count(2)


async def test_stacked_modals_go_back_one_by_one(stage: Stage) -> None:
    trigger = stage.sandbox.triggers.mint(MAYA)
    first = stage.sandbox.modals.open(trigger, form("First"), stage.sandbox.world.people[MAYA].team_id)
    stage.sandbox.modals.stack(first, form("Second"))
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await expect(page.get_by_role("dialog", name="Second")).to_be_visible()
    await page.get_by_role("button", name="Back").click()
    await expect(page.get_by_role("dialog", name="First")).to_be_visible()
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_files_and_times_are_handed_in_with_a_modal(stage: Stage) -> None:
    elements = {
        "report": {"type": "file_input", "action_id": "a", "filetypes": ["csv"]},
        "when": {"type": "datetimepicker", "action_id": "a"},
        "who": {"type": "multi_users_select", "action_id": "a"},
        "why": {"type": "rich_text_input", "action_id": "a"},
    }
    blocks = [{"type": "input", "block_id": name, "label": plain(name), "element": one} for name, one in elements.items()]
    view = {"type": "modal", "title": plain("Report"), "submit": plain("Send"), "blocks": blocks}
    stage.sandbox.modals.open(stage.sandbox.triggers.mint(LIN), view, stage.sandbox.world.people[LIN].team_id)
    page = await stage.open(f"/?as={LIN}&in={OPS}")
    await page.set_input_files(".modal input[type=file]", {"name": "r.csv", "mimeType": "text/csv", "buffer": b"a,b"})
    await page.fill('[data-b="when"] input', "2026-12-01T09:30")
    await page.click('[data-b="who"] .select-open')
    await page.locator('[data-b="who"]').get_by_role("option", name="Maya").click()
    await page.keyboard.press("Escape")
    await page.fill('[data-b="why"] textarea', "因为迟发")
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    values = stage.bot.actions[-1]["view"]["state"]["values"]
    assert values["report"]["a"]["files"][0]["name"] == "r.csv"
    assert values["when"]["a"]["selected_date_time"] == 1796088600, "half past nine in Shanghai"
    assert values["who"]["a"]["selected_users"] == [MAYA]
    assert "因为迟发" in str(values["why"]["a"]["rich_text_value"])


async def test_the_inspector_shows_refusals_and_the_json_of_a_message(stage: Stage) -> None:
    with pytest.raises(Exception, match="invalid_blocks"):
        await stage.bot.web.chat_postMessage(channel=OPS, text="x", blocks=[{"type": "header", "text": plain("x" * 151)}])
    await stage.sandbox.post_message(LIN, OPS, "look at me")
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await page.get_by_label("Refused calls: 1").click()
    await expect(page.locator("#panel .entry")).to_contain_text("/blocks/0/text/text")
    message = page.locator(".msg").last
    await message.hover()
    await message.locator('[data-do="menu"]').click()
    await page.get_by_role("menuitem", name="Show JSON").click()
    await expect(page.locator("#json")).to_contain_text('"text": "look at me"')


async def test_the_clock_moves_ahead(stage: Stage) -> None:
    page = await stage.open(f"/?as={TOM}&in={OPS}")
    before = stage.sandbox.world.now()
    await page.click(".clock summary")
    async with page.expect_response("**/sandbox/do/move_clock"):
        await page.get_by_role("button", name="+1 week").click()
    await expect(page.locator(".now")).not_to_have_text("")
    assert stage.sandbox.world.now() - before >= 7 * 86400


async def test_joining_a_channel_and_inviting_the_app(stage: Stage) -> None:
    page = await stage.open(f"/?as={TOM}&in={RANDOM}")
    await page.get_by_role("button", name="Invite Sellerbot").click()
    await expect(page.locator("#messages")).to_contain_text("has joined the channel")
    assert BOT_USER in stage.sandbox.world.channels[RANDOM].members


async def test_the_app_is_shown_as_gone_when_its_connection_ends(stage: Stage) -> None:
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await expect(page.locator(".pill.on")).to_be_visible()
    await stage.bot.stop()
    await expect(page.locator(".pill.off")).to_be_visible()


async def test_on_a_phone_channels_are_a_drawer_and_nothing_is_wider_than_the_screen(stage: Stage) -> None:
    await stage.sandbox.post_message(LIN, OPS, "@sellerbot 要贴标吗？ " + "x" * 200)
    page = await stage.open(f"/?as={LIN}&in={OPS}", width=390)
    await expect(page.locator(".replies")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 390
    await expect(page.locator("#side")).not_to_be_visible()
    await page.get_by_label("打开导航").click()
    await page.locator("#side a", has_text="general").click()
    await expect(page.locator("h1")).to_have_text("general")
    await expect(page.locator("#side")).not_to_be_visible()


async def test_the_theme_can_be_switched_and_is_kept(stage: Stage) -> None:
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await page.get_by_label("Light or dark").click()
    await page.reload()
    await expect(page.locator("html")).to_have_attribute("data-theme", "dark")


async def test_the_page_runs_no_foreign_script(stage: Stage) -> None:
    await stage.sandbox.post_message(LIN, OPS, "<img src=x onerror=document.title='owned'> <script>alert(1)</script>")
    page = await stage.open(f"/?as={MAYA}&in={OPS}")
    await expect(page.locator("#messages")).to_contain_text("<script>alert(1)</script>")
    assert "owned" not in await page.title()
    answer = await page.request.get(f"{stage.address}/?as={MAYA}&in={OPS}")
    assert "default-src 'none'; script-src 'self'" in answer.headers["content-security-policy"]
