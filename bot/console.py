"""A conversation in the terminal: one thread, kept until /new."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

from bot.answering.answer import Answer
from bot.answering.render import Style, many_to_text
from bot.conversation import Thread
from bot.desk import Asker, Desk, Reply
from bot.rulebook.parsing import BadValue, parse_value

HELP = """\
Ask in English or Chinese; follow up freely, facts are kept. A number picks a choice that was offered.
  /new          forget this thread
  /as-of DAY    answer with the rules of that day (/as-of alone: of today)
  /facts        what this thread remembers
  /help  /quit
用中文或英文提问，可以直接追问，说过的事实会记住；输入编号即可选择选项。"""

Print = Callable[[str], None]


@dataclass
class Console:
    """Reads lines, prints answers. `handle` is one line; it returns False when the talk is over."""

    desk: Desk
    asker: Asker
    style: Style
    write: Print
    thread: Thread = field(default_factory=Thread)
    offered: tuple[tuple[str, str], ...] = ()
    """What a number picks: ("page", id) or ("fact", value)."""

    def handle(self, line: str) -> bool:
        line = line.strip()
        if line in ("/quit", "/exit", "/q"):
            return False
        if line.startswith("/"):
            self._command(line)
        elif line.isdigit() and 1 <= int(line) <= len(self.offered):
            self._show(self._pick(int(line)))
        elif line:
            self._show(self.desk.ask(line, self.asker, self.thread))
        return True

    def _command(self, line: str) -> None:
        name, _, rest = line.partition(" ")
        if name == "/new":
            self.thread, self.offered = Thread(), ()
            self.write("New thread. 新话题。")
        elif name == "/as-of":
            self._as_of(rest.strip())
        elif name == "/facts":
            known = [f"{fact} = {value.value} ({value.origin})" for fact, value in self.thread.facts.items()]
            self.write("\n".join(known) or "Nothing yet. 暂无。")
        else:
            self.write(HELP)

    def _as_of(self, text: str) -> None:
        try:
            day = date.fromisoformat(text) if text else None
        except ValueError:
            self.write(f"{text!r} is not a day such as 2026-03-31.")
            return
        self.asker = replace(self.asker, as_of=day)
        self.write(f"Rules of {day or 'today'}.")

    def _pick(self, number: int) -> Reply:
        kind, value = self.offered[number - 1]
        if kind == "page":
            return self.desk.open(value, self.asker, self.thread)
        fact = self.desk.book.facts[self.thread.asked or ""]
        try:
            return self.desk.tell({fact.id: parse_value(fact, value, self.desk.book)}, self.asker, self.thread)
        except BadValue:
            return self.desk.ask(value, self.asker, self.thread)

    def _show(self, reply: Reply) -> None:
        self.thread = reply.thread
        self.write(many_to_text(reply.answers, self.style))
        self.offered = _offers(reply.answers[-1])
        labels = _labels(reply.answers[-1])
        if self.offered:
            self.write("\n" + "\n".join(f"  {number}. {label}" for number, label in enumerate(labels, 1)))


def _offers(answer: Answer) -> tuple[tuple[str, str], ...]:
    if answer.asks:
        return tuple(("fact", choice.value) for choice in answer.asks[0].choices)
    return tuple(("page", pointer.page) for pointer in answer.suggestions)


def _labels(answer: Answer) -> tuple[str, ...]:
    if answer.asks:
        return tuple(choice.label for choice in answer.asks[0].choices)
    return tuple(pointer.text for pointer in answer.suggestions)
