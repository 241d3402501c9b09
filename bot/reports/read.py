"""Files -> reports in a workspace: what each file is, its rows cleaned and typed, and what was wrong with it."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import IO

from bot.reports import account_health
from bot.reports.encoding import Decoded, decode
from bot.reports.header import Match, Recogniser
from bot.reports.report import Headings, Limits, Meaning, NotAReport, Progress, Rejected, Report, Said, Unmatched
from bot.reports.splitting import Shape, Split, ends_with_sum, split_rows, split_text
from bot.reports.typed import Loaded, Refused, Source, load, needs_care
from bot.reports.workbook import check_workbook, refuse_bomb, sheets
from bot.reports.workspace import Workspace
from bot.rulebook.report_models import ReportFormat

DELIMITERS = ("\t", ",", ";", "|")
_HEAD_BYTES = 1 << 20
_CAREFUL_BELOW = 2_000_000
"""Bytes up to which a text is split with care at once: it takes no time and gives exact line numbers."""
_REPORT_NAMES = (".csv", ".tsv", ".txt", ".xlsx", ".json", ".xml", ".xls", ".xlsm", ".zip", ".gz")
"""Files of an archive that are opened, if only to say why they can't be read."""
_EXAMPLES = ("example", "beispiel", "exemple", "esempio", "ejemplo", "sample", "示例", "例")
"""In the names of sheets that only show how to fill in the others."""
_PICTURES = ((b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"RIFF", "WebP"), (b"BM", "BMP"))
_OLD_CONTAINER = b"\xd0\xcf\x11\xe0"
_NO_DATA = ("no data", "没有数据", "无数据", "データがありません", "no hay datos", "keine daten", "aucune donnée")


def _silent(_stage: str, _share: float) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class _Found:
    """Where a text's header is, and what it means."""

    delimiter: str
    skip: int
    """Lines up to the end of the header."""
    above: tuple[tuple[str, ...], ...]
    header: tuple[str, ...]
    match: Match


