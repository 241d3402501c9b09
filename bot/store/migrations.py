"""The tables, as steps forward. A step that was released is never changed; a new one is added below it."""

from __future__ import annotations

import json

from bot.store.connection import Database
from bot.store.steps import Steps

steps = Steps("sellerbot")


@steps(name="0001_conversations")
def _conversations(db: Database) -> None:
    """Accepted work, threads, answers and what people said about them. Times are seconds since 1970, UTC."""
    for statement in _CONVERSATIONS:
        db.execute(statement)


_CONVERSATIONS = (
    # Every delivery of an event, so that a repeated one is known.
    """CREATE TABLE deliveries (
        team TEXT NOT NULL,
        event_id TEXT NOT NULL,
        seen BIGINT NOT NULL,
        PRIMARY KEY (team, event_id)
    )""",
    # What has to be answered, once for each key (a message's ts, a press of a button); `place` and `task` are JSON.
    """CREATE TABLE work (
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        key TEXT NOT NULL,
        state TEXT NOT NULL,
        task TEXT NOT NULL,
        outbox TEXT NOT NULL,
        reply TEXT NOT NULL,
        accepted BIGINT NOT NULL,
        changed BIGINT NOT NULL,
        PRIMARY KEY (team, channel, key)
    )""",
    "CREATE INDEX work_by_state ON work (state, accepted)",
    """CREATE TABLE threads (
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        thread TEXT NOT NULL,
        memory TEXT NOT NULL,
        changed BIGINT NOT NULL,
        PRIMARY KEY (team, channel, thread)
    )""",
    # Answers as they were given: what a button under an old message refers to.
    """CREATE TABLE answers (
        id TEXT NOT NULL PRIMARY KEY,
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        thread TEXT NOT NULL,
        person TEXT NOT NULL,
        question TEXT NOT NULL,
        document TEXT NOT NULL,
        created BIGINT NOT NULL
    )""",
    "CREATE INDEX answers_by_team ON answers (team, created)",
    # The facts that were picked under an answer, and by whom; the first one counts.
    """CREATE TABLE picks (
        answer TEXT NOT NULL,
        fact TEXT NOT NULL,
        team TEXT NOT NULL,
        person TEXT NOT NULL,
        value TEXT NOT NULL,
        created BIGINT NOT NULL,
        PRIMARY KEY (answer, fact)
    )""",
    """CREATE TABLE feedback (
        answer TEXT NOT NULL,
        person TEXT NOT NULL,
        team TEXT NOT NULL,
        verdict TEXT NOT NULL,
        reason TEXT NOT NULL,
        comment TEXT NOT NULL,
        changed BIGINT NOT NULL,
        PRIMARY KEY (answer, person)
    )""",
    # Questions that had no answer, for the people who write the rules.
    """CREATE TABLE gaps (
        answer TEXT NOT NULL PRIMARY KEY,
        team TEXT NOT NULL,
        question TEXT NOT NULL,
        language TEXT NOT NULL,
        nearest TEXT NOT NULL,
        created BIGINT NOT NULL
    )""",
    """CREATE TABLE handovers (
        answer TEXT NOT NULL PRIMARY KEY,
        team TEXT NOT NULL,
        person TEXT NOT NULL,
        target TEXT NOT NULL,
        created BIGINT NOT NULL
    )""",
    # Settings of a workspace (scope ''), a channel or a person.
    """CREATE TABLE preferences (
        team TEXT NOT NULL,
        scope TEXT NOT NULL,
        name TEXT NOT NULL,
        value TEXT NOT NULL,
        person TEXT NOT NULL,
        changed BIGINT NOT NULL,
        PRIMARY KEY (team, scope, name)
    )""",
    # What somebody was told once and need not be told again.
    """CREATE TABLE notices (
        team TEXT NOT NULL,
        key TEXT NOT NULL,
        told BIGINT NOT NULL,
        PRIMARY KEY (team, key)
    )""",
)


@steps(name="0002_uploads")
def _uploads(db: Database) -> None:
    """Uploaded reports."""
    for statement in _UPLOADS:
        db.execute(statement)


