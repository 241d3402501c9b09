"""Digests over a real socket: each local date once, whatever happens to clock, connection, channel and process."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from bot.desk import Desk
from bot.office.digests import LEASE
from bot.sandbox.world import BOT_USER, FINANCE, GENERAL, LIN, MAYA, OPS, REPORTS, TEAM
from bot.slack import digests
from bot.slack.problems import LEFT
from tests.digests.composing import Composing
from tests.digests.conftest import DigestStage, staged, wanted
from tests.slack.stage import text_of, until


def forgive(stage: DigestStage, *errors: str) -> None:
    """Checks that these refusals were provoked, and takes them off the record."""
    assert {one["error"] for one in stage.sandbox.refusals()} == set(errors)
    stage.sandbox.world.refusals.clear()


async def test_a_digest_comes_at_its_local_time_and_compares_with_the_last(stage: DigestStage, composing: Composing) -> None:
    await stage.office.digests.save(wanted())
    await stage.at("2026-10-01T06:59:00Z")
    assert stage.digests() == []
    await stage.at("2026-10-01T07:00:01Z")
    [first] = stage.digests()
    assert "Digest 1" in text_of(first)
    await stage.at("2026-10-02T07:00:01Z")
    assert stage.days() == ["2026-10-01", "2026-10-02"]
    assert "Digest 2" in text_of(stage.digests()[1])
    assert composing.befores == [None, '{"number": 1}']
    assert "late" not in text_of(stage.digests()[1]).lower()


async def test_a_month_with_a_change_of_the_clocks_in_two_zones(stage: DigestStage) -> None:
    await stage.office.digests.save(wanted(OPS, "02:30", "Europe/Berlin"))
    await stage.office.digests.save(wanted(REPORTS, "01:30", "America/New_York", owner=LIN))
    # Ten minutes a step around both changes, an hour elsewhere.
    for day in range(1, 46):
        date, month = (day, 10) if day <= 31 else (day - 31, 11)
        fine = (month, date) in ((10, 25), (11, 1))
        for minutes in range(0, 24 * 60, 10 if fine else 120):
            moment = f"2026-{month:02}-{date:02}T{minutes // 60:02}:{minutes % 60:02}:30Z"
            if moment > "2026-10-01T06:30":
                await stage.at(moment)
    berlin, new_york = stage.days(OPS), stage.days(REPORTS)
    dates = [f"2026-10-{day:02}" for day in range(2, 32)] + [f"2026-11-{day:02}" for day in range(1, 15)]
    assert berlin == dates
    assert new_york == dates
    # The hour that comes twice: the digest came with the first of both.
    for channel, day, moment in ((OPS, "2026-10-25", "2026-10-25T00:30Z"), (REPORTS, "2026-11-01", "2026-11-01T05:30Z")):
        [sent] = [one for one in stage.digests(channel) if one["metadata"]["event_payload"]["day"] == day]
        assert 0 <= float(sent["ts"]) - datetime.fromisoformat(moment).timestamp() < 600


SPRING = datetime(2027, 3, 10, 0, 30, tzinfo=UTC)


async def test_a_spring_with_hours_that_two_zones_skip(
    shop_desk: Desk, tmp_path: Path, composing: Composing, impatient: None
) -> None:
    """02:30 does not exist on 28 March in Berlin and on 14 March in New York; 09:00 exists everywhere."""
    schedules = (
        (OPS, "02:30", "Europe/Berlin"),
        (REPORTS, "02:30", "America/New_York"),
        (GENERAL, "09:00", "Europe/Berlin"),
        (FINANCE, "09:00", "America/New_York"),
    )
    async with staged(shop_desk, tmp_path / "store.db", SPRING) as stage:
        for channel, at, zone in schedules:
            await stage.office.digests.save(wanted(channel, at, zone))
        # Ten minutes a step around both changes, two hours elsewhere.
        for day in range(10, 32):
            for minutes in range(0, 24 * 60, 10 if day in (14, 28) else 120):
                moment = f"2027-03-{day:02}T{minutes // 60:02}:{minutes % 60:02}:30Z"
                if moment > "2027-03-10T00:30":
                    await stage.at(moment)
        dates = [f"2027-03-{day:02}" for day in range(10, 32)]
        for channel, _, _ in schedules:
            assert stage.days(channel) == dates, channel
        # The first moment after the hour that is skipped; what is outside of it keeps its local time.
        for channel, day, moment in (
            (OPS, "2027-03-28", "2027-03-28T01:00Z"),
            (REPORTS, "2027-03-14", "2027-03-14T07:00Z"),
            (GENERAL, "2027-03-28", "2027-03-28T07:00Z"),
            (FINANCE, "2027-03-14", "2027-03-14T13:00Z"),
        ):
            [sent] = [one for one in stage.digests(channel) if one["metadata"]["event_payload"]["day"] == day]
            assert 0 <= float(sent["ts"]) - datetime.fromisoformat(moment).timestamp() < 600
            assert "late" not in text_of(sent).lower()
        # On the day after the change the hour is there again.
        [after] = [one for one in stage.digests(OPS) if one["metadata"]["event_payload"]["day"] == "2027-03-29"]
        assert 0 <= float(after["ts"]) - datetime(2027, 3, 29, 0, 30, tzinfo=UTC).timestamp() < 2 * 3600


async def test_a_clock_that_jumps_ahead_sends_the_newest_late_and_names_the_dates_without(stage: DigestStage) -> None:
    await stage.office.digests.save(wanted())
    await stage.at("2026-10-01T07:00:01Z")
    await stage.at("2026-10-05T12:00:00Z")
    assert stage.days() == ["2026-10-01", "2026-10-05"]
    said = text_of(stage.digests()[1])
    assert "Sent late: this was due at 2026-10-05 09:00 (Europe/Berlin)" in said
    assert "Without a digest: 2026-10-02, 2026-10-03, 2026-10-04." in said
    await stage.at("2026-10-06T07:00:01Z")
    assert "Without" not in text_of(stage.digests()[2])


async def test_one_that_would_rather_not_be_late_says_so_instead(stage: DigestStage, composing: Composing) -> None:
    await stage.office.digests.save(wanted(late="skip"))
    await stage.at("2026-10-03T12:00:00Z")
    [notice] = stage.digests()
    said = text_of(notice)
    assert "I skipped the digest that was due at 2026-10-03 09:00" in said
    assert "2026-10-04 09:00" in said
    assert "Without a digest: 2026-10-01, 2026-10-02." in said
    assert composing.befores == []
    await stage.at("2026-10-04T07:00:01Z")
    assert "Digest 1" in text_of(stage.digests()[1])


async def test_a_clock_that_goes_back_sends_no_date_twice(stage: DigestStage) -> None:
    schedule = wanted()
    await stage.office.digests.save(schedule)
    await stage.at("2026-10-02T07:00:01Z")
    stage.sandbox.world.clock._offset -= 36 * 3600
    await stage.idle()
    # Set anew at the earlier hour it would be due again on dates that have been told.
    await stage.office.digests.save(schedule)
    for moment in ("2026-10-01T07:01:00Z", "2026-10-02T07:01:00Z", "2026-10-03T07:01:00Z"):
        await stage.at(moment)
    # On the first the bot was away: that date is noted as skipped, and stays so.
    assert stage.days() == ["2026-10-02", "2026-10-03"]


async def test_slack_asking_to_wait_is_obeyed(stage: DigestStage) -> None:
    await stage.office.digests.save(wanted())
    await stage.sandbox.fail_next("chat.postMessage", retry_after=1, times=2)
    await stage.at("2026-10-01T07:00:01Z")
    assert stage.days() == ["2026-10-01"]


async def test_slacks_trouble_for_an_hour_makes_it_late_once(stage: DigestStage) -> None:
    await stage.office.digests.save(wanted())
    await stage.sandbox.fail_next("chat.postMessage", status=503, times=6)
    await stage.sandbox.move_clock(to="2026-10-01T07:00:01Z")
    for _ in range(3):
        await stage.given_back()
        await stage.sandbox.move_clock(seconds=20 * 60)
    await stage.idle()
    assert stage.days() == ["2026-10-01"]
    assert "Sent late" in text_of(stage.digests()[0])


async def test_slack_out_of_reach_and_back(stage: DigestStage) -> None:
    await stage.office.digests.save(wanted())
    client = await stage.bot.clients.of(TEAM, "")
    there = client.base_url
    client.base_url = "http://127.0.0.1:9/api/"
    await stage.sandbox.move_clock(to="2026-10-01T07:00:01Z")
    await stage.given_back()
    client.base_url = there
    await stage.at("2026-10-01T08:00:01Z")
    assert stage.days() == ["2026-10-01"]
    assert "Sent late" in text_of(stage.digests()[0])


async def test_what_a_dead_process_posted_is_found_and_not_posted_again(stage: DigestStage) -> None:
    schedule = wanted()
    await stage.office.digests.save(schedule)
    mark = {"event_type": digests.EVENT_TYPE, "event_payload": {"digest": schedule.id, "day": "2026-10-01"}}
    # As a process leaves it that was killed between posting and noting that it had posted.
    await stage.sandbox.world.clock.move(3601)
    store = stage.office._store
    await stage.idle()
    [posted] = stage.digests()
    assert posted["metadata"] == mark
    store.db.execute("UPDATE digest_runs SET state = 'posting', snapshot = '{\"number\": 1}', outbox = '{}', reply = ''")
    store.db.execute(
        "UPDATE schedules SET next_due = :due, claimed_by = 'dead', claimed_until = :until",
        {"due": int(datetime(2026, 10, 1, 7, tzinfo=UTC).timestamp()), "until": int(stage.sandbox.world.now()) + LEASE},
    )
    await stage.sandbox.move_clock(seconds=LEASE / 2)
    assert stage.due() == 1
    await stage.at("2026-10-01T08:30:00Z")
    assert stage.days() == ["2026-10-01"]
    row = store.db.execute("SELECT state, reply FROM digest_runs").fetchone()
    assert row == ("sent", posted["ts"])


async def test_what_a_dead_process_did_not_post_is_posted_once(stage: DigestStage) -> None:
    schedule = wanted()
    store = stage.office._store
    await stage.office.digests.save(schedule)
    kept = store.schedules.find(TEAM, schedule.id)
    assert kept is not None
    store.schedules.begin(kept, "2026-10-01", kept.next_due)
    store.db.execute("UPDATE digest_runs SET state = 'posting', outbox = '{}'")
    store.db.execute("UPDATE schedules SET claimed_by = 'dead', claimed_until = :until", {"until": kept.next_due + 30})
    await stage.at("2026-10-01T07:01:01Z")
    assert stage.days() == ["2026-10-01"]


async def test_an_archived_channel_pauses_it_and_its_owner_hears_once(stage: DigestStage) -> None:
    schedule = wanted(owner=LIN)
    await stage.office.digests.save(schedule)
    await stage.sandbox.archive(MAYA, OPS)
    await stage.at("2026-10-01T07:00:01Z")
    await until(lambda: stage.direct(LIN), "a word to the owner")
    await stage.at("2026-10-03T07:00:01Z")
    [told] = stage.direct(LIN)
    assert told.startswith("您的简报（每天 09:00 (Europe/Berlin)")
    assert f"<#{OPS}>" in told
    assert "频道已归档" in told
    found = await stage.office.digests.find(TEAM, schedule.id)
    assert found is not None
    assert found.paused == "is_archived"
    forgive(stage, "is_archived")
    await stage.sandbox.archive(MAYA, OPS, archived=False)
    await stage.office.digests.resume(found)
    await stage.at("2026-10-04T07:00:01Z")
    assert stage.days() == ["2026-10-04"]


async def test_a_bot_that_was_removed_says_so(stage: DigestStage) -> None:
    await stage.office.digests.save(wanted())
    await stage.sandbox.remove(MAYA, OPS, BOT_USER)
    await stage.at("2026-10-01T07:00:01Z")
    await until(lambda: stage.direct(MAYA), "a word to the owner")
    assert "I am not a member" in stage.direct(MAYA)[0]
    forgive(stage, "not_in_channel")


async def test_a_revoked_token_pauses_without_noise(stage: DigestStage) -> None:
    schedule = wanted()
    await stage.office.digests.save(schedule)
    await stage.sandbox.revoke_token(stage.sandbox.world.bot_token(TEAM).value)  # type: ignore[union-attr]
    await stage.at("2026-10-01T07:00:01Z")
    found = await stage.office.digests.find(TEAM, schedule.id)
    assert found is not None
    assert found.paused == "token_revoked"
    forgive(stage, "token_revoked")


async def test_one_broken_digest_is_told_and_the_next_comes(stage: DigestStage, composing: Composing) -> None:
    await stage.office.digests.save(wanted())
    composing.error = ZeroDivisionError("secret detail")
    await stage.at("2026-10-01T07:00:01Z")
    await until(lambda: stage.direct(MAYA), "a word to the owner")
    assert "reference" in stage.direct(MAYA)[0]
    assert "secret detail" not in stage.direct(MAYA)[0]
    composing.error = None
    await stage.at("2026-10-02T07:00:01Z")
    assert stage.days() == ["2026-10-02"]


async def test_who_left_a_private_channel_gets_no_digest_of_it(stage: DigestStage) -> None:
    dm = (await stage.sandbox.open_dm(LIN)).id
    schedule = wanted(dm, owner=LIN, about=FINANCE)
    await stage.office.digests.save(schedule)
    await stage.at("2026-10-01T07:00:01Z")
    assert stage.days(dm) == ["2026-10-01"]
    await stage.sandbox.remove(MAYA, FINANCE, LIN)
    await stage.at("2026-10-02T07:00:01Z")
    await until(lambda: stage.direct(LIN), "a word to the owner")
    assert stage.days(dm) == ["2026-10-01"]
    assert "您已不在" in stage.direct(LIN)[0]


COUNT = "SELECT (SELECT COUNT(*) FROM departures), (SELECT COUNT(*) FROM schedules), (SELECT COUNT(*) FROM digest_runs)"


async def test_a_removed_workspace_hears_nothing_and_leaves_no_schedule_in_the_end(stage: DigestStage) -> None:
    counts = lambda: list(stage.office._store.db.execute(COUNT).fetchone())  # noqa: E731
    await stage.office.digests.save(wanted())
    await stage.at("2026-10-01T07:00:01Z")
    await stage.sandbox.uninstall(TEAM)
    await until(lambda: counts() == [1, 1, 1], "the departure")
    await stage.sandbox.move_clock(to="2026-10-07T07:00:01Z")
    assert await stage.office.digests.claim("another", 9) == ()
    assert await stage.office.forget_departed() == ()
    await stage.sandbox.move_clock(to="2026-10-08T07:00:01Z")
    assert await stage.office.forget_departed() == (TEAM,)
    assert counts() == [0, 0, 0]
    assert stage.days() == ["2026-10-01"]


async def test_who_comes_back_gets_the_next_digest_and_none_of_those_between(stage: DigestStage) -> None:
    await stage.office.digests.save(wanted())
    paused = wanted()
    await stage.office.digests.save(paused)
    await stage.office.digests.pause(paused, "owner")
    await stage.at("2026-10-01T07:00:01Z")
    await stage.sandbox.uninstall(TEAM)
    departed = "SELECT COUNT(*) FROM departures"
    await until(lambda: stage.office._store.db.execute(departed).fetchone()[0], "the departure")
    # As one that was under way when the token was revoked.
    stage.office._store.db.execute("UPDATE schedules SET paused = 'token_revoked' WHERE paused = ''")
    await stage.sandbox.move_clock(to="2026-10-04T12:00:00Z")
    installed = await stage.sandbox.install(MAYA)
    (await stage.bot.clients.of(TEAM, "")).token = installed["token"]
    assert await stage.office.welcome(TEAM, LEFT)
    assert not await stage.office.welcome(TEAM, LEFT)
    await stage.at("2026-10-05T07:00:01Z")
    assert stage.days() == ["2026-10-01", "2026-10-05"]
    assert "Sent late" not in text_of(stage.digests()[-1])
    assert "skipped" not in text_of(stage.digests()[-1])
    kept = await stage.office.digests.find(TEAM, paused.id)
    assert kept is not None
    assert kept.paused == "owner"
