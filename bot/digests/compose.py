"""A digest: what uploads and the rulebook say on a day, compared with what the last digest said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.answering.answer import Answer, Chart, Pointer, Table
from bot.answering.calendar import CalendarComposer
from bot.answering.compose import SourceList
from bot.answering.uploads import KeptUpload
from bot.checks.changes import Cases, Change, cases_of, changes
from bot.checks.render import metric_line
from bot.checks.results import Checked, Measured
from bot.digests.deadlines import Deadline, from_due, look
from bot.digests.options import Options
from bot.digests.phrases import counted, listed, phrase
from bot.digests.snapshot import History, Snapshot, from_json
from bot.rulebook.book import Rulebook
from bot.rulebook.calendar import PolicyChange, changes_within, sources_past_review
from bot.rulebook.check_models import Check, Metric, Query, Severity
from bot.rulebook.models import Language, Source
from bot.rulebook.values import Period

AHEAD = 14
"""Days ahead for which deadlines are told."""
CALENDAR_AHEAD = 30
REMEMBERED = 6
"""So many values of a metric are remembered."""
TREND = 4
LONGEST_TEXT = 4_500
"""Characters: with table and bars a message in Slack holds no more."""
SHOWN_ROWS = 15
SHOWN_ITEMS = 3
SHOWN_KEYS = 3
SHOWN_CHANGES = 10
SHOWN_METRICS = 10
SHOWN_CALENDAR = 8
SHOWN_REVIEWS = 3
SHOWN_STALE = 6
RULES = 20
SEVERITIES: tuple[Severity, ...] = ("urgent", "warning", "info")


@dataclass(frozen=True)
class Composed:
    """A digest, and what the next one compares itself with (JSON)."""

    answer: Answer
    snapshot: str
    is_quiet: bool
    """Nothing new: the answer is one line."""


def compose(
    book: Rulebook, uploads: Sequence[KeptUpload], before: str | None, options: Options, now: datetime, zone: ZoneInfo
) -> Composed:
    """What a digest says at `now`, whose day is the one in `zone`.

    `uploads` are those that count (`bot.answering.uploads.useful`), the oldest first; `before` is the snapshot of the last
    digest. Raises `ValueError` where that is none.
    """
    today = now.astimezone(zone).date()
    digest = _Digest(book, tuple(uploads), from_json(before), options, today, zone)
    return digest.composed()


@dataclass(frozen=True)
class _Trend:
    """A metric with the values that earlier digests told."""

    metric: Measured
    before: History

    @property
    def has_moved(self) -> bool:
        return bool(self.before) and self.before[-1][1] != _value(self.metric)

    @property
    def is_settled(self) -> bool:
        """Whether it was told before, is as it was, and misses no target: that need not be told again."""
        return bool(self.before) and not self.has_moved and self.metric.status != "bad"


@dataclass(frozen=True)
class _Digest:
    book: Rulebook
    uploads: tuple[KeptUpload, ...]
    before: Snapshot | None
    options: Options
    today: date
    zone: ZoneInfo

    def composed(self) -> Composed:
        if not self._is_news:
            answer = Answer("data", self.language, self._quiet_line(), confidence=1.0)
            return Composed(answer, self._snapshot().to_json(), is_quiet=True)
        sources = SourceList(self.book, self.language, self.today)
        parts = (
            self._deadline_lines(),
            self._change_lines(),
            self._metric_lines(),
            self._calendar_lines(sources),
            self._stale_lines(),
        )
        text = self._fitted([list(part) for part in parts])
        answer = Answer(
            "data",
            self.language,
            self._verdict(),
            text=text,
            sources=sources.listed(),
            related=self._rules(),
            table=self._table(),
            chart=self._chart(),
            confidence=1.0,
        )
        return Composed(answer, self._snapshot().to_json(), is_quiet=False)

    def _fitted(self, parts: list[list[str]]) -> tuple[str, ...]:
        """The lines of all parts; where they are too long together, the longest parts lose their last ones."""
        left_out = [0] * len(parts)
        while sum(len(line) for part in parts for line in part) > LONGEST_TEXT:
            place = max(range(len(parts)), key=lambda number: sum(map(len, parts[number])))
            parts[place].pop()
            left_out[place] += 1
        for part, n in zip(parts, left_out, strict=True):
            if n:
                part.append("- " + phrase("left_out", self.language, n=n))
        return tuple(line for part in parts for line in part)

    @property
    def language(self) -> Language:
        return self.options.language

    def _has(self, part: str) -> bool:
        return part in self.options.parts

    # ------------------------------------------------------------ what there is

    @cached_property
    def _wanted(self) -> dict[str, Query]:
        """Everything that is run over the uploads."""
        tests: dict[str, Query] = {}
        if self._has("deadlines"):
            tests |= self.book.due_dates
        for name, test in self.book.checks.items():
            if self._has("changes" if isinstance(test, Check) else "metrics"):
                tests[name] = test
        return {name: test for name, test in tests.items() if self._concerns(test)}

    def _concerns(self, test: Query) -> bool:
        return not self.options.domains or test.rule.split(".")[0] in self.options.domains

    @cached_property
    def _checked(self) -> Checked:
        if not self.uploads or not self._wanted:
            return Checked(self.today, (), (), (), ())
        return look(self.book, self.uploads, self.today, self._wanted)

    @cached_property
    def _deadlines(self) -> tuple[Deadline, ...]:
        last = self.today + timedelta(days=AHEAD)
        return tuple(one for one in from_due(self._checked.due, self.today, self.zone) if one.day <= last)

    @property
    def _overdue(self) -> tuple[Deadline, ...]:
        return tuple(one for one in self._deadlines if one.is_overdue)

    @cached_property
    def _cases(self) -> Cases:
        return cases_of(self._checked)

    @cached_property
    def _changes(self) -> Mapping[str, Change]:
        """What changed, by check. A check that can't be made today says nothing about what it found before."""
        if not self._has("changes"):
            return {}
        gone = {gap.id for gap in self._checked.not_computable} | {
            name for name, test in self._wanted.items() if not self._can_be_made(test)
        }
        old = self.before.cases if self.before else None
        known = {name: cases for name, cases in (old or {}).items() if name in self._wanted and name not in gone}
        found = changes(known, self._cases)
        # An order that is no longer due soon because it is overdue now is not solved.
        new = {key for change in found.values() for key in change.new}
        return {
            name: replace(change, solved=tuple(key for key in change.solved if key not in new))
            for name, change in found.items()
        }

    def _can_be_made(self, test: Query) -> bool:
        formats = {one.about.format for one in self.uploads}
        return all(formats & set(group) for group in test.needs)

    @cached_property
    def _trends(self) -> tuple[_Trend, ...]:
        told = self.before.metrics if self.before else {}
        found = {_key(metric): metric for metric in self._checked.metrics if metric.value is not None}
        trends = [_Trend(metric, told.get(key, ())) for key, metric in found.items()]
        return tuple(sorted(trends, key=lambda trend: (trend.metric.status != "bad", trend.metric.target is None)))

    @cached_property
    def _calendar(self) -> tuple[PolicyChange, ...]:
        if not self._has("calendar"):
            return ()
        return changes_within(
            self.book, Period(self.today, self.today + timedelta(days=CALENDAR_AHEAD)), self.options.domains
        )

    @cached_property
    def _reviews(self) -> tuple[Source, ...]:
        return sources_past_review(self.book, self.today, self.options.domains) if self._has("calendar") else ()

    @cached_property
    def _stale(self) -> tuple[tuple[str, date], ...]:
        """Formats whose newest upload is older than it should be, and the day of that."""
        if not self._has("freshness"):
            return ()
        used = {
            name
            for test in (*self.book.checks.values(), *self.book.due_dates.values())
            if self._concerns(test)
            for group in test.needs
            for name in group
        }
        newest = {one.about.format: one.day(self.zone) for one in self.uploads}
        late = {
            name: (self.today - day).days / self.book.reports[name].renew_days
            for name, day in newest.items()
            if name in used and self.book.reports[name].kind != "upload"
        }
        # The most overdue by its own rhythm first.
        return tuple((name, newest[name]) for name, share in sorted(late.items(), key=lambda item: -item[1]) if share > 1)

    # ------------------------------------------------------------ whether it is new

    @cached_property
    def _is_news(self) -> bool:
        before = self.before or Snapshot(self.today)
        return (
            any(not one.is_overdue or one.id not in before.overdue for one in self._deadlines)
            or any(change.new or change.solved or change.worse for change in self._changes.values())
            or any(trend.has_moved or (trend.metric.status == "bad" and not trend.before) for trend in self._trends)
            or bool(self._calendar_ids - before.calendar)
            or bool({name for name, _ in self._stale} - before.stale)
            or (self._lacks_reports and not before.asked_for_report)
            or (self.before is None and bool(self._trends))
        )

    @property
    def _lacks_reports(self) -> bool:
        """Whether there is no report and one is needed: the policy calendar alone needs none."""
        return not self.uploads and self.options.parts != {"calendar"}

    @property
    def _calendar_ids(self) -> frozenset[str]:
        return frozenset([change.id for change in self._calendar] + [f"source:{source.id}" for source in self._reviews])

    @property
    def _open(self) -> int:
        return sum(len(cases) for cases in self._cases.values())

    def _snapshot(self) -> Snapshot:
        told = dict(self.before.metrics) if self.before else {}
        today = self.today.isoformat()
        for trend in self._trends:
            history = tuple(entry for entry in trend.before if entry[0] != today)
            told[_key(trend.metric)] = (*history, (today, _value(trend.metric)))[-REMEMBERED:]
        return Snapshot(
            self.today,
            self._cases if self._has("changes") else None,
            told,
            frozenset(one.id for one in self._overdue),
            self._calendar_ids,
            frozenset(name for name, _ in self._stale),
            self._lacks_reports,
        )

    # ------------------------------------------------------------ the first line

    def _quiet_line(self) -> str:
        if self.before is None:
            return phrase("quiet_first", self.language)
        line = phrase("quiet_since", self.language, day=self.before.day.isoformat())
        if self._lacks_reports:
            return line + phrase("still_no_reports", self.language)
        return line + (counted("still_open", self.language, self._open) if self._open else "")

    def _verdict(self) -> str:
        parts = [*self._sums()]
        said = phrase("and", self.language).join(parts) + phrase("full_stop", self.language) if parts else ""
        said = said[:1].upper() + said[1:]
        if not self._lacks_reports:
            return said
        line = self._ask_for_report()
        return f"{line} {said}".strip() if self.language == "en" else line + said

    def _sums(self) -> Iterator[str]:
        language = self.language
        if self._overdue:
            yield phrase("sum_overdue", language, n=len(self._overdue))
        ahead = len(self._deadlines) - len(self._overdue)
        if ahead:
            yield phrase("sum_due", language, n=ahead, day=(self.today + timedelta(days=AHEAD)).isoformat())
        yield from self._changes_sum()
        bad = sum(trend.metric.status == "bad" for trend in self._trends)
        if bad:
            yield phrase("sum_metric" if bad == 1 else "sum_metrics", language, n=bad)
        elif any(trend.has_moved for trend in self._trends):
            yield phrase("sum_moved", language)
        if self._calendar_ids:
            yield phrase("sum_calendar", language, n=len(self._calendar_ids))
        if self._stale:
            yield phrase("sum_stale", language, n=len(self._stale))

    def _changes_sum(self) -> Iterator[str]:
        if self._is_first:
            sums = {
                name: sum(len(cases) for check, cases in self._cases.items() if self._severity(check) == name)
                for name in SEVERITIES
            }
            said = [phrase(name, self.language, n=n) for name, n in sums.items() if n]
            if said:
                yield phrase("sum_found", self.language, counts=phrase("comma", self.language).join(said))
            return
        every = self._changes.values()
        counts = {
            "new": sum(len(change.new) for change in every),
            "solved": sum(len(change.solved) for change in every),
            "worse": sum(len(change.worse) for change in every),
        }
        said = [phrase(name, self.language, n=n) for name, n in counts.items() if n]
        if said and self.before:
            together = phrase("comma", self.language).join(said)
            yield phrase("sum_changes", self.language, day=self.before.day.isoformat(), counts=together)

    @property
    def _is_first(self) -> bool:
        """Whether findings were never told before."""
        return self.before is None or self.before.cases is None

    def _ask_for_report(self) -> str:
        """Which report to upload first: the one that most of what this digest is about needs."""
        needed: dict[str, int] = {}
        for test in self._wanted.values() or (*self.book.due_dates.values(), *self.book.checks.values()):
            name = test.needs[0][0]
            if self.book.reports[name].kind == "snapshot":
                needed[name] = needed.get(name, 0) + 1
        if not needed:
            return ""
        report = self.book.reports[max(needed, key=lambda name: needed[name])]
        where = report.where.of(self.language)
        return phrase("no_reports", self.language, report=report.title.of(self.language), where=where)

    # ------------------------------------------------------------ the parts

    def _deadline_lines(self) -> Iterator[str]:
        if not self._deadlines:
            return
        yield f"**{phrase('deadlines', self.language)}**"
        groups: dict[str, list[Deadline]] = {}
        for one in self._deadlines:
            groups.setdefault(one.test, []).append(one)
        for members in groups.values():
            first = members[0]
            items = [
                phrase("deadline_item", self.language, key=one.key, day=one.day.isoformat(), left=self._left(one))
                for one in members
            ]
            line = phrase(
                "deadline_line",
                self.language,
                what=first.what.of(self.language),
                items=listed(items, self.language, SHOWN_ITEMS),
            )
            yield f"- {line}{self._rule(first.rule)}"

    def _left(self, one: Deadline) -> str:
        if one.is_overdue:
            return counted("left_over", self.language, -one.days_left)
        name = f"left_{one.days_left}" if one.days_left < 2 else "left"
        return phrase(name, self.language, n=one.days_left)

    def _rule(self, page: str) -> str:
        return phrase("rule", self.language, rule=self.book.pages[page].title.of(self.language))

    def _change_lines(self) -> Iterator[str]:
        told = [(check, change) for check, change in self._changes.items() if change.new or change.solved or change.worse]
        if not told:
            return
        first = self._is_first or self.before is None
        yield "**" + (
            phrase("findings", self.language)
            if first or self.before is None
            else phrase("changes", self.language, day=self.before.day.isoformat())
        ) + "**"  # fmt: skip
        told.sort(key=lambda item: (SEVERITIES.index(self._severity(item[0])), not item[1].new, item[0]))
        for check, change in told[:SHOWN_CHANGES]:
            yield "- " + self._change_line(check, change, first)
        if len(told) > SHOWN_CHANGES:
            yield "- " + phrase("more_changes", self.language, n=len(told) - SHOWN_CHANGES)
        same = sum(change.same for change in self._changes.values())
        if same:
            yield counted("unchanged", self.language, same)

    def _severity(self, check: str) -> Severity:
        test = self.book.checks[check]
        return test.severity if isinstance(test, (Check, Metric)) else "info"

    def _change_line(self, check: str, change: Change, first: bool) -> str:
        parts = []
        if change.new:
            name = "change_found" if first else "change_new"
            parts.append(phrase(name, self.language, n=len(change.new), keys=listed(change.new, self.language, SHOWN_KEYS)))
        if change.worse:
            keys = listed(change.worse, self.language, SHOWN_KEYS)
            parts.append(phrase("change_worse", self.language, n=len(change.worse), keys=keys))
        if change.solved:
            parts.append(phrase("change_solved", self.language, n=len(change.solved)))
        return phrase(
            "change_line",
            self.language,
            severity=phrase(f"severity_{self._severity(check)}", self.language),
            title=self.book.checks[check].title.of(self.language),
            changes=phrase("comma", self.language).join(parts),
        )

    def _metric_lines(self) -> Iterator[str]:
        if not self._trends:
            return
        yield f"**{phrase('metrics', self.language)}**"
        told = [trend for trend in self._trends if not trend.is_settled]
        for trend in told[:SHOWN_METRICS]:
            said = self._trend(trend)
            yield f"- {metric_line(trend.metric, self.book, self.language)}" + (f" ({said})" if said else "")

        if len(told) > SHOWN_METRICS:
            yield "- " + phrase("more_changes", self.language, n=len(told) - SHOWN_METRICS)
        if len(told) < len(self._trends):
            yield counted("metrics_same", self.language, len(self._trends) - len(told))

    def _trend(self, trend: _Trend) -> str:
        if not trend.before:
            return ""
        day, last = trend.before[-1]
        value = _value(trend.metric)
        if value == last:
            return phrase("trend_same", self.language, day=day)
        values = [*(entry[1] for entry in trend.before[-TREND + 1 :]), value]
        judged = ""
        if trend.metric.comparison:
            is_better = (value < last) == (trend.metric.comparison == "below")
            judged = phrase("better" if is_better else "poorer", self.language)
        shown = " → ".join(f"{one * 100:.2f} %" if one <= 1 else f"{one:g}" for one in values)
        return phrase("trend", self.language, arrow="↑" if value > last else "↓", values=shown, judged=judged)

    def _calendar_lines(self, sources: SourceList) -> Iterator[str]:
        if not self._calendar and not self._reviews:
            return
        yield "**" + phrase("calendar", self.language, n=CALENDAR_AHEAD) + "**"
        teller = CalendarComposer(self.book, self.language, self.today)
        for change in self._calendar[:SHOWN_CALENDAR]:
            yield "- " + teller.line(change, sources)
        if len(self._calendar) > SHOWN_CALENDAR:
            yield "- " + phrase("more_changes", self.language, n=len(self._calendar) - SHOWN_CALENDAR)
        if self._reviews:
            titles = listed([source.title for source in self._reviews], self.language, SHOWN_REVIEWS)
            yield "- " + counted("review", self.language, len(self._reviews), titles=titles)

    def _stale_lines(self) -> Iterator[str]:
        if not self._stale:
            return
        yield f"**{phrase('freshness', self.language)}**"
        for name, day in self._stale[:SHOWN_STALE]:
            report = self.book.reports[name]
            line = phrase(
                "stale_daily" if report.renew_days == 1 else "stale",
                self.language,
                report=report.title.of(self.language),
                day=day.isoformat(),
                age=(self.today - day).days,
                days=report.renew_days,
            )
            yield f"- {line}" + (self._rule(report.rhythm.rule) if report.rhythm else "")

        if len(self._stale) > SHOWN_STALE:
            yield "- " + phrase("more_changes", self.language, n=len(self._stale) - SHOWN_STALE)

    # ------------------------------------------------------------ rows, bars, pages

    def _table(self) -> Table | None:
        if not self._deadlines:
            return None
        language = self.language
        names = ("day", "left", "what", "key", "report")
        rows = tuple(
            (
                one.day.isoformat(),
                self._left(one),
                one.what.of(language),
                one.key,
                self.book.reports[one.report].title.of(language),
            )
            for one in self._deadlines[:SHOWN_ROWS]
        )
        columns = tuple(phrase(f"column_{name}", language) for name in names)
        return Table(phrase("deadlines_table", language), columns, rows, len(self._deadlines))

    def _chart(self) -> Chart | None:
        """Deadlines by day, where there are several days to compare."""
        if len({one.day for one in self._deadlines}) < 2:
            return None
        ahead = [one.day for one in self._deadlines if not one.is_overdue]
        bars = [(phrase("chart_overdue", self.language), len(self._overdue))] if self._overdue else []
        bars += [(day.strftime("%m-%d"), ahead.count(day)) for day in sorted(set(ahead))]
        return Chart(phrase("deadlines_chart", self.language), tuple(bars)) if len(bars) > 1 else None

    def _rules(self) -> tuple[Pointer, ...]:
        """The pages behind what is told, the most pressing first."""
        changed = [self.book.checks[check].rule for check, change in self._changes.items() if change.new or change.worse]
        ids = dict.fromkeys(
            [one.rule for one in self._deadlines]
            + [change.page.id for change in self._calendar]
            + [trend.metric.test.rule for trend in self._trends if trend.metric.status == "bad"]
            + changed
        )
        return tuple(Pointer(name, self.book.pages[name].title.of(self.language)) for name in list(ids)[:RULES])


def _key(metric: Measured) -> str:
    return f"{metric.id}|{metric.marketplace or ''}"


def _value(metric: Measured) -> float:
    return round(float(metric.value or 0), 6)