_UPLOADS = (
    # `source` is Slack's file; `content` the cleaned rows as Parquet, without personal columns; `cases` what was found.
    """CREATE TABLE uploads (
        id TEXT NOT NULL PRIMARY KEY,
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        person TEXT NOT NULL,
        source TEXT NOT NULL,
        format TEXT NOT NULL,
        description TEXT NOT NULL,
        content BLOB NOT NULL,
        cases TEXT NOT NULL,
        shared INTEGER NOT NULL,
        created BIGINT NOT NULL
    )""",
    "CREATE INDEX uploads_by_channel ON uploads (team, channel, created)",
)


@steps(name="0003_defaults_and_home")
def _defaults(db: Database) -> None:
    """The default store became one default of several; a person's own answers are listed by time."""
    db.execute("UPDATE preferences SET name = 'fact:marketplace' WHERE name = 'marketplace'")
    db.execute("CREATE INDEX answers_by_person ON answers (team, person, created)")


@steps(name="0004_digests")
def _digests(db: Database) -> None:
    """Digests that people want, and each one that was due."""
    for statement in _DIGESTS:
        db.execute(statement)


_DIGESTS = (
    # `document` is JSON; `next_due` in UTC; `claimed_by` names the process that is at it until `claimed_until`.
    """CREATE TABLE schedules (
        id TEXT NOT NULL PRIMARY KEY,
        team TEXT NOT NULL,
        owner TEXT NOT NULL,
        channel TEXT NOT NULL,
        about TEXT NOT NULL,
        document TEXT NOT NULL,
        paused TEXT NOT NULL,
        next_due BIGINT NOT NULL,
        claimed_by TEXT NOT NULL,
        claimed_until BIGINT NOT NULL,
        changed BIGINT NOT NULL
    )""",
    "CREATE INDEX schedules_by_due ON schedules (paused, next_due)",
    "CREATE INDEX schedules_by_team ON schedules (team, channel)",
    # The key is what makes a digest go out once: one row for each schedule and local date.
    """CREATE TABLE digest_runs (
        schedule TEXT NOT NULL,
        day TEXT NOT NULL,
        team TEXT NOT NULL,
        due BIGINT NOT NULL,
        state TEXT NOT NULL,
        late INTEGER NOT NULL,
        outbox TEXT NOT NULL,
        snapshot TEXT NOT NULL,
        reply TEXT NOT NULL,
        changed BIGINT NOT NULL,
        PRIMARY KEY (schedule, day)
    )""",
)


@steps(name="0005_claims")
def _claims(db: Database) -> None:
    """Processes that share the store, and who works on which thread."""
    for statement in _CLAIMS:
        db.execute(statement)


_CLAIMS = (
    # `turn` orders the work of a thread; `slow` is 1 where a process that is there to be quick should not take it;
    # `deaths` counts the processes that died while they held it.
    "ALTER TABLE work ADD COLUMN thread TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE work ADD COLUMN turn BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE work ADD COLUMN slow INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE work ADD COLUMN deaths INTEGER NOT NULL DEFAULT 0",
    # What an earlier version left: each in a thread of its own.
    "UPDATE work SET thread = key",
    "CREATE INDEX work_by_thread ON work (team, channel, thread, turn)",
    # Whoever beats is alive. `machine` and `process` let others on the same machine see at once that one is gone.
    """CREATE TABLE processes (
        name TEXT NOT NULL PRIMARY KEY,
        role TEXT NOT NULL,
        machine TEXT NOT NULL,
        process TEXT NOT NULL,
        beat BIGINT NOT NULL,
        started BIGINT NOT NULL
    )""",
    # A thread is worked on by one process at a time.
    """CREATE TABLE claims (
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        thread TEXT NOT NULL,
        holder TEXT NOT NULL,
        since BIGINT NOT NULL,
        PRIMARY KEY (team, channel, thread)
    )""",
    "CREATE INDEX claims_by_holder ON claims (holder)",
)


