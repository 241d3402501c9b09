"""Installations: tokens of workspaces, encrypted where there is a key, and installations under way."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bot.store.connection import Database
from bot.store.seal import Seal

Kind = Literal["bot", "installation"]
"""The token of a workspace, or who installed the bot there."""


@dataclass(frozen=True)
class Installs:
    """`client` is the Slack app that was installed; documents are JSON text."""

    db: Database
    clock: Callable[[], int]
    seal: Seal

    def save(self, client: str, enterprise: str, team: str, kind: Kind, person: str, document: str) -> None:
        self.db.execute(
            "INSERT INTO installations (team, enterprise, client, kind, person, document, changed)"
            " VALUES (:team, :enterprise, :client, :kind, :person, :document, :now)"
            " ON CONFLICT (client, enterprise, team, kind, person) DO UPDATE SET document = excluded.document,"
            " changed = excluded.changed",
            {
                "team": team,
                "enterprise": enterprise,
                "client": client,
                "kind": kind,
                "person": person,
                "document": self.seal.close(document),
                "now": self.clock(),
            },
        )

    def find(self, client: str, enterprise: str, team: str, kind: Kind, person: str | None = None) -> str | None:
        """The newest document of that kind, of this person if one is named."""
        row = self.db.execute(
            "SELECT document FROM installations WHERE client = :client AND enterprise = :enterprise AND team = :team"
            " AND kind = :kind AND (:anybody = 1 OR person = :person) ORDER BY changed DESC, person LIMIT 1",
            {
                "client": client,
                "enterprise": enterprise,
                "team": team,
                "kind": kind,
                "anybody": int(person is None),
                "person": person or "",
            },
        ).fetchone()
        return self.seal.open(row[0]) if row else None

    def delete(self, client: str, enterprise: str, team: str, kind: Kind, person: str | None = None) -> None:
        self.db.execute(
            "DELETE FROM installations WHERE client = :client AND enterprise = :enterprise AND team = :team"
            " AND kind = :kind AND (:anybody = 1 OR person = :person)",
            {
                "client": client,
                "enterprise": enterprise,
                "team": team,
                "kind": kind,
                "anybody": int(person is None),
                "person": person or "",
            },
        )

    def reseal(self) -> int:
        """Encrypts with the key in use what is not; how much that was.

        Raises `StoreError`, and changes nothing, where something cannot be read with the keys that there are.
        """
        changed = 0
        with self.db.atomic():
            rows = self.db.execute("SELECT client, enterprise, team, kind, person, document FROM installations").fetchall()
            for client, enterprise, team, kind, person, document in rows:
                if not self.seal.is_in_use(document):
                    # A token that a running process exchanged meanwhile is newer than this one, which is good no longer.
                    changed += self.db.execute(
                        "UPDATE installations SET document = :document WHERE client = :client AND enterprise = :enterprise"
                        " AND team = :team AND kind = :kind AND person = :person AND document = :before",
                        {
                            "client": client,
                            "enterprise": enterprise,
                            "team": team,
                            "kind": kind,
                            "person": person,
                            "document": self.seal.close(self.seal.open(document)),
                            "before": document,
                        },
                    ).rowcount
        return changed

    # ------------------------------------------------------------ under way

    def begin(self, seconds: int) -> str:
        """A word that whoever goes to Slack to install takes along, and has to bring back within `seconds`."""
        state = secrets.token_urlsafe(24)
        with self.db.atomic():
            self.db.execute("DELETE FROM oauth_states WHERE expires < :now", {"now": self.clock()})
            self.db.execute(
                "INSERT INTO oauth_states (state, expires) VALUES (:state, :expires)",
                {"state": state, "expires": self.clock() + seconds},
            )
        return state

    def finish(self, state: str) -> bool:
        """Whether that word was given out, and not too long ago; it is good once."""
        used = self.db.execute(
            "DELETE FROM oauth_states WHERE state = :state AND expires >= :now", {"state": state, "now": self.clock()}
        )
        return bool(used.rowcount == 1)
