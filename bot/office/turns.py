"""What was said in a thread and what came of it, kept so that it can be asked again after the content was edited."""

from __future__ import annotations

from collections.abc import Sequence

from bot.answering.answer import Answer
from bot.conversation import OpenedPage, PickedFacts, Thread, Turn
from bot.desk import Asker
from bot.office.masking import masked
from bot.office.memory import Turns
from bot.office.work import Asked, Opened, Told, Work
from bot.replay import Recorded, said_of, to_line
from bot.rulebook.values import value_to_text

MOST_TURNS = 20
"""The turns of a longer thread are not kept."""


def with_turn(before: Turns, work: Work, thread: Thread, answered: Answer | None) -> Turns:
    """The turns of a thread and what `work` adds to them; `thread` is what it remembered before, `answered` the answer whose
    buttons were pressed. None where they cannot be told again."""
    if before is None or len(before) == MOST_TURNS:
        return None
    turn = _turn(work.task, thread, answered)
    return None if turn is None else (*before, turn)


def _turn(task: object, thread: Thread, answered: Answer | None) -> Turn | None:
    if isinstance(task, Asked):
        return masked(task.text)
    if isinstance(task, Opened):
        return OpenedPage(task.page)
    if isinstance(task, Told) and answered is not None:
        # Under an older answer the thread goes back to it, which no turn says.
        page = answered.own_case.page if answered.own_case else answered.page
        return PickedFacts(task.values) if thread.page == page else None
    return None


def record_of(turns: Sequence[Turn], asker: Asker, answers: Sequence[Answer]) -> str:
    """What `sellerbot replay` needs to ask again."""
    # A page that was opened first is shown in the language of the message that offered it.
    language = asker.language if isinstance(turns[0], str) else answers[0].language
    defaults = {name: value_to_text(known.value) for name, known in asker.facts.items()}
    return to_line(Recorded(tuple(turns), asker.today, language, said_of(answers), defaults))