@steps(name="0006_installations")
def _installations(db: Database) -> None:
    """Tokens of workspaces, in our own table, which both databases have and which can be encrypted."""
    for statement in _INSTALLATIONS:
        db.execute(statement)
    for kind, table in (("installation", "slack_installations"), ("bot", "slack_bots")):
        if db.has_table(table):
            _move_installations(db, kind, table)
            db.execute(f"DROP TABLE {table}")
    db.execute("DROP TABLE IF EXISTS oauth_states")
    db.execute(_OAUTH_STATES)


_INSTALLATIONS = (
    # `kind` is bot (the workspace's token) or installation (who installed it); `document` is JSON, encrypted with a key.
    """CREATE TABLE installations (
        team TEXT NOT NULL,
        enterprise TEXT NOT NULL,
        client TEXT NOT NULL,
        kind TEXT NOT NULL,
        person TEXT NOT NULL,
        document TEXT NOT NULL,
        changed BIGINT NOT NULL,
        PRIMARY KEY (client, enterprise, team, kind, person)
    )""",
    "CREATE INDEX installations_by_team ON installations (team)",
)
_OAUTH_STATES = """CREATE TABLE oauth_states (
    state TEXT NOT NULL PRIMARY KEY,
    expires BIGINT NOT NULL
)"""


@steps(name="0007_asked_again")
def _asked_again(db: Database) -> None:
    """What it takes to ask a question again."""
    # `asked` is JSON: the day, the language, what the thread had said before, and what was answered; or empty.
    db.execute("ALTER TABLE answers ADD COLUMN asked TEXT NOT NULL DEFAULT ''")


@steps(name="0008_policy_watch")
def _policy_watch(db: Database) -> None:
    """Answers whose rule is watched for changes."""
    for statement in _POLICY_WATCH:
        db.execute(statement)


_POLICY_WATCH = (
    # The last answer of each page in a thread. `claimed_by` names the process that is at it until `claimed_until`.
    """CREATE TABLE watched (
        team TEXT NOT NULL,
        channel TEXT NOT NULL,
        thread TEXT NOT NULL,
        page TEXT NOT NULL,
        enterprise TEXT NOT NULL,
        person TEXT NOT NULL,
        zone TEXT NOT NULL,
        answer TEXT NOT NULL,
        work TEXT NOT NULL,
        told TEXT NOT NULL,
        mark TEXT NOT NULL,
        reply TEXT NOT NULL,
        pending TEXT NOT NULL,
        created BIGINT NOT NULL,
        claimed_by TEXT NOT NULL,
        claimed_until BIGINT NOT NULL,
        PRIMARY KEY (team, channel, thread, page)
    )""",
    "CREATE INDEX watched_by_mark ON watched (page, zone, mark)",
)


@steps(name="0009_departures")
def _departures(db: Database) -> None:
    """Workspaces that removed the bot, until what is kept of them is deleted."""
    db.execute(_DEPARTURES)


_DEPARTURES = """CREATE TABLE departures (
    team TEXT NOT NULL PRIMARY KEY,
    departed BIGINT NOT NULL
)"""


def _move_installations(db: Database, kind: str, table: str) -> None:
    """What slack_sdk kept in a file of an earlier version; of each workspace the newest row counts."""
    for row in db.query(f"SELECT * FROM {table} ORDER BY id"):
        document = {name: value for name, value in row.items() if name not in ("id", "client_id")}
        db.execute(
            "INSERT INTO installations (team, enterprise, client, kind, person, document, changed)"
            " VALUES (:team, :enterprise, :client, :kind, :person, :document, :id)"
            " ON CONFLICT (client, enterprise, team, kind, person) DO UPDATE SET document = excluded.document,"
            " changed = excluded.changed",
            {
                "team": row["team_id"] or "",
                "enterprise": row["enterprise_id"] or "",
                "client": row["client_id"],
                "kind": kind,
                "person": row.get("user_id") or "",
                "document": json.dumps(document),
                "id": row["id"],
            },
        )
