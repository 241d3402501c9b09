"""Results of a check as JSON and as text for a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from bot.checks.narrowing import label_of
from bot.checks.results import Amount, Checked, Finding, Group, Measured, NotComputable, plain
from bot.reports.report import Report
from bot.rulebook.book import Rulebook
from bot.rulebook.models import Language

Json = dict[str, Any]


def to_json(checked: Checked, book: Rulebook, language: Language) -> Json:
    """The machine-readable form; see README, "Checks"."""
    return {
        "today": checked.today.isoformat(),
        "reports": [_report(report, language) for report in checked.reports],
        "findings": [_finding(finding, language) for finding in checked.findings],
        "metrics": [_metric(metric, language) for metric in checked.metrics],
        "not_computable": [_missing(missing, book, language) for missing in checked.not_computable],
    }


def _report(report: Report, language: Language) -> Json:
    shown: Json = {
        "file": report.file,
        "type": report.format,
        "rows": report.rows,
        "rejected": [{"line": row.line, "reason": row.reason.text(language)} for row in report.rejected],
        "duplicates": report.duplicates,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "notes": [note.text(language) for note in report.notes],
    }
    if report.reason is not None:
        shown["reason"] = report.reason.text(language)
    return shown


def _key(column: str) -> str:
    return column.replace("_", "-")


def _money(amounts: tuple[Amount, ...]) -> list[Json]:
    return [{"currency": amount.currency, "amount": float(amount.amount)} for amount in amounts]


def _finding(finding: Finding, language: Language) -> Json:
    keys = [_key(column) for column in finding.columns]
    shown: Json = {
        "check": finding.check.id,
        "title": finding.check.title.of(language),
        "severity": finding.severity,
        "report": finding.report,
        "count": finding.count,
        "units": finding.units,
        "money": _money(finding.money),
        "groups": [_group(group) for group in finding.groups],
        "rows": [dict(zip(keys, map(plain, row), strict=True)) for row in finding.rows],
        "rule": finding.check.rule,
        "advice": finding.check.advice.of(language),
    }
    if finding.is_suspect:
        shown["suspect"] = True
    return shown


def _group(group: Group) -> Json:
    return {
        "name": plain(group.names[0][1]),
        **{_key(column): plain(value) for column, value in group.names},
        "count": group.count,
        "units": group.units,
        "money": _money(group.money),
    }


def _number(value: Fraction | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value.denominator == 1 else float(value)


def _metric(metric: Measured, language: Language) -> Json:
    window = metric.window
    shown: Json = {
        "id": metric.id,
        "value": _number(metric.value),
        "numerator": _number(metric.numerator),
        "denominator": _number(metric.denominator),
        "window": {"from": window[0].isoformat(), "to": window[1].isoformat()} if window else None,
        "target": _number(metric.target),
        "status": metric.status,
        "headroom": metric.headroom,
        "rule": metric.test.rule,
    }
    if metric.comparison:
        shown["comparison"] = metric.comparison
    if metric.recovery is not None:
        shown["recovery"] = metric.recovery
    if metric.marketplace is not None:
        shown["marketplace"] = metric.marketplace
    note = getattr(metric.test, "note", None)
    if note is not None:
        shown["note"] = note.of(language)
    return shown


def _missing(missing: NotComputable, book: Rulebook, language: Language) -> Json:
    return {
        "metric": missing.id,
        "why": missing.why.of(language),
        "needs": list(missing.needs),
        "where": {name: book.reports[name].where.of(language) for name in missing.needs if name in book.reports},
    }


# ---------------------------------------------------------------- text

_WORDS: Mapping[str, tuple[str, str]] = {
    "urgent": ("URGENT", "紧急"),
    "warning": ("WARNING", "注意"),
    "info": ("INFO", "提示"),
    "read": (
        "{file}: {title}, {rows} rows, {rejected} rejected, {duplicates} repeated",
        "{file}：{title}，{rows} 行，拒收 {rejected} 行，重复 {duplicates} 行",
    ),
    "not_read": ("{file}: no report: {reason}", "{file}：不是报告：{reason}"),
    "line": ("line {line}: {reason}", "第 {line} 行：{reason}"),
    "more": ("... and {count} more", "……另有 {count} 个"),
    "unit": ("{count} unit", "{count} 件"),
    "units": ("{count} units", "{count} 件"),
    "rule": ("rule: {title} ({id})", "规则：{title}（{id}）"),
    "suspect": (
        "nearly every row is affected; look first whether the file is what it was taken for",
        "几乎所有行都命中；请先确认文件类型是否识别正确",
    ),
    "metrics": ("Metrics", "指标"),
    "target_below": ("target below {target}", "目标低于 {target}"),
    "target_at_least": ("target at least {target}", "目标不低于 {target}"),
    "room": ("{count} more cases allowed", "还可容许 {count} 例"),
    "over": ("{count} cases too many", "超出 {count} 例"),
    "recovery": ("{count} more good cases needed", "还需 {count} 例正常记录"),
    "missing": ("Not computable", "无法计算"),
    "needs": ("needs: {reports}", "需要：{reports}"),
    "none": ("Nothing found.", "没有发现问题。"),
    "unknown_currency": ("(currency not given)", "（未注明币种）"),
    "good": ("good", "达标"),
    "bad": ("missed", "未达标"),
    "unknown": ("", ""),
}
_SHOWN_ROWS = 8
_SHOWN_REJECTED = 10
Styled = Callable[[str, str], str]
"""(text, style name) -> text for the terminal; styles are urgent, warning, info, title and quiet."""


def word(name: str, language: Language, **values: object) -> str:
    english, chinese = _WORDS[name]
    return (chinese if language == "zh" else english).format(**values)


def to_text(checked: Checked, book: Rulebook, language: Language, styled: Styled) -> str:
    """The whole result for people: files, findings by severity, metrics, what could not be computed."""
    return "\n".join(_lines(checked, book, language, styled))


def _lines(checked: Checked, book: Rulebook, language: Language, styled: Styled) -> Iterator[str]:
    for report in checked.reports:
        yield from _report_lines(report, book, language, styled)
    if not checked.findings and any(report.format for report in checked.reports):
        yield ""
        yield word("none", language)
    for finding in checked.findings:
        yield from _finding_lines(finding, book, language, styled)
    if checked.metrics:
        yield ""
        yield styled(word("metrics", language), "title")
        for metric in checked.metrics:
            yield "  " + metric_line(metric, book, language)
    if checked.not_computable:
        yield ""
        yield styled(word("missing", language), "title")
        for missing in checked.not_computable:
            test = book.checks[missing.id]
            yield f"  {test.title.of(language)}: {missing.why.of(language)}"
            titles = "; ".join(
                f"{book.reports[name].title.of(language)} ({book.reports[name].where.of(language)})"
                for name in missing.needs
                if name in book.reports
            )
            if titles:
                yield "    " + styled(word("needs", language, reports=titles), "quiet")


def _report_lines(report: Report, book: Rulebook, language: Language, styled: Styled) -> Iterator[str]:
    if report.format is None:
        reason = report.reason.text(language) if report.reason else ""
        yield styled(word("not_read", language, file=report.file, reason=reason), "urgent")
        return
    yield word(
        "read",
        language,
        file=report.file,
        title=book.reports[report.format].title.of(language),
        rows=f"{report.rows:,}",
        rejected=f"{len(report.rejected):,}",
        duplicates=f"{report.duplicates:,}",
    )
    for row in report.rejected[:_SHOWN_REJECTED]:
        yield "  " + styled(word("line", language, line=row.line, reason=row.reason.text(language)), "quiet")
    if len(report.rejected) > _SHOWN_REJECTED:
        yield "  " + styled(word("more", language, count=len(report.rejected) - _SHOWN_REJECTED), "quiet")
    for note in report.notes:
        yield "  " + styled(note.text(language), "quiet")


def money_text(amounts: tuple[Amount, ...], language: Language) -> str:
    blank = " " if language == "en" else ""
    unknown = blank + word("unknown_currency", language)
    return ", ".join(f"{amount.amount:,.2f}{f' {amount.currency}' if amount.currency else unknown}" for amount in amounts)


def _measures(count: int, units: int | None, amounts: tuple[Amount, ...], language: Language) -> str:
    parts = [f"{count:,}"]
    if units is not None:
        parts.append(word("units", language, count=f"{units:,}"))
    if amounts:
        parts.append(money_text(amounts, language))
    return " · ".join(parts)


def _finding_lines(finding: Finding, book: Rulebook, language: Language, styled: Styled) -> Iterator[str]:
    yield ""
    head = f"[{word(finding.severity, language)}] {finding.check.title.of(language)}"
    if finding.check.each:
        head += f" ({book.reports[finding.report].title.of(language)})"
    colon = _colon(language)
    yield styled(head, finding.severity) + colon + _measures(finding.count, finding.units, finding.money, language)
    if finding.is_suspect:
        yield "  " + styled(word("suspect", language), "warning")
    for group in finding.groups[:_SHOWN_ROWS]:
        names = (shown(name, value, book, language) if value is not None else "-" for name, value in group.names)
        yield f"  {' / '.join(dict.fromkeys(names))}{colon}{_measures(group.count, group.units, group.money, language)}"
    if not finding.groups:
        for row in finding.rows[:_SHOWN_ROWS]:
            cells = zip(finding.columns, row, strict=True)
            said = ((column, shown(column, value, book, language)) for column, value in cells if value is not None)
            yield "  " + "  ".join(f"{_key(column)}={value}" for column, value in said)
    more = len(finding.groups or finding.rows) - _SHOWN_ROWS
    if more > 0:
        yield "  " + styled(word("more", language, count=f"{more:,}"), "quiet")
    yield f"  -> {finding.check.advice.of(language)}"
    page = book.pages.get(finding.check.rule)
    if page is not None:
        yield "  " + styled(word("rule", language, title=page.title.of(language), id=page.id), "quiet")


def metric_line(metric: Measured, book: Rulebook, language: Language) -> str:
    """One line: name, value, fraction, target, headroom."""
    name = metric.test.title.of(language) if metric.id == metric.test.id else _called("metric", metric.id, book, language)
    if metric.marketplace:
        name += f" ({book.store_of(metric.marketplace)})"
    parts = []
    if metric.value is not None:
        parts.append(f"{float(metric.value) * 100:.2f} %" if metric.value <= 1 else f"{float(metric.value):g}")
    if metric.numerator is not None and metric.denominator is not None:
        parts.append(f"{_number(metric.numerator):,} / {_number(metric.denominator):,}")
    elif metric.numerator is not None:
        parts.append(f"{_number(metric.numerator):,}")
    if metric.target is not None and metric.comparison:
        parts.append(word(f"target_{metric.comparison}", language, target=f"{float(metric.target) * 100:g} %"))
    status = word(metric.status, language) if metric.status in _WORDS else _called("status", metric.status, book, language)
    if status:
        parts.append(status)
    if metric.headroom is not None:
        kind = "room" if metric.headroom >= 0 else "over"
        parts.append(word(kind, language, count=abs(metric.headroom)))
    if metric.recovery:
        parts.append(word("recovery", language, count=metric.recovery))
    return name + _colon(language) + ("，" if language == "zh" else ", ").join(parts)


def _colon(language: Language) -> str:
    return "：" if language == "zh" else ": "


def _called(column: str, value: str, book: Rulebook, language: Language) -> str:
    """A value of a report as people call it; as it is where nothing is known of it."""
    label = label_of(column, value, book)
    return label.title.of(language) if label else value


def shown(column: str, value: object, book: Rulebook, language: Language) -> str:
    """A value of a report as people read it; what is a sentence in English already stays as the report has it."""
    text = str(plain(value))
    is_said = language == "en" and text[:1].isupper() and not text.isupper()
    label = None if is_said else label_of(column, value, book)
    return label.title.of(language) if label else book.store_of(text)
