"""Slack's mrkdwn as HTML, with Slack's own rules about where a marker counts.

A marker works only where a word begins or ends, and Chinese letters and full-width punctuation are parts of words:
`这是*粗体*文字` shows its asterisks, here as there. All text is escaped; only links that lead to the web, to mail or to
a telephone become links.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from bot.sandbox.page import emojis
from bot.sandbox.page.reader import Reader
from bot.sandbox.wire import unescape

# What is finished stands in the text as one character of a private plane until everything else is done.
_FIRST = 0xF0000
_HELD = re.compile("[\U000f0000-\U000ffffd]")
_PRIVATE = re.compile("[\U000f0000-\U0010fffd]")
_EDGE = r"\s\u200b!-/:-@\[-`{-~\U000f0000-\U000ffffd\U0001f000-\U0001faff\u2190-\u2bff\ufe0f"
_FENCE = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_CODE = re.compile(r"`([^`\n]+)`")
_CONTROL = re.compile(r"<([^<>\n]+)>")
_BARE_URL = re.compile(r"(?:https?://|mailto:)[^\s<>|`\U000f0000-\U000ffffd]+")
_STYLES = tuple(
    (tag, re.compile(rf"(?<![^{_EDGE}])\{mark}(?![\s\u200b])([^{mark}\n]+?)(?<![\s\u200b])\{mark}(?![^{_EDGE}])"))
    for mark, tag in (("*", "b"), ("_", "i"), ("~", "s"))
)
_SAFE_URL = re.compile(r"(?:https?://|mailto:|tel:|slack://)", re.IGNORECASE)
_QUOTE = re.compile(r"(?:&gt;|>) ?")
_QUOTE_ALL = re.compile(r"(?:&gt;|>){3} ?")


def plain(text: str, *, emoji: bool = True) -> Markup:
    """A plain_text object's text: escaped, with emoji names replaced unless `emoji` is off."""
    return escape(emojis.replaced(text) if emoji else text)


def link(url: str, label: str | Markup | None = None) -> Markup:
    """A link that opens beside the page, or only its text where the address is none that may be followed."""
    shown = label if label else url
    if not _SAFE_URL.match(url):
        return escape(shown)
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, shown)


def mention(user_id: str, reader: Reader) -> Markup:
    own = " me" if user_id == reader.user else ""
    return Markup('<span class="mention{}" data-user="{}">@{}</span>').format(
        own, user_id, reader.people.get(user_id, user_id)
    )


def channel_mention(channel_id: str, reader: Reader, label: str = "") -> Markup:
    name = reader.channels.get(channel_id) or label or channel_id
    return Markup('<span class="mention">#{}</span>').format(name)


def broadcast(name: str) -> Markup:
    return Markup('<span class="mention me">@{}</span>').format(name)


def date(stamp: str, reader: Reader, tokens: str, fallback: str, url: str = "") -> Markup:
    """A date in the reader's own zone, or its fallback where the time can't be read."""
    try:
        shown = Markup('<time title="{}">{}</time>').format(
            reader.moment(float(stamp)), reader.date_tokens(float(stamp), tokens)
        )
    except (ValueError, OverflowError, OSError):
        return escape(fallback)
    return link(url, shown) if url else shown


def mrkdwn(text: str, reader: Reader, *, verbatim: bool = False) -> Markup:
    """A mrkdwn text as HTML. `verbatim`: bare addresses are left alone."""
    return _Text(reader, verbatim=verbatim).blocks(_PRIVATE.sub("", text))