@dataclass(frozen=True)
class Reader:
    """Reads files for the formats given. `told`: what people said of headings."""

    formats: tuple[ReportFormat, ...]
    limits: Limits = field(default_factory=Limits)
    told: tuple[Meaning, ...] = ()

    @cached_property
    def recogniser(self) -> Recogniser:
        return Recogniser(self.formats)

    def read(
        self,
        path: Path,
        space: Workspace,
        name: str | None = None,
        wanted: str | None = None,
        progress: Progress = _silent,
    ) -> tuple[Report, ...]:
        """The reports in a file: one, or each file of an archive. Never raises for what is in the file.

        `name` is shown to people; `wanted` is the format that a person says it is.
        """
        shown = name or path.name
        try:
            return tuple(self._open(path, shown, space, wanted, progress, depth=0))
        except NotAReport as error:
            return (_unread(shown, error),)

    def _open(
        self, path: Path, name: str, space: Workspace, wanted: str | None, progress: Progress, depth: int
    ) -> Iterator[Report]:
        try:
            size = path.stat().st_size
            with path.open("rb") as file:
                head = file.read(4096)
        except FileNotFoundError as error:
            raise NotAReport("missing") from error
        except OSError as error:
            raise NotAReport("unreadable", why=error.strerror or type(error).__name__) from error
        if size > self.limits.size and depth == 0:
            raise NotAReport("too_large", size=f"{size / 1e6:,.0f}", limit=f"{self.limits.size / 1e6:,.0f}")
        if head.startswith(_OLD_CONTAINER):
            # An encrypted .xlsx is wrapped in the container of the old format; its directory may stand anywhere.
            content = path.read_bytes()
            is_locked = any(name.encode("utf-16-le") in content for name in ("EncryptedPackage", "EncryptionInfo"))
            raise NotAReport("password" if is_locked else "old_excel")
        _refuse_other_kinds(head)
        if head.startswith(b"PK\x03\x04"):
            if _is_workbook(path):
                yield self._workbook(path, name, space, wanted, progress)
            elif depth == 0:
                yield from self._archive(path, name, space, wanted, progress)
            else:
                raise NotAReport("archive_nested")
        elif head.startswith(b"\x1f\x8b"):
            yield from self._gzip(path, name, space, wanted, progress, depth)
        else:
            yield self._text(path, name, space, wanted, progress)

    # ------------------------------------------------------------ archives

    def _archive(self, path: Path, name: str, space: Workspace, wanted: str | None, progress: Progress) -> Iterator[Report]:
        with contextlib.ExitStack() as stack:
            try:
                archive = stack.enter_context(zipfile.ZipFile(path))
                members = [member for member in archive.infolist() if _may_be_report(member)]
            except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
                raise NotAReport("damaged") from error
            refuse_bomb(members, self.limits)
            if not members:
                raise NotAReport("archive_empty")
            for member in members:
                shown = f"{name}/{member.filename}"
                part = space.scratch()
                try:
                    with archive.open(member) as source:
                        _copy(source, part, self.limits.unpacked)
                    yield from self._open(part, shown, space, wanted, progress, depth=1)
                except NotAReport as error:
                    yield _unread(shown, error)
                except RuntimeError:
                    yield Report(shown, None, Said("archive_locked"))
                except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
                    yield Report(shown, None, Said("damaged"))
                finally:
                    part.unlink(missing_ok=True)

    def _gzip(
        self, path: Path, name: str, space: Workspace, wanted: str | None, progress: Progress, depth: int
    ) -> Iterator[Report]:
        if depth:
            raise NotAReport("archive_nested")
        part = space.scratch()
        try:
            with gzip.open(path) as source:
                _copy(source, part, self.limits.unpacked)
            yield from self._open(part, name, space, wanted, progress, depth=1)
        except (OSError, EOFError, zlib.error) as error:
            raise NotAReport("damaged") from error
        finally:
            part.unlink(missing_ok=True)

    # ------------------------------------------------------------ texts

    def _text(self, path: Path, name: str, space: Workspace, wanted: str | None, progress: Progress) -> Report:
        progress("read", 0.0)
        copy = space.scratch()
        try:
            text = decode(path, copy, self.recogniser.foreign)
            progress("read", 0.2)
            return self._decoded(text, name, space, wanted, progress)
        finally:
            copy.unlink(missing_ok=True)

    def _decoded(self, text: Decoded, name: str, space: Workspace, wanted: str | None, progress: Progress) -> Report:
        with text.path.open("rb") as file:
            head = file.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace")
        bare = head.lstrip().lower()
        if not bare.strip("\0\ufeff \r\n\t"):
            raise NotAReport("empty")
        if bare.startswith("<") and any(tag in bare[:2000] for tag in ("<!doctype html", "<html", "<head", "<body")):
            raise NotAReport("web_page")
        if bare.startswith("<"):
            return self._document(account_health.rows_of_xml(text.path), text, name, space)
        if bare.startswith(("{", "[")):
            return self._document(account_health.rows_of_json(text.path), text, name, space)
        if text.nuls > 100 or "\ufffd" * 8 in head:
            raise NotAReport("binary")
        found = self._find_header(head, wanted)
        if found is None:
            if len(bare) < 500 and any(words in bare for words in _NO_DATA):
                raise NotAReport("no_data")
            raise self._unknown(wanted, [_cells_of(head, delimiter) for delimiter in DELIMITERS if delimiter in head])
        table = space.new_table()
        split, loaded = self._load_text(text, space, table, found, progress)
        notes: list[Said] = [*split.notes, *loaded.notes]
        if text.is_lossy:
            notes.append(Said("note_lossy"))
        if text.ends_open and split.rejected and split.rejected[-1].reason.name in ("row_short", "row_quote"):
            notes.append(Said("note_cut"))
        report = _described(name, found.match, found.header, table, loaded, split.rejected, notes)
        return replace(report, encoding=text.encoding, delimiter=found.delimiter)

    def _find_header(self, head: str, wanted: str | None) -> _Found | None:
        """The surest header among all delimiters."""
        recogniser = self.recogniser
        best: _Found | None = None
        for delimiter in DELIMITERS:
            if delimiter not in head:
                continue
            lines = _first_lines(head, delimiter)
            if any(len(cells) > self.limits.columns for _, cells in lines[:3]):
                raise NotAReport("too_many_columns", count=f"{max(len(cells) for _, cells in lines[:3]):,}")
            found = recogniser.find([cells for _, cells in lines], wanted, self.told)
            if found and (best is None or found[1].weight > best.match.weight):
                number, match = found
                end, header = lines[number]
                best = _Found(delimiter, end, tuple(tuple(cells) for _, cells in lines[:number]), tuple(header), match)
        return best

    def _unknown(self, wanted: str | None, tables: Iterable[Sequence[Sequence[str]]]) -> NotAReport:
        """Why a text or workbook is no report; `tables`: the first lines, split in each way that they may be meant."""
        report = next((report for report in self.formats if report.id == wanted), None)
        if report is None:
            return NotAReport("unknown")
        nearest = [
            (lines[number], match)
            for lines in tables
            for number, match in [self.recogniser.nearest(lines, report.id, self.told) or (0, None)]
            if match is not None
        ]
        needed = ", ".join(" / ".join(group) for group in report.signature)
        if not nearest:
            return NotAReport("not_that", title=report.title, columns=needed)
        header, match = max(nearest, key=lambda found: (len(found[1].places), len(found[0])))
        headings = _headings(header, match)
        lacking = [group for group in report.signature if not any(name in match.places for name in group)]
        needed = ", ".join(" / ".join(group) for group in lacking) or needed
        shown = ", ".join(headings.missed)
        return Unmatched(report.id, headings, "not_that_yet", title=report.title, columns=needed, missed=shown)

    def _load_text(
        self, text: Decoded, space: Workspace, table: str, found: _Found, progress: Progress
    ) -> tuple[Split, Loaded]:
        match, header, delimiter, skip = found.match, found.header, found.delimiter, found.skip
        shape = _shape(match, header, found.above, skip)
        size = text.path.stat().st_size
        rows = text.newlines - skip + text.ends_open
        if size > _CAREFUL_BELOW and not (text.returns or text.nuls or shape.preamble or shape.ends_at_gap):
            if rows > self.limits.rows and not text.quotes:
                raise NotAReport("too_many_rows", limit=f"{self.limits.rows:,}")
            is_quoted = delimiter != "\t" and text.quotes > 0
            has_quotes = delimiter == "\t" and text.quotes > 0
            source = Source(
                text.path, delimiter, is_quoted, skip, len(header), self.limits.cell, _in_japanese(header), has_quotes
            )
            try:
                loaded = load(space, table, source, match.format, dict(match.places), None if is_quoted else rows)
            except Refused:
                pass
            else:
                if loaded.rows + loaded.duplicates > self.limits.rows:
                    raise NotAReport("too_many_rows", limit=f"{self.limits.rows:,}")
                care = needs_care(space, table, match.format, shape.headings[shape.key[0]])
                if not care and not ends_with_sum(text.path, delimiter):
                    progress("clean", 1.0)
                    return Split(loaded.rows + loaded.duplicates, ()), loaded
                space.run(f"DROP TABLE {table}")
        progress("read", 0.4)
        part = space.scratch()
        try:
            split = split_text(text.path, part, delimiter, shape, self.limits)
            progress("clean", 0.5)
            loaded = _load_split(space, table, part, split, match, header, self.limits)
        finally:
            part.unlink(missing_ok=True)
        progress("clean", 1.0)
        return split, loaded

    # ------------------------------------------------------------ workbooks

    def _workbook(self, path: Path, name: str, space: Workspace, wanted: str | None, progress: Progress) -> Report:
        check_workbook(path, self.limits)
        progress("read", 0.1)
        recogniser = self.recogniser
        best = None
        heads = []
        others = []
        for sheet, first, rows in sheets(path):
            heads.append(first)
            if any(len(cells) > self.limits.columns for cells in first):
                raise NotAReport("too_many_columns", count=f"{max(map(len, first)):,}")
            found = recogniser.find(first, wanted, self.told)
            if found and not any(word in sheet.lower() for word in _EXAMPLES):
                others.append(sheet)
            # An example sheet comes after the one to fill in; of equally full sheets the first one counts.
            if found and (best is None or found[1].fullness > best[2].fullness):
                best = sheet, found[0], found[1], first, rows
        if best is None:
            raise self._unknown(wanted, heads) if heads else NotAReport("empty")
        sheet, number, match, first, rows = best
        header = first[number]
        shape = _shape(match, header, first[:number], number + 1)
        part, table = space.scratch(), space.new_table()
        try:
            split = split_rows(((line, cells) for line, cells in rows if line > number + 1), part, shape, self.limits)
            progress("clean", 0.5)
            loaded = _load_split(space, table, part, split, match, header, self.limits)
        finally:
            part.unlink(missing_ok=True)
        progress("clean", 1.0)
        notes = [*split.notes, *loaded.notes, Said("note_sheet", {"name": sheet})]
        unread = ", ".join(name for name in others if name != sheet)
        if unread:
            notes.append(Said("note_other_sheets", {"names": unread}))
        return _described(name, match, header, table, loaded, split.rejected, notes)

    # ------------------------------------------------------------ documents

    def _document(self, rows: Sequence[account_health.Row], text: Decoded, name: str, space: Workspace) -> Report:
        report = next(report for report in self.formats if report.document == "account-health")
        part, table = space.scratch(), space.new_table()
        columns = account_health.COLUMNS
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerows([row.get(column, "") for column in columns] for row in rows)
        match = Match(report, {column: (place,) for place, column in enumerate(columns)})
        try:
            loaded = _load_split(space, table, part, Split(len(rows), ()), match, columns, self.limits)
        finally:
            part.unlink(missing_ok=True)
        report_read = _described(name, match, columns, table, loaded, (), list(loaded.notes))
        return replace(report_read, encoding=text.encoding)


