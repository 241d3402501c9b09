"""auth.*, apps.*, api.test, oauth.v2.* and the neighbours that tell an app who it is."""

from __future__ import annotations

from bot.sandbox.errors import SlackError, missing
from bot.sandbox.oauth import ROTATED_LIFETIME
from bot.sandbox.webapi.call import Call
from bot.sandbox.webapi.registry import method
from bot.sandbox.world import Install, Json, Token


@method("api.test", tier=4, anonymous=True)
async def api_test(call: Call) -> Json:
    error = call.args.text("error")
    if error:
        raise SlackError(error, body={"args": call.args.shown()})
    return {"args": call.args.shown()}


@method("auth.test", tier=None, tokens=("bot", "user", "app"))
async def auth_test(call: Call) -> Json:
    token = call.bearer
    if token.kind == "app":
        return {"app_name": call.world.app.name, "app_id": call.world.app.id}
    team, user = call.world.teams[token.team_id], call.user
    answer: Json = {
        "url": f"{call.world.base_url}/",
        "team": team.name,
        "user": user.name,
        "team_id": team.id,
        "user_id": user.id,
        "is_enterprise_install": False,
    }
    if user.is_bot:
        answer["bot_id"] = user.bot_id
    if token.expires_at is not None:
        answer["expires_in"] = max(0, int(token.expires_at - call.world.now()))
    return answer


@method("auth.revoke", tier=3)
async def auth_revoke(call: Call) -> Json:
    if call.args.flag("test"):
        return {"revoked": False}
    await call.sandbox.revoke_token(call.bearer.value)
    return {"revoked": True}


@method("auth.teams.list", tier=2)
async def auth_teams_list(call: Call) -> Json:
    team = call.world.teams[call.team_id]
    return {"teams": [{"id": team.id, "name": team.name}], "response_metadata": {"next_cursor": ""}}


@method("apps.connections.open", tier=3, tokens=("app",), scopes=("connections:write",), header_only=True)
async def apps_connections_open(call: Call) -> Json:
    if not call.world.app.socket_mode:
        raise SlackError("socket_mode_not_enabled")
    base = call.world.base_url.replace("http", "ws", 1)
    return {"url": f"{base}/link?ticket={call.sandbox.hub.new_ticket()}&app_id={call.world.app.id}"}


@method("apps.uninstall", tier=1)
async def apps_uninstall(call: Call) -> Json:
    _right_client(call)
    await call.sandbox.uninstall(call.team_id)
    return {}


def _right_client(call: Call) -> None:
    if call.credentials is None or not call.credentials[0]:
        raise missing("client_id", "client_secret")
    client_id, secret = call.credentials
    if client_id != call.world.app.client_id:
        raise SlackError("invalid_client_id")
    if secret != call.world.app.client_secret:
        raise SlackError("bad_client_secret")


def _granted(call: Call, install: Install, bot: Token, refresh: Token | None, person: Json) -> Json:
    team = call.world.teams[install.team_id]
    answer: Json = {
        "app_id": call.world.app.id,
        "authed_user": person,
        "scope": ",".join(bot.scopes),
        "token_type": "bot",
        "access_token": bot.value,
        "bot_user_id": install.bot_user_id,
        "team": {"id": team.id, "name": team.name},
        "enterprise": None,
        "is_enterprise_install": False,
    }
    if refresh is not None:
        answer |= {"refresh_token": refresh.value, "expires_in": int(ROTATED_LIFETIME)}
    return answer


@method("oauth.v2.access", tier=None, anonymous=True)
async def oauth_v2_access(call: Call) -> Json:
    _right_client(call)
    if call.args.text("grant_type") == "refresh_token":
        refreshed = call.sandbox.oauth.refresh(call.args.needed("refresh_token"))
        install = call.world.installs[refreshed.bot.team_id]
        return _granted(call, install, refreshed.bot, refreshed.refresh, {"id": install.installed_by})
    if call.args.text("grant_type") not in ("", "authorization_code"):
        raise SlackError("invalid_grant_type")
    grant = call.sandbox.oauth.redeem(call.args.text("code"), call.args.text("redirect_uri"))
    person: Json = {"id": grant.user}
    if grant.user_token is not None:
        person |= {"scope": ",".join(grant.user_token.scopes), "access_token": grant.user_token.value, "token_type": "user"}
    return _granted(call, call.world.installs[grant.bot.team_id], grant.bot, grant.refresh, person)


@method("oauth.v2.exchange", tier=None, anonymous=True)
async def oauth_v2_exchange(call: Call) -> Json:
    _right_client(call)
    if call.token is None or call.token.revoked:
        raise SlackError("invalid_auth")
    exchanged = call.sandbox.oauth.exchange(call.token)
    install = call.world.installs[exchanged.bot.team_id]
    return _granted(call, install, exchanged.bot, exchanged.refresh, {"id": install.installed_by})


@method("tooling.tokens.rotate", tier=1, anonymous=True)
async def tooling_tokens_rotate(call: Call) -> Json:
    # Configuration tokens are made by hand on Slack's site; the sandbox never gave one out.
    call.args.needed("refresh_token")
    raise SlackError("invalid_refresh_token")
