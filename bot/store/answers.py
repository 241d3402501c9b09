"""Answers that were given, the facts picked under them, and what people thought of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bot.store.connection import Database


@dataclass(frozen=True)
class Row:
    """An answer as it was given; `document` is JSON, and so is `asked`: what it takes to ask again, or empty."""

    id: str
    team: str
    channel: str
    thread: str
    person: str
    question: str
    document: str
    asked: str = ""


@dataclass(frozen=True)
class Pick:
    """A fact that somebody picked under an answer."""

    fact: str
    value: str
    person: str


_MESSAGE = "rtrim(rtrim({}.answer, '0123456789'), '.')"
"""The id of the message in which an answer was given, from the answer's own, which is that and a number."""


_FOREVER = 2**62


class _PickedMeanwhileError(Exception):
    """Another process was faster."""


@dataclass(frozen=True)
class Recent:
    """An answer that somebody got, without the answer itself."""

    id: str
    question: str
    created: int


@dataclass(frozen=True)
class Lacking:
    """A question without an answer (`why` is empty), or one whose answer somebody disliked: one for each such reason.

    `answer` is the id of the message that answered, `asked` what it takes to ask again, or empty.
    """

    team: str
    answer: str
    question: str
    why: str
    asked: str


@dataclass(frozen=True)
class Answers:
    db: Database
    clock: Callable[[], int]

    def save(self, row: Row) -> None:
        self.db.execute(
            "INSERT INTO answers (id, team, channel, thread, person, question, document, asked, created)"
            " VALUES (:id, :team, :channel, :thread, :person, :question, :document, :asked, :now)"
            " ON CONFLICT (id) DO NOTHING",
            {**vars(row), "now": self.clock()},
        )

    def load(self, team: str, answer: str) -> Row | None:
        """An answer of this workspace; None where there is none (or no longer)."""
        rows = self.db.query(
            "SELECT id, team, channel, thread, person, question, document, asked FROM answers"
            " WHERE id = :id AND team = :team",
            {"id": answer, "team": team},
        )
        return next((Row(**row) for row in rows), None)

    def recent(self, team: str, person: str, limit: int) -> tuple[Recent, ...]:
        """The last answers to questions of a person, the newest first; of one question the last."""
        rows = self.db.query(
            "SELECT id, question, created FROM answers WHERE team = :team AND person = :person AND question <> ''"
            " AND NOT EXISTS (SELECT 1 FROM answers AS later WHERE later.team = answers.team"
            " AND later.person = answers.person AND later.created > answers.created AND later.question = answers.question)"
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

    def lacking(self, since: int, until: int | None = None, team: str = "") -> tuple[Lacking, ...]:
        """What had no answer or a disliked one from `since` on, before `until`, the oldest first; `team` empty: of all."""
        rows = self.db.query(
            "SELECT team, answer, question, why, asked FROM ("
            f"SELECT gaps.team, {_MESSAGE.format('gaps')} AS answer, gaps.question, '' AS why,"
            " COALESCE(answers.asked, '') AS asked, gaps.created, gaps.answer AS ref"
            f" FROM gaps LEFT JOIN answers ON answers.team = gaps.team AND answers.id = {_MESSAGE.format('gaps')}"
            " UNION ALL SELECT answers.team, answers.id, answers.question, feedback.reason, answers.asked, feedback.changed,"
            " feedback.answer FROM feedback"
            f" JOIN answers ON answers.team = feedback.team AND answers.id = {_MESSAGE.format('feedback')}"
            " WHERE feedback.verdict = 'down' AND answers.question <> '') AS kept"
            " WHERE created >= :since AND created < :until AND (:team = '' OR team = :team)"
            " ORDER BY created, ref, why",
            {"since": since, "until": _FOREVER if until is None else until, "team": team},
        )
        return tuple(Lacking(**row) for row in rows)

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
