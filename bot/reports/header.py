"""Which report a table is: by its headings, never by the name of its file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from rapidfuzz import fuzz

from bot.reports.report import LEFT_OUT, Meaning
from bot.rulebook.report_models import Column, ReportFormat

SEARCHED_LINES = 30
"""Templates hide the header under metadata; it is looked for in so many lines."""
_LOOSE = 80.0
"""Similarity (0 to 100) from which a heading of a seller's own table is taken for a known one."""
_LETTERS = re.compile(r"[^\W\d_]")
_JOINERS = re.compile(r"[\s_\-‐-―]+")


def plain(heading: str) -> str:
    """A heading for comparison: no marks or case, `_`, `-` and blank alike."""
    text = unicodedata.normalize("NFKC", heading).strip().strip("\ufeff\"'").lower()
    return _JOINERS.sub("-", text).strip("-")


@dataclass(frozen=True)
class Match:
    """Where a format's columns stand in a table."""

    format: ReportFormat
    places: Mapping[str, tuple[int, ...]]
    """Canonical column -> positions (several only for columns that are added up)."""
    guessed: frozenset[str] = frozenset()
    """Columns whose heading was only similar."""
    missed: tuple[int, ...] = ()
    """Positions of headings that are no column: neither personal nor known not to be needed."""
    settled: frozenset[int] = frozenset()
    """Positions of headings of which a person said what they are."""

    @property
    def weight(self) -> tuple[bool, int, int, int]:
        """The greater, the surer."""
        return (
            self.format.kind != "sheet",
            len(self.format.signature),
            len(self.places) - len(self.guessed),
            len(self.places),
        )

    @property
    def fullness(self) -> tuple[bool, int]:
        """The greater, the more of a report a table of its own is; for tables with different headings."""
        return self.format.kind != "sheet", len(self.places) - len(self.guessed)


@dataclass(frozen=True)
class _Headings:
    """All headings under which a format's columns are known."""

    format: ReportFormat
    exact: Mapping[str, Column] = field(default_factory=dict)
    patterns: tuple[tuple[re.Pattern[str], Column], ...] = ()
    known: tuple[re.Pattern[str], ...] = ()
    personal: frozenset[str] = frozenset()
    """Headings whose cells are never kept, whatever a person says they are."""
    personal_patterns: tuple[re.Pattern[str], ...] = ()

    def is_personal(self, text: str) -> bool:
        return text in self.personal or any(pattern.fullmatch(text) for pattern in self.personal_patterns)

    def is_known(self, text: str) -> bool:
        """Whether a heading belongs to the format and is not needed."""
        return any(pattern.fullmatch(text) for pattern in self.known)


def _headings(report: ReportFormat, personal: Sequence[str]) -> _Headings:
    exact: dict[str, Column] = {}
    patterns = []
    for column in report.columns:
        for heading in (column.name, *column.also):
            text = plain(heading)
            if "*" in text:
                patterns.append((_wild(text), column))
            else:
                exact.setdefault(text.replace("?", ""), column)
    known = tuple(_wild(plain(heading)) for heading in (*report.known, *report.dropped))
    never = frozenset(map(plain, (*report.dropped, *personal))) - exact.keys()
    wild = tuple(_wild(text) for text in never if "*" in text)
    return _Headings(report, exact, tuple(patterns), known, never, wild)


def _wild(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in text.split("*")))