# ---------------------------------------------------------------- helpers


def _refuse_other_kinds(head: bytes) -> None:
    """Raises `NotAReport` for what is recognised by its first bytes."""
    if not head:
        raise NotAReport("empty")
    for magic, kind in _PICTURES:
        if head.startswith(magic) and not head.isascii():
            raise NotAReport("picture", kind=kind)
    if head.startswith(b"%PDF"):
        raise NotAReport("pdf")
    if head.startswith((b"7z\xbc\xaf", b"Rar!", b"\x7fELF", b"MZ\x90")):
        raise NotAReport("binary")


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.startswith("xl/") for name in archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise NotAReport("damaged") from error


def _may_be_report(member: zipfile.ZipInfo) -> bool:
    name = member.filename.lower()
    hidden = name.startswith("__macosx/") or name.rsplit("/", 1)[-1].startswith(".")
    return not member.is_dir() and not hidden and name.endswith(_REPORT_NAMES)


def _copy(source: IO[bytes] | gzip.GzipFile, target: Path, limit: int) -> None:
    """Unpacks at most `limit` bytes, whatever the archive says its size is."""
    done = 0
    with target.open("wb") as file:
        while chunk := source.read(1 << 20):
            done += len(chunk)
            if done > limit:
                raise NotAReport("bomb", size=f">{limit // 1_000_000:,}", limit=f"{limit // 1_000_000:,}")
            file.write(chunk)


