"""What people experience who talk to the bot, over a real socket against the sandbox."""

from __future__ import annotations

from bot.sandbox.world import BOT_USER, CHEN, GENERAL, LIN, MAYA, OPS, TOM
from tests.slack.stage import Stage, labels, text_of, until

MENTION = f"<@{BOT_USER}>"


async def test_a_mention_is_answered_once_in_its_thread(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite", copies=2)
    answers = stage.answers(MAYA, OPS, asked["ts"])
    assert len(answers) == 1
    assert answers[0]["thread_ts"] == asked["ts"]
    assert answers[0]["text"] == "A kite flies on a string."
    assert "Sources differ on" in text_of(answers[0])


async def test_chinese_is_answered_in_chinese(stage: Stage) -> None:
    asked = await stage.ask(LIN, OPS, "@sellerbot 风筝是什么")
    answer = stage.answers(LIN, OPS, asked["ts"])[0]
    assert answer["text"] == "风筝是用线牵着飞的。"
    assert "查看规则" in labels(answer)


async def test_a_pressed_fact_is_shown_and_answered_in_the_thread(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite?")
    question = stage.answers(MAYA, OPS, asked["ts"])[0]
    assert labels(question)[:2] == ["an adult", "a child"]
    await stage.press(TOM, OPS, question, "a child")
    question, answer = stage.answers(MAYA, OPS, asked["ts"])
    assert "an adult" not in labels(question)
    assert "✓ a child" in text_of(question)
    assert answer["text"] == "Yes, with a parent."


async def test_a_fact_can_be_pressed_once(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite?")
    question = stage.answers(MAYA, OPS, asked["ts"])[0]
    old = dict(question)
    await stage.press(TOM, OPS, old, "a child")
    # Chen still sees the buttons as they were a moment ago.
    block = next(one for one in old["blocks"] if one.get("block_id", "").startswith("ask:"))
    stage.sandbox.world.channels[OPS].messages[old["ts"]]["blocks"] = old["blocks"]
    await stage.sandbox.act(CHEN, "pick_0", block_id=block["block_id"], channel=OPS, ts=old["ts"])
    await stage.quiet()
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 2
    told = [one for one in stage.sandbox.messages(CHEN, OPS, thread_ts=asked["ts"]) if one.get("_ephemeral")]
    assert len(told) == 1
    assert "answered already: a child" in told[0]["text"]


async def test_a_thread_keeps_its_facts_without_a_new_mention(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite?")
    await stage.ask(MAYA, OPS, "I am an adult", thread=asked["ts"])
    answers = stage.answers(MAYA, OPS, asked["ts"])
    assert [one["text"] for one in answers][1:] == ["Yes: adults may fly."]


async def test_talk_between_people_in_the_thread_is_left_alone(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot what is a kite")
    await stage.ask(TOM, OPS, "thanks, that helps a lot", thread=asked["ts"])
    await stage.ask(TOM, OPS, "@maya what is a kite for you?", thread=asked["ts"])
    await stage.ask(TOM, OPS, "what is a kite")
    assert len(stage.answers(MAYA, OPS, asked["ts"])) == 1


async def test_a_direct_message_is_answered_under_it(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(LIN)).id
    asked = await stage.ask(LIN, dm, "可以放风筝吗？我是成年人")
    assert [one["text"] for one in stage.answers(LIN, dm, asked["ts"])] == ["可以：成年人可以放。"]


async def test_edits_deletions_and_bots_are_ignored(stage: Stage) -> None:
    dm = (await stage.sandbox.open_dm(LIN)).id
    asked = await stage.ask(LIN, dm, "what is a kite")
    await stage.sandbox.edit_message(LIN, dm, asked["ts"], "what is a kite?")
    await stage.sandbox.post_as_bot(OPS, "@sellerbot what is a kite")
    await stage.quiet()
    assert len(stage.answers(LIN, dm, asked["ts"])) == 1
    await stage.sandbox.delete_message(LIN, dm, asked["ts"])
    await stage.quiet()
    assert all(message.get("user") != BOT_USER for message in stage.sandbox.messages(MAYA, OPS))


async def test_several_questions_get_several_answers_in_one_message(stage: Stage) -> None:
    asked = await stage.ask(MAYA, GENERAL, "@sellerbot 1. what is a kite? 2. may I fly a kite, I am an adult?")
    answers = stage.answers(MAYA, GENERAL, asked["ts"])
    assert len(answers) == 1
    assert answers[0]["text"] == "1. A kite flies on a string.\n2. Yes: adults may fly."


async def test_what_is_not_covered_offers_topics_to_pick(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot how do i inflate a balloon")
    unknown = stage.answers(MAYA, OPS, asked["ts"])[0]
    assert unknown["text"].startswith("Not covered")
    await stage.press(MAYA, OPS, unknown, "May I fly a kite?")
    assert "Who flies the kite?" in stage.answers(MAYA, OPS, asked["ts"])[1]["text"]


async def test_a_channel_that_is_read_is_answered_only_when_sure(stage: Stage) -> None:
    await stage.bot.office.prefer("T0HARBOUR1", OPS, "auto_answer", "on", MAYA)
    sure = await stage.ask(TOM, OPS, "what is a kite")
    unsure = await stage.ask(TOM, OPS, "how do i inflate a balloon?")
    statement = await stage.ask(TOM, OPS, "I bought a kite yesterday")
    assert [one["text"] for one in stage.answers(TOM, OPS, sure["ts"])] == ["A kite flies on a string."]
    assert stage.answers(TOM, OPS, unsure["ts"]) == []
    assert stage.answers(TOM, OPS, statement["ts"]) == []


async def test_the_rule_is_shown_with_the_case_that_applied(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite? I am an adult")
    await stage.press(MAYA, OPS, stage.answers(MAYA, OPS, asked["ts"])[0], "Show the rule")
    text = text_of(await stage.modal(MAYA))
    assert "▶ your case: If pilot: an adult: Yes: adults may fly." in text
    assert "In all other cases: Yes, with a parent." in text
    assert "Holds: until 2019-12-31" in text
    assert "Kite law" in text


async def test_a_fact_is_changed_in_a_form(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot may I fly a kite? I am an adult")
    await stage.press(MAYA, OPS, stage.answers(MAYA, OPS, asked["ts"])[0], "Change a fact")
    modal = await stage.modal(MAYA)
    result = await stage.sandbox.submit_view(MAYA, modal["id"], {"windy": {"value": "yes"}})
    assert result["ok"]
    await stage.quiet()
    changed = stage.answers(MAYA, OPS, asked["ts"])[1]
    assert changed["text"] == "No: not in a strong wind."
    assert "strong wind: windy (you said)" in text_of(changed)


async def test_a_form_asks_for_everything_and_says_what_it_cannot_read(stage: Stage) -> None:
    asked = await stage.ask(MAYA, OPS, "@sellerbot how much to send the parcel with postage")
    await stage.press(MAYA, OPS, stage.answers(MAYA, OPS, asked["ts"])[0], "Fill in everything")
    modal = await stage.modal(MAYA)
    values = {"kites": {"value": "3"}, "price": {"value": "cheap"}, "postage": {"value": "1 USD"}}
    result = await stage.sandbox.submit_view(MAYA, modal["id"], values)
    assert result["errors"] == {"price": "Write an amount with its currency, such as 19.99 USD."}
    await stage.sandbox.submit_view(MAYA, modal["id"], values | {"price": {"value": "2.50 USD"}})
    await stage.quiet()
    assert stage.answers(MAYA, OPS, asked["ts"])[1]["text"] == "In all 8.50 USD."


async def test_a_command_is_answered_privately_and_can_be_shared(stage: Stage) -> None:
    await stage.sandbox.run_command(LIN, OPS, "/seller", "what is a kite")
    answer = await until(lambda: stage.private(LIN, OPS), "a private answer")
    assert answer[0]["text"] == "A kite flies on a string."
    assert stage.private(MAYA, OPS) == []
    await stage.press(LIN, OPS, answer[0], "Share in channel")
    shared = [one for one in stage.sandbox.messages(MAYA, OPS) if one.get("text") == "A kite flies on a string."]
    assert len(shared) == 1
    assert stage.private(LIN, OPS) == []


async def test_the_policy_calendar_by_command(stage: Stage) -> None:
    await stage.sandbox.run_command(MAYA, OPS, "/seller", "calendar")
    answer = (await until(lambda: stage.private(MAYA, OPS), "the next 30 days"))[0]
    assert answer["text"].startswith("No policy change that I know of")
    await stage.sandbox.run_command(LIN, OPS, "/seller", "日历 2019年以来")
    answer = (await until(lambda: stage.private(LIN, OPS), "since 2019"))[0]
    assert answer["text"] == "2019-01-01 及以后：1 项政策变更。"
    assert "2020-01-01" in text_of(answer)
    assert "Yes: until 2019" not in text_of(answer)


async def test_a_private_question_goes_on_privately(stage: Stage) -> None:
    await stage.sandbox.run_command(LIN, OPS, "/seller", "may I fly a kite?")
    question = (await until(lambda: stage.private(LIN, OPS), "a private question"))[0]
    await stage.press(LIN, OPS, question, "an adult")
    await until(lambda: [one["text"] for one in stage.private(LIN, OPS)] == ["Yes: adults may fly."], "the answer")


async def test_a_shared_question_goes_on_in_its_thread(stage: Stage) -> None:
    await stage.sandbox.run_command(LIN, OPS, "/seller", "may I fly a kite?")
    question = (await until(lambda: stage.private(LIN, OPS), "a private question"))[0]
    await stage.press(LIN, OPS, question, "Share in channel")
    shared = next(one for one in stage.sandbox.messages(MAYA, OPS) if "Who flies the kite" in one.get("text", ""))
    await stage.press(MAYA, OPS, shared, "an adult")
    assert [one["text"] for one in stage.answers(MAYA, OPS, shared["ts"])] == ["Yes: adults may fly."]


async def test_the_shortcut_asks_with_somebodys_message(stage: Stage) -> None:
    message = await stage.ask(TOM, OPS, "what is a kite")
    await stage.sandbox.use_shortcut(LIN, "ask_about_message", channel=OPS, ts=message["ts"])
    answer = await until(lambda: stage.private(LIN, OPS), "a private answer")
    assert answer[0]["text"] == "A kite flies on a string."


async def test_help_and_topics_are_in_the_persons_language(stage: Stage) -> None:
    await stage.sandbox.run_command(LIN, OPS, "/seller", "帮助")
    assert "用一句话问我" in (await until(lambda: stage.private(LIN, OPS), "help"))[0]["text"]
    await stage.sandbox.run_command(MAYA, OPS, "/seller", "rules permit")
    topics = (await until(lambda: stage.private(MAYA, OPS), "topics"))[0]
    options = topics["blocks"][0]["accessory"]["option_groups"][0]["options"]
    assert [option["text"]["text"] for option in options] == ["Permit request"]
    await stage.sandbox.act(MAYA, "open_topic", value="kites.draft-permit", block_id="rules", channel=OPS, ts=topics["ts"])
    await until(lambda: [one["text"] for one in stage.private(MAYA, OPS)] == ["Your letter:"], "the draft")


async def test_home_and_prompts(stage: Stage) -> None:
    await stage.sandbox.open_home(LIN)
    home = await until(lambda: stage.sandbox.views(LIN)["home"], "the Home tab")
    assert "有出处的政策解答" in text_of(home)
    await stage.sandbox.open_home(MAYA, "messages")
    dm = (await stage.sandbox.open_dm(MAYA)).id
    prompts = await until(lambda: stage.sandbox.prompts(dm), "prompts")
    assert prompts[0]["message"] == "what do the kites cost"


async def test_a_question_to_try_is_answered_in_the_direct_messages(stage: Stage) -> None:
    await stage.sandbox.open_home(MAYA)
    home = await until(lambda: stage.sandbox.views(MAYA)["home"], "the Home tab")
    await stage.sandbox.act(MAYA, "try_0", block_id="home:try", view_id=home["id"])
    dm = (await stage.sandbox.open_dm(MAYA)).id
    asked = (await until(lambda: stage.sandbox.messages(MAYA, dm), "the question"))[0]
    await until(lambda: stage.answers(MAYA, dm, asked["ts"]), "the answer")
    assert stage.answers(MAYA, dm, asked["ts"])[0]["text"].startswith("One thing decides this: How many kites?")