@dataclass(frozen=True)
class Recogniser:
    """Knows the headings of all formats."""

    formats: tuple[ReportFormat, ...]

    @cached_property
    def _all(self) -> tuple[_Headings, ...]:
        # What is personal in a report of Amazon's is so in every file; words of own tables ("name") may be other things.
        personal = [heading for report in self.formats if report.kind != "sheet" for heading in report.dropped]
        return tuple(_headings(report, personal) for report in self.formats if report.document == "table")

    @cached_property
    def foreign(self) -> frozenset[str]:
        """All known headings that are not ASCII, in small letters."""
        return frozenset(
            heading.lower()
            for report in self.formats
            for column in report.columns
            for heading in column.also
            if not heading.isascii()
        )

    def find(
        self, lines: Sequence[Sequence[str]], wanted: str | None = None, told: Sequence[Meaning] = ()
    ) -> tuple[int, Match] | None:
        """The line that is the header, and what it means; of several that could be, the surest and then the first.

        `wanted` is a format id that a person named; `told` is what they said of headings. Headings of own tables are
        matched loosely only where nothing fits exactly.
        """
        texts = [[plain(cell) for cell in cells] for cells in lines[:SEARCHED_LINES]]
        for loosely in (False, True):
            best: tuple[int, Match] | None = None
            for number, cells in enumerate(texts):
                match = self._match(cells, wanted, told, loosely=loosely) if any(cells) else None
                if match is None:
                    continue
                # A line of labels stands right above the names that count; a repeated header further down is no header.
                follows = best is not None and number == best[0] + 1 and match.weight == best[1].weight
                if best is None or follows or match.weight > best[1].weight:
                    best = number, match
            if best is not None:
                return best[0], self._with_missed(best[1], texts[best[0]])
        return None

    def _with_missed(self, match: Match, texts: Sequence[str]) -> Match:
        headings = next(one for one in self._all if one.format.id == match.format.id)
        used = match.settled.union(*match.places.values())
        missed = [place for place, text in enumerate(texts) if text and place not in used]
        return replace(
            match,
            missed=tuple(
                place for place in missed if not (headings.is_personal(texts[place]) or headings.is_known(texts[place]))
            ),
        )

    def nearest(self, lines: Sequence[Sequence[str]], wanted: str, told: Sequence[Meaning] = ()) -> tuple[int, Match] | None:
        """The line that is most likely the header of an own table or upload file `wanted`, though it lacks columns.

        None where the format is of another kind, or no line looks like headings.
        """
        headings = next((one for one in self._all if one.format.id == wanted), None)
        if headings is None or headings.format.kind not in ("sheet", "upload"):
            return None
        best: tuple[int, Match] | None = None
        for number, cells in enumerate(lines[:SEARCHED_LINES]):
            if _may_be_headings(cells):
                texts = [plain(cell) for cell in cells]
                match = _match(headings, texts, told, {}, loosely=headings.format.kind == "sheet")
                if best is None or len(match.places) > len(best[1].places):
                    best = number, self._with_missed(match, texts)
        return best

    def is_personal(self, heading: str, format_id: str | None) -> bool:
        """Whether the cells under a heading are never kept: in one format, or, where that is not said, in any."""
        return any(one.is_personal(plain(heading)) for one in self._all if format_id in (None, one.format.id))

    def _match(self, texts: Sequence[str], wanted: str | None, told: Sequence[Meaning], *, loosely: bool) -> Match | None:
        """The report that has these headings; None for none."""
        spoilt = {text: pattern for text in texts for pattern in [_spoilt(text)] if pattern}
        found = [
            match
            for headings in self._all
            if wanted in (None, headings.format.id) and (not loosely or headings.format.kind == "sheet")
            for match in [_match(headings, texts, told, spoilt, loosely=loosely)]
            if _fits(headings, match, texts, is_named=wanted is not None)
        ]
        return max(found, key=lambda match: match.weight, default=None)


def _may_be_headings(cells: Sequence[str]) -> bool:
    """Whether a line looks like headings rather than data: nobody should be asked what a buyer's name means."""
    texts = [cell.strip() for cell in cells if cell.strip()]
    return len(texts) > 1 and not any("@" in text or len(text) > 80 or not _LETTERS.search(text) for text in texts)


