"""Uploads in three steps, uploads by people, downloads, and the login page for whoever may not."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.server import Sandbox
from bot.sandbox.world import BOARD, FINANCE, LIN, MAYA, OPS, RANDOM, STRANGER, TEAM
from tests.sandbox.conftest import SocketApp, eventually

Json = dict[str, Any]


async def test_the_clients_own_upload(client: AsyncWebClient, sandbox: Sandbox) -> None:
    parent = await sandbox.post_message(LIN, OPS, "findings?")
    await client.files_upload_v2(
        channel=OPS,
        filename="发现.csv",
        content="sku,问题\nA,1\n",
        title="Findings",
        initial_comment="All of them",
        thread_ts=parent["ts"],
    )
    message = sandbox.messages(LIN, OPS, thread_ts=parent["ts"])[-1]
    file = message["files"][0]
    assert (message["text"], message["subtype"], file["title"], file["filetype"]) == (
        "All of them",
        "file_share",
        "Findings",
        "csv",
    )
    assert file["size"] == len("sku,问题\nA,1\n".encode())
    assert sandbox.refusals() == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"filename": "a.csv", "length": 0}, "missing_argument"),
        ({"length": 5}, "missing_argument"),
        ({"filename": "a.txt", "length": 1024 * 1024, "snippet_type": "text"}, None),
        ({"filename": "a.txt", "length": 1024 * 1024 + 1, "snippet_type": "text"}, "snippet_too_large"),
        ({"filename": "a.png", "length": 5, "alt_txt": "a" * 1000}, None),
        ({"filename": "a.png", "length": 5, "alt_txt": "a" * 1001}, "alt_txt_too_large"),
    ],
)
async def test_asking_for_an_upload(arguments: Json, error: str | None, call: Any) -> None:
    assert (await call("files.getUploadURLExternal", **arguments)).get("error") == error


async def _uploaded(call: Any, http: aiohttp.ClientSession, body: bytes = b"a,b\n") -> str:
    asked = await call("files.getUploadURLExternal", filename="a.csv", length=len(body))
    async with http.post(asked["upload_url"], data=body) as answer:
        assert (answer.status, await answer.text()) == (200, f"OK - {len(body)}")
    return str(asked["file_id"])


async def test_an_upload_is_completed_once(call: Any, http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    asked = await call("files.getUploadURLExternal", filename="a.csv", length=3)
    assert (await call("files.completeUploadExternal", files=[{"id": asked["file_id"]}]))["error"] == "file_not_found"
    file = await _uploaded(call, http)
    assert (await call("files.completeUploadExternal", files=[{"id": file}], channel_id=OPS))["ok"]
    assert (await call("files.completeUploadExternal", files=[{"id": file}], channel_id=OPS))["error"] == "file_not_found"
    assert (await call("files.completeUploadExternal"))["error"] == "invalid_arguments"


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("seller-ops", "invalid_channel"),
        (LIN, "invalid_channel"),
        (BOARD, "channel_not_found"),
        (RANDOM, "not_in_channel"),
        (",".join([OPS] * 101), "too_many_channels"),
    ],
)
async def test_where_a_file_can_not_go(where: str, error: str, call: Any, http: aiohttp.ClientSession) -> None:
    file = await _uploaded(call, http)
    name = "channels" if "," in where else "channel_id"
    assert (await call("files.completeUploadExternal", files=[{"id": file}], **{name: where}))["error"] == error


async def test_without_a_channel_a_file_stays_private(call: Any, http: aiohttp.ClientSession, sandbox: Sandbox) -> None:
    file = await _uploaded(call, http)
    completed = await call("files.completeUploadExternal", files=[{"id": file}])
    assert (completed["files"][0]["channels"], completed["files"][0]["is_public"]) == ([], False)
    assert sandbox.messages(LIN, OPS) == []


async def test_an_upload_by_a_person(sandbox: Sandbox, app: SocketApp, call: Any, http: aiohttp.ClientSession) -> None:
    sandbox.world.app.bot_events += ("file_shared",)
    content = "订单,日期\n1,2026-11-29\n".encode("gb18030")
    await sandbox.upload_files(LIN, OPS, [("orders.csv", content), ("more.txt", b"x")], comment="@sellerbot 看看")
    await eventually(lambda: app.events("message") and len(app.events("file_shared")) == 2)
    event = app.events("message")[0]
    assert (event["subtype"], len(event["files"])) == ("file_share", 2)
    assert "client_msg_id" not in event
    assert app.events("app_mention") == []
    assert set(app.events("file_shared")[0]) == {"type", "file_id", "user_id", "file", "channel_id", "event_ts"}
    file = event["files"][0]
    async with http.get(file["url_private_download"], headers=await _bearer(sandbox)) as answer:
        assert await answer.read() == content
    assert (await call("files.info", file=file["id"]))["file"]["size"] == len(content)


async def test_an_upload_without_a_comment_has_no_text(sandbox: Sandbox, app: SocketApp) -> None:
    dm = await sandbox.open_dm(LIN)
    await sandbox.upload_files(LIN, dm.id, [("a.csv", b"x")], mode="snippet")
    event = (await eventually(lambda: app.events("message")))[0]
    assert (event["text"], event["files"][0]["mode"]) == ("", "snippet")


async def test_mentions_in_comments_can_be_switched_on(sandbox: Sandbox, app: SocketApp) -> None:
    sandbox.world.app.mentions_in_file_comments = True
    await sandbox.upload_files(LIN, OPS, [("a.csv", b"x")], comment="@sellerbot look")
    assert (await eventually(lambda: app.events("app_mention")))[0]["files"][0]["name"] == "a.csv"


async def test_a_file_of_another_company(sandbox: Sandbox, app: SocketApp, call: Any) -> None:
    await sandbox.upload_files(LIN, OPS, [("a.csv", b"x")], mode="file_access")
    file = (await eventually(lambda: app.events("message")))[0]["files"][0]
    assert file["file_access"] == "check_file_info"
    assert "url_private" not in file
    assert (await call("files.info", file=file["id"]))["file"]["url_private_download"]


async def _bearer(sandbox: Sandbox) -> dict[str, str]:
    token = sandbox.world.bot_token(TEAM)
    assert token is not None
    return {"Authorization": f"Bearer {token.value}"}


async def test_whoever_may_not_read_a_file_gets_a_login_page_with_200(sandbox: Sandbox, http: aiohttp.ClientSession) -> None:
    message = await sandbox.upload_files(LIN, FINANCE, [("a.csv", b"secret")])
    elsewhere = await sandbox.upload_files(MAYA, BOARD, [("b.csv", b"secret")])
    url, bearer = message["files"][0]["url_private_download"], await _bearer(sandbox)
    stranger = {"Authorization": f"Bearer {(await sandbox.install(STRANGER))['token']}"}
    token = sandbox.world.bot_token(TEAM)
    assert token is not None

    async def fetch(address: str, headers: dict[str, str]) -> tuple[int, str, bytes]:
        async with http.get(address, headers=headers) as answer:
            return answer.status, answer.content_type, await answer.read()

    assert await fetch(url, bearer) == (200, "text/csv", b"secret")
    token.scopes = ("chat:write",)
    without_scope = await fetch(url, bearer)
    token.scopes = ("files:read",)
    for status, kind, body in (
        without_scope,
        await fetch(url, {}),
        await fetch(url, stranger),
        await fetch(elsewhere["files"][0]["url_private_download"], bearer),
    ):
        assert (status, kind) == (200, "text/html")
        assert body.startswith(b"<!DOCTYPE html>")
    async with http.get(url, allow_redirects=False) as answer:
        assert answer.status == 302


async def test_deleting_leaves_a_tombstone(sandbox: Sandbox, call: Any, http: aiohttp.ClientSession) -> None:
    file = await _uploaded(call, http)
    await call("files.completeUploadExternal", files=[{"id": file}], channel_id=OPS)
    theirs = (await sandbox.upload_files(LIN, OPS, [("a.csv", b"x")]))["files"][0]
    assert (await call("files.delete", file=theirs["id"]))["error"] == "cant_delete_file"
    assert (await call("files.delete", file=file))["ok"]
    assert sandbox.messages(LIN, OPS)[0]["files"] == [{"id": file, "mode": "tombstone"}]
    assert (await call("files.info", file=file))["error"] == "file_deleted"
    await sandbox.delete_upload(LIN, theirs["id"])
    async with http.get(theirs["url_private_download"], headers=await _bearer(sandbox)) as answer:
        assert answer.status == 404


async def test_listing_and_the_old_way(sandbox: Sandbox, call: Any) -> None:
    await sandbox.upload_files(LIN, OPS, [("a.csv", b"x")])
    await sandbox.upload_files(MAYA, BOARD, [("hidden.csv", b"x")])
    assert [f["name"] for f in (await call("files.list"))["files"]] == ["a.csv"]
    assert (await call("files.list", channel=FINANCE))["files"] == []
    assert (await call("files.upload"))["error"] == "method_deprecated"
    assert (await call("files.info", file="F0NOWHERE"))["error"] == "file_not_found"