class _Text:
    """One text on its way: what is finished is held aside, so that nothing is read twice."""

    def __init__(self, reader: Reader, *, verbatim: bool) -> None:
        self._reader = reader
        self._verbatim = verbatim
        self._held: list[Markup] = []

    def blocks(self, text: str) -> Markup:
        parts: list[Markup] = []
        last = 0
        for fence in _FENCE.finditer(text):
            parts += [self._lines(text[last : fence.start()].removesuffix("\n")), self._preformatted(fence.group(1))]
            last = fence.end()
        rest = text[last:]
        parts.append(self._lines(rest.removeprefix("\n") if last else rest))
        return Markup("").join(parts)

    def _preformatted(self, text: str) -> Markup:
        return Markup("<pre>{}</pre>").format(unescape(_CONTROL.sub(lambda found: _label(found.group(1)), text)))

    def _lines(self, text: str) -> Markup:
        if not text:
            return Markup("")
        parts: list[Markup] = []
        run: list[str] = []
        quoted = False

        def flush() -> None:
            if run:
                inline = self.inline("\n".join(run))
                parts.append(Markup("<blockquote>{}</blockquote>").format(inline) if quoted else inline)
                run.clear()

        lines = text.split("\n")
        for index, line in enumerate(lines):
            everything = _QUOTE_ALL.match(line)
            found = everything or _QUOTE.match(line)
            if bool(found) != quoted:
                flush()
                quoted = bool(found)
            if everything:
                run = [line[everything.end() :], *lines[index + 1 :]]
                break
            run.append(line[found.end() :] if found else line)
        flush()
        return Markup("").join(parts)

    def inline(self, text: str) -> Markup:
        text = _CODE.sub(lambda found: self._hold(Markup("<code>{}</code>").format(unescape(found.group(1)))), text)
        text = _CONTROL.sub(lambda found: self._hold(self._control(found)), text)
        if not self._verbatim:
            text = _BARE_URL.sub(self._bare, text)
        text = emojis.NAME.sub(self._emoji, text)
        for tag, pattern in _STYLES:
            text = pattern.sub(lambda found, tag=tag: self._styled(tag, found), text)  # type: ignore[misc]
        shown = escape(unescape(text)).replace("\n", Markup("<br>"))
        # What was written is escaped by now, and what was held aside is markup already.
        return Markup(_HELD.sub(lambda found: str(self._held[ord(found.group()) - _FIRST]), str(shown)))  # noqa: S704

    def _hold(self, done: Markup) -> str:
        self._held.append(done)
        return chr(_FIRST + len(self._held) - 1)

    def _emoji(self, found: re.Match[str]) -> str:
        known = emojis.symbol(found.group(1))
        if known is None:
            return found.group()
        return self._hold(Markup('<span class="emoji" title=":{}:">{}</span>').format(found.group(1), known))

    def _bare(self, found: re.Match[str]) -> str:
        url = found.group().rstrip(".,;:!?)'\"*_~")
        return self._hold(link(unescape(url), unescape(url.removeprefix("mailto:")))) + found.group()[len(url) :]

    def _styled(self, tag: str, found: re.Match[str]) -> str:
        inner = found.group(1)
        opened = 0
        for held in _HELD.finditer(inner):
            piece = str(self._held[ord(held.group()) - _FIRST])
            opened += {"<b>": 1, "<i>": 1, "<s>": 1, "</b>": -1, "</i>": -1, "</s>": -1}.get(piece, 0)
            if opened < 0:
                return found.group()
        if opened:
            return found.group()
        return f"{self._hold(Markup('<{}>').format(tag))}{inner}{self._hold(Markup('</{}>').format(tag))}"

    def _control(self, found: re.Match[str]) -> Markup:
        target, _, label = found.group(1).partition("|")
        label = unescape(label)
        if target.startswith("@"):
            return mention(target[1:], self._reader)
        if target.startswith("#"):
            return channel_mention(target[1:], self._reader, label)
        if target.startswith("!date^"):
            stamp, _, rest = target.removeprefix("!date^").partition("^")
            tokens, _, url = rest.partition("^")
            return date(stamp, self._reader, tokens, label, url)
        if target.startswith("!subteam^"):
            return broadcast(label.removeprefix("@") or target.removeprefix("!subteam^"))
        if target.startswith("!"):
            return broadcast(target[1:])
        if _SAFE_URL.match(target):
            return link(unescape(target), label or unescape(target).removeprefix("mailto:"))
        return escape(unescape(found.group()))


def _label(control: str) -> str:
    target, _, label = control.partition("|")
    return label or target