def _match(
    headings: _Headings,
    texts: Sequence[str],
    told: Sequence[Meaning],
    spoilt: Mapping[str, re.Pattern[str]],
    *,
    loosely: bool,
) -> Match:
    """What the headings mean in one format, whether or not it is that format."""
    report = headings.format
    places: dict[str, tuple[int, ...]] = {}
    left: list[int] = []
    settled = _settle(headings, texts, told, places)
    for place, text in enumerate(texts):
        if not text or place in settled:
            continue
        exact = headings.exact.get(text.replace("?", ""))
        column = exact or next((column for pattern, column in headings.patterns if pattern.fullmatch(text)), None)
        if column is None:
            left.append(place)
        elif column.is_summed:
            places[column.name] = (*places.get(column.name, ()), place)
        else:
            places.setdefault(column.name, (place,))
    for place in [place for place in left if texts[place] in spoilt]:
        pattern = spoilt[texts[place]]
        for heading, column in headings.exact.items():
            if column.name not in places and not heading.isascii() and pattern.fullmatch(heading):
                places[column.name] = (place,)
                left.remove(place)
                break
    guessed: frozenset[str] = frozenset()
    if loosely:
        guessed = _guess(headings, texts, places, [place for place in left if not headings.is_personal(texts[place])])
    return Match(report, places, guessed, settled=settled)


def _settle(
    headings: _Headings, texts: Sequence[str], told: Sequence[Meaning], places: dict[str, tuple[int, ...]]
) -> frozenset[int]:
    """Puts the columns that a person named into `places`; the positions of all headings of which something was said."""
    said = {plain(one.heading): one.column for one in told if one.format in (None, headings.format.id)}
    if not said:
        return frozenset()
    names = {column.name for column in headings.format.columns}
    settled = set()
    for place, text in enumerate(texts):
        column = said.get(text)
        if column == LEFT_OUT:
            settled.add(place)
        elif column in names and not headings.is_personal(text):
            settled.add(place)
            places.setdefault(column, (place,))
    return frozenset(settled)


def _fits(headings: _Headings, match: Match, texts: Sequence[str], *, is_named: bool) -> bool:
    """Whether a table is the report: it has what tells it, and where only known headings may be there, no other.

    `is_named`: a person says that it is, so that a heading which nobody knows is no reason against it.
    """
    report, places = match.format, match.places
    has_signature = all(any(name in places for name in group) for group in report.signature)
    return (
        has_signature
        and all(name in places for name in report.key)
        and not any(name in places for name in report.without)
        and (is_named or not report.closed or _is_pure(headings, match, texts))
    )


def _is_pure(headings: _Headings, match: Match, texts: Sequence[str]) -> bool:
    """Whether every heading is one that the format knows, or one that a person said something of."""
    used = match.settled.union(*match.places.values())
    return all(
        not text or place in used or text.replace("?", "") in headings.exact or headings.is_known(text)
        for place, text in enumerate(texts)
    )


def _spoilt(text: str) -> re.Pattern[str] | None:
    """What a heading may have been before a wrong decoding spoilt one or two of its characters; None if it looks sound."""
    if text.isascii() and "?" not in text:
        return None
    latin = sum(char.isascii() for char in text) > len(text) / 2
    strange = [char in "?\ufffd" or (latin and ord(char) >= 0x2E80) for char in text]
    if not any(strange):
        return None
    return re.compile("".join(".{1,2}" if odd else re.escape(char) for char, odd in zip(text, strange, strict=True)))


def _guess(
    headings: _Headings, texts: Sequence[str], places: dict[str, tuple[int, ...]], left: Sequence[int]
) -> frozenset[str]:
    """Adds the columns of a seller's own table whose headings are similar, the most similar first."""
    pairs = sorted(
        (
            (fuzz.ratio(texts[place], heading), place, column.name)
            for place in left
            for heading, column in headings.exact.items()
            if column.name not in places and min(len(texts[place]), len(heading)) >= (4 if heading.isascii() else 2)
        ),
        key=lambda pair: (-pair[0], pair[1]),
    )
    guessed = set()
    used: set[int] = set()
    for score, place, name in pairs:
        if score >= _LOOSE and name not in places and place not in used:
            places[name] = (place,)
            guessed.add(name)
            used.add(place)
    return frozenset(guessed)