def _unread(name: str, error: NotAReport) -> Report:
    """A file that is no report; of one that only lacks what its headings mean, those headings."""
    if not isinstance(error, Unmatched):
        return Report(name, None, error.reason)
    headings = error.headings
    return Report(
        name,
        None,
        error.reason,
        headings=headings.meant,
        header=headings.header,
        missed=headings.missed,
        wanted=error.wanted,
        is_guess=True,
    )


def _headings(header: Sequence[str], match: Match) -> Headings:
    texts = [cell.strip() for cell in header]
    meant = {texts[place]: column for column, spots in match.places.items() for place in spots}
    missed = tuple(dict.fromkeys(texts[place] for place in match.missed if texts[place] not in meant))
    return Headings(tuple(text for text in texts if text), meant, missed)


def _cells_of(head: str, delimiter: str) -> list[list[str]]:
    return [cells for _, cells in _first_lines(head, delimiter)]


def _first_lines(head: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The first records: number of the line on which each ends, and its cells."""
    lines: list[tuple[int, list[str]]] = []
    if delimiter == "\t":
        for number, line in enumerate(io.StringIO(head, newline=None), 1):
            lines.append((number, [cell.strip('"') for cell in line.rstrip("\n").split("\t")]))
            if number == 40:
                break
        return lines
    reader = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    with contextlib.suppress(csv.Error):
        for cells in reader:
            lines.append((reader.line_num, cells))
            if len(lines) == 40:
                break
    return lines


def _shape(match: Match, header: Sequence[str], above: Sequence[Sequence[str]], skip: int) -> Shape:
    """What the rows below a header must look like."""
    key = tuple(match.places[name][0] for name in match.format.key if name in match.places)
    return Shape(
        width=len(header),
        key=key,
        columns=frozenset(place for spots in match.places.values() for place in spots),
        headings=tuple(cell.strip() for cell in header),
        skip=skip,
        bare=key[0] if match.format.has_bare_key else None,
        preamble=_preamble(match, above),
        ends_at_gap=match.format.ends_at_gap,
    )


def _preamble(match: Match, above: Sequence[Sequence[str]]) -> tuple[tuple[int, str], ...]:
    found = []
    for cells in above:
        texts = [cell.strip() for cell in cells]
        for place, label in enumerate(texts[:-1]):
            for rule in match.format.preamble:
                if label.lower().rstrip(":：") == rule.label.lower() and rule.fills in match.places:
                    value = next((text for text in texts[place + 1 :] if text), "")
                    if value:
                        found.append((match.places[rule.fills][0], value))
    return tuple(found)


def _in_japanese(header: Sequence[str]) -> bool:
    """Whether headings hold kana, or the word for price as only Japanese writes it."""
    return any(char == "価" or "\u3040" <= char <= "\u30ff" for cell in header for char in cell)


def _load_split(
    space: Workspace, table: str, part: Path, split: Split, match: Match, header: Sequence[str], limits: Limits
) -> Loaded:
    width = max(len(header), 1)
    source = Source(part, ",", True, 0, width, 4 * limits.cell * width, _in_japanese(header))
    try:
        return load(space, table, source, match.format, dict(match.places), split.rows)
    except Refused as error:
        raise NotAReport("unreadable", why=str(error)) from error


def _described(
    name: str,
    match: Match,
    header: Sequence[str],
    table: str,
    loaded: Loaded,
    rejected: Sequence[Rejected],
    notes: list[Said],
) -> Report:
    headings = _headings(header, match)
    if match.guessed:
        pairs = "; ".join(f"{heading} = {column}" for heading, column in headings.meant.items() if column in match.guessed)
        notes = [*notes, Said("note_mapping", {"mapping": pairs})]
    # Amazon's own reports hold much that no check needs; in a seller's own table a column that is left out may be missed.
    missed = headings.missed if match.format.kind in ("sheet", "upload") else ()
    if missed:
        notes = [*notes, Said("note_left_out", {"headings": ", ".join(missed)})]
    if loaded.rows == 0 and not rejected:
        notes = [*notes, Said("note_no_rows")]
    return Report(
        file=name,
        format=match.format.id,
        table=table,
        rows=loaded.rows,
        rejected=tuple(rejected),
        duplicates=loaded.duplicates,
        columns=tuple(column.name for column in match.format.kept if column.name in match.places),
        headings=headings.meant,
        header=headings.header,
        missed=missed,
        is_guess=bool(match.guessed),
        notes=tuple(notes),
    )
