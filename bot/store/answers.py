"""Answers that were given, the facts picked under them, and what people thought of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.store.connection import Database


@dataclass(frozen=True)
class Row:
    """An answer as it was given; `document` is JSON."""

    id: str
    team: str
    channel: str
    thread: str
    person: str
    question: str
    document: str


@dataclass(frozen=True)
class Pick:
    """A fact that somebody picked under an answer."""

    fact: str
    value: str
    person: str


class _PickedMeanwhileError(Exception):
    """Another process was faster."""


@dataclass(frozen=True)
class Recent:
    """An answer that somebody got, without the answer itself."""

    id: str
    question: str
    created: int


@dataclass(frozen=True)
class Answers:
    db: Database
    clock: Callable[[], int]

    def save(self, row: Row) -> None:
        self.db.execute(
            "INSERT INTO answers (id, team, channel, thread, person, question, document, created)"
            " VALUES (:id, :team, :channel, :thread, :person, :question, :document, :now) ON CONFLICT (id) DO NOTHING",
            {**vars(row), "now": self.clock()},
        )

    def load(self, team: str, answer: str) -> Row | None:
        """An answer of this workspace; None where there is none (or no longer)."""
        rows = self.db.query(
            "SELECT id, team, channel, thread, person, question, document FROM answers WHERE id = :id AND team = :team",
            {"id": answer, "team": team},
        )
        return next((Row(**row) for row in rows), None)

    def recent(self, team: str, person: str, limit: int) -> tuple[Recent, ...]:
        """The last answers that a person got, the newest first."""
        rows = self.db.query(
            "SELECT id, question, created FROM answers WHERE team = :team AND person = :person"
            " ORDER BY created DESC, id LIMIT :limit",
            {"team": team, "person": person, "limit": limit},
        )
        return tuple(Recent(**row) for row in rows)

    def pick(self, team: str, answer: str, values: Mapping[str, str], person: str) -> tuple[Pick, ...]:
        """Keeps what somebody picked, and returns nothing; or keeps nothing, and returns what was picked before."""
        try:
            with self.db.atomic():
                before = self._picked(answer, values)
                if before:
                    return before
                for fact, value in values.items():
                    self._pick(team, answer, fact, value, person)
                return ()
        except _PickedMeanwhileError:
            return self._picked(answer, values)

    def _picked(self, answer: str, values: Mapping[str, str]) -> tuple[Pick, ...]:
        return tuple(pick for pick in self.picks(answer) if pick.fact in values)

    def _pick(self, team: str, answer: str, fact: str, value: str, person: str) -> None:
        kept = self.db.execute(
            "INSERT INTO picks (answer, fact, team, person, value, created)"
            " VALUES (:answer, :fact, :team, :person, :value, :now) ON CONFLICT (answer, fact) DO NOTHING",
            {"answer": answer, "fact": fact, "team": team, "person": person, "value": value, "now": self.clock()},
        )
        if kept.rowcount != 1:
            raise _PickedMeanwhileError

    def picks(self, answer: str) -> tuple[Pick, ...]:
        rows = self.db.query(
            "SELECT fact, value, person FROM picks WHERE answer = :answer ORDER BY created, fact", {"answer": answer}
        )
        return tuple(Pick(**row) for row in rows)

    def judge(self, team: str, answer: str, person: str, verdict: str, reason: str = "", comment: str = "") -> None:
        """Keeps one person's opinion of an answer; a later one replaces it."""
        self.db.execute(
            "INSERT INTO feedback (answer, person, team, verdict, reason, comment, changed)"
            " VALUES (:answer, :person, :team, :verdict, :reason, :comment, :now)"
            " ON CONFLICT (answer, person) DO UPDATE SET verdict = excluded.verdict, reason = excluded.reason,"
            " comment = excluded.comment, changed = excluded.changed",
            {
                "answer": answer,
                "person": person,
                "team": team,
                "verdict": verdict,
                "reason": reason,
                "comment": comment,
                "now": self.clock(),
            },
        )

    def opinions(self, team: str) -> tuple[tuple[str, str, str, str, str], ...]:
        """(answer, person, verdict, reason, comment) of a workspace, the newest first."""
        rows = self.db.execute(
            "SELECT answer, person, verdict, reason, comment FROM feedback WHERE team = :team ORDER BY changed DESC, answer",
            {"team": team},
        )
        return tuple(tuple(row) for row in rows.fetchall())

    def gap(self, team: str, answer: str, question: str, language: str, nearest: str) -> None:
        """Keeps a question that had no answer; `nearest` is the page that came closest, or empty."""
        self.db.execute(
            "INSERT INTO gaps (answer, team, question, language, nearest, created)"
            " VALUES (:answer, :team, :question, :language, :nearest, :now) ON CONFLICT (answer) DO NOTHING",
            {
                "answer": answer,
                "team": team,
                "question": question,
                "language": language,
                "nearest": nearest,
                "now": self.clock(),
            },
        )

    def gaps(self, team: str) -> tuple[tuple[str, str, str], ...]:
        """(question, language, nearest page) of a workspace, the newest first."""
        rows = self.db.execute(
            "SELECT question, language, nearest FROM gaps WHERE team = :team ORDER BY created DESC, answer", {"team": team}
        )
        return tuple(tuple(row) for row in rows.fetchall())

    def lacking(self, since: int) -> tuple[tuple[str, str, str], ...]:
        """(team, question, why) of all workspaces since a moment, the oldest first: questions that had no answer (why is
        empty), and those whose answer somebody disliked, once for each reason."""
        rows = self.db.execute(
            "SELECT team, question, why FROM ("
            "SELECT team, question, '' AS why, created, answer FROM gaps WHERE created >= :since"
            " UNION ALL SELECT answers.team, answers.question, feedback.reason, feedback.changed, feedback.answer"
            " FROM feedback JOIN answers ON answers.team = feedback.team"
            " AND answers.id = substr(feedback.answer, 1, length(answers.id))"
            " WHERE feedback.verdict = 'down' AND feedback.changed >= :since) AS kept ORDER BY created, answer, why",
            {"since": since},
        )
        return tuple(tuple(row) for row in rows.fetchall())

    def hand_over(self, team: str, answer: str, person: str, target: str) -> bool:
        """Notes that a question goes to a person; False where it went before."""
        kept = self.db.execute(
            "INSERT INTO handovers (answer, team, person, target, created)"
            " VALUES (:answer, :team, :person, :target, :now) ON CONFLICT (answer) DO NOTHING",
            {"answer": answer, "team": team, "person": person, "target": target, "now": self.clock()},
        )
        return bool(kept.rowcount == 1)

    def take_back_hand_over(self, team: str, answer: str) -> None:
        """The person could not be told: the question may be handed over again."""
        self.db.execute("DELETE FROM handovers WHERE answer = :answer AND team = :team", {"answer": answer, "team": team})
