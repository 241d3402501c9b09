"""Uploaded reports: description, cleaned rows and what was found, each upload one row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from bot.store.connection import Database


@dataclass(frozen=True)
class Upload:
    """A report as it is kept. `source` is the file that it came from, `cases` and `description` are JSON, `rows` Parquet."""

    id: str
    team: str
    channel: str
    person: str
    source: str
    format: str
    description: str
    rows: bytes
    cases: str


@dataclass(frozen=True)
class Listed:
    """An upload without its rows."""

    id: str
    channel: str
    person: str
    source: str
    format: str
    description: str
    cases: str
    shared: bool
    created: int


@dataclass(frozen=True)
class Uploads:
    """Uploads belong to the channel that they were uploaded in; shared ones are seen in all channels of the workspace."""

    db: Database
    clock: Callable[[], int]

    def save(self, uploads: Iterable[Upload]) -> None:
        """Keeps reports; what the same file gave before, in the same channel, goes."""
        found = tuple(uploads)
        for team, channel, source in {(one.team, one.channel, one.source) for one in found}:
            self.db.execute(
                "DELETE FROM uploads WHERE team = :team AND channel = :channel AND source = :source",
                {"team": team, "channel": channel, "source": source},
            )
        for one in found:
            self.db.execute(
                "INSERT INTO uploads (id, team, channel, person, source, format, description, content, cases, shared,"
                " created) VALUES (:id, :team, :channel, :person, :source, :format, :description, :rows, :cases, 0, :now)",
                {**vars(one), "now": self.clock()},
            )

    def seen_from(self, team: str, channel: str) -> tuple[Listed, ...]:
        """What may be used in a channel, the newest first."""
        return self._listed("(channel = :channel OR shared = 1)", {"team": team, "channel": channel})

    def channels(self, team: str) -> frozenset[str]:
        """Where uploads were made that are not shared, direct messages included."""
        rows = self.db.execute("SELECT DISTINCT channel FROM uploads WHERE team = :team AND shared = 0", {"team": team})
        return frozenset(channel for (channel,) in rows.fetchall())

    def seen_by(self, team: str, person: str, channels: Collection[str]) -> tuple[Listed, ...]:
        """What a person sees wherever they are: shared uploads, their own in direct messages, and those of `channels`.

        The newest first.
        """
        names = {f"channel_{number}": channel for number, channel in enumerate(sorted(channels))}
        inside = f" OR channel IN ({', '.join(f':{name}' for name in names)})" if names else ""
        own = "(person = :person AND substr(channel, 1, 1) = 'D')"
        return self._listed(f"(shared = 1 OR {own}{inside})", {"team": team, "person": person, **names})

    def of_team(self, team: str) -> tuple[tuple[str, str], ...]:
        """(id, format) of all uploads of a workspace, the oldest first."""
        rows = self.db.execute("SELECT id, format FROM uploads WHERE team = :team ORDER BY created, id", {"team": team})
        return tuple((upload, report) for upload, report in rows.fetchall())

    def _listed(self, which: str, values: dict[str, str]) -> tuple[Listed, ...]:
        rows = self.db.execute(
            "SELECT id, channel, person, source, format, description, cases, shared, created FROM uploads"
            f" WHERE team = :team AND {which} ORDER BY created DESC, id",
            values,
        )
        return tuple(
            Listed(upload, channel_of, person, source, name, description, cases, bool(shared), created)
            for upload, channel_of, person, source, name, description, cases, shared, created in rows.fetchall()
        )

    def content(self, team: str, upload: str) -> bytes | None:
        """The cleaned rows of an upload; None where it is gone."""
        row = self.db.execute(
            "SELECT content FROM uploads WHERE id = :id AND team = :team", {"id": upload, "team": team}
        ).fetchone()
        return row[0] if row else None

    def delete(self, team: str, upload: str) -> None:
        self.db.execute("DELETE FROM uploads WHERE id = :id AND team = :team", {"id": upload, "team": team})

    def share(self, team: str, upload: str, shared: bool) -> None:
        """Shows an upload in all channels of its workspace, or in its own alone."""
        self.db.execute(
            "UPDATE uploads SET shared = :shared WHERE id = :id AND team = :team",
            {"id": upload, "team": team, "shared": int(shared)},
        )
