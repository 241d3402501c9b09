"""users.*, team.info, bots.info: who is who."""

from __future__ import annotations

from bot.sandbox.errors import SlackError
from bot.sandbox.webapi.call import Call
from bot.sandbox.webapi.registry import method
from bot.sandbox.world import Json, Person


def person_json(call: Call, person: Person, *, locale: bool) -> Json:
    """A person as users.info shows them; the zone is as of the sandbox's now, and null for some."""
    profile: Json = {
        "real_name": person.real_name,
        "real_name_normalized": person.real_name,
        "display_name": person.name,
        "display_name_normalized": person.name,
        "title": "",
        "phone": "",
        "status_text": "",
        "status_emoji": "",
        "team": person.team_id,
        "avatar_hash": "",
        "image_72": f"{call.world.base_url}/avatars/{person.id}.png",
    }
    if "users:read.email" in call.bearer.scopes and person.email:
        profile["email"] = person.email
    if person.is_bot:
        profile |= {"api_app_id": call.world.app.id, "bot_id": person.bot_id, "always_active": True}
    shown: Json = {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deleted,
        "color": "4bbe2e",
        "real_name": person.real_name,
        "tz": person.tz,
        "tz_label": person.tz.replace("_", " ").rpartition("/")[2] + " time" if person.tz else None,
        "tz_offset": call.world.offset_seconds(person.tz) if person.tz else 0,
        "profile": profile,
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_guest,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "is_email_confirmed": True,
        "updated": int(call.world.now()),
    }
    if locale:
        shown["locale"] = person.locale
    return shown


@method("users.info", tier=4, scopes=("users:read",))
async def users_info(call: Call) -> Json:
    return {"user": person_json(call, call.person(), locale=call.args.flag("include_locale"))}


@method("users.list", tier=2, scopes=("users:read",))
async def users_list(call: Call) -> Json:
    people = call.world.team_people(call.team_id)
    page, metadata = call.page(people, 200, 1000)
    locale = call.args.flag("include_locale")
    return {
        "members": [person_json(call, person, locale=locale) for person in page],
        "cache_ts": int(call.world.now()),
        "response_metadata": metadata,
    }


@method("users.lookupByEmail", tier=3, scopes=("users:read.email",))
async def users_lookup_by_email(call: Call) -> Json:
    wanted = call.args.needed("email").lower()
    for person in call.world.team_people(call.team_id):
        if person.email.lower() == wanted and not person.deleted:
            return {"user": person_json(call, person, locale=False)}
    raise SlackError("users_not_found")


@method("users.profile.get", tier=4, scopes=("users.profile:read",))
async def users_profile_get(call: Call) -> Json:
    person = call.person() if call.args.has("user") else call.user
    return {"profile": person_json(call, person, locale=False)["profile"]}


@method("users.getPresence", tier=3, scopes=("users:read",))
async def users_get_presence(call: Call) -> Json:
    call.person()
    return {"presence": "active"}


@method("team.info", tier=3, scopes=("team:read",))
async def team_info(call: Call) -> Json:
    team = call.world.teams.get(call.args.text("team") or call.team_id)
    if team is None or team.id != call.team_id:
        raise SlackError("team_not_found")
    return {
        "team": {
            "id": team.id,
            "name": team.name,
            "domain": team.domain,
            "email_domain": "",
            "url": f"{call.world.base_url}/",
            "icon": {"image_default": True},
        }
    }


@method("bots.info", tier=3, scopes=("users:read",))
async def bots_info(call: Call) -> Json:
    wanted = call.args.text("bot") or call.install.bot_id
    for person in call.world.team_people(call.team_id):
        if person.bot_id == wanted:
            return {
                "bot": {
                    "id": person.bot_id,
                    "app_id": call.world.app.id,
                    "name": person.real_name,
                    "user_id": person.id,
                    "deleted": person.deleted,
                    "updated": int(call.world.now()),
                    "icons": {},
                }
            }
    raise SlackError("bot_not_found")


@method("emoji.list", tier=2, scopes=("emoji:read",))
async def emoji_list(call: Call) -> Json:
    return {"emoji": {}, "cache_ts": str(call.world.now())}


@method("dnd.info", tier=3, scopes=("dnd:read",))
async def dnd_info(_call: Call) -> Json:
    return {"dnd_enabled": False, "next_dnd_start_ts": 1, "next_dnd_end_ts": 1, "snooze_enabled": False}


@method("usergroups.list", tier=2, scopes=("usergroups:read",))
async def usergroups_list(_call: Call) -> Json:
    return {"usergroups": []}
