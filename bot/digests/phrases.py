"""Every text that frames a digest, in both languages."""

from __future__ import annotations

from bot.rulebook.models import Language

LONGEST = 100
"""Characters of a name in a row of names."""
_PHRASES: dict[str, tuple[str, str]] = {
    "and": ("; ", "；"),
    "comma": (", ", "、"),
    "full_stop": (".", "。"),
    "rule": (" Rule: {rule}", "规则：{rule}"),
    "more_keys": ("{n} more", "另有 {n} 个"),
    # ------------------------------------------------ the first line
    "quiet_since": ("Nothing new since {day}.", "自 {day} 以来没有新情况。"),
    "quiet_first": ("Nothing to report.", "目前没有需要注意的事项。"),
    "still_open": (" {n} earlier findings are still open.", "仍有 {n} 项旧问题未解决。"),
    "still_open_one": (" One earlier finding is still open.", "仍有 1 项旧问题未解决。"),
    "no_reports": (
        "No report is here yet. Upload **{report}** first: {where}.",
        "这里还没有报告。请先上传**{report}**：{where}。",
    ),
    "still_no_reports": (" There is still no report here.", "这里仍然没有报告。"),
    "sum_overdue": ("{n} overdue", "{n} 项已逾期"),
    "sum_due": ("{n} due by {day}", "{day} 前到期 {n} 项"),
    "sum_found": ("{counts} found", "发现 {counts}"),
    "sum_changes": ("{counts} since {day}", "自 {day} 以来{counts}"),
    "new": ("{n} new", "新增 {n} 项"),
    "solved": ("{n} solved", "解决 {n} 项"),
    "worse": ("{n} worse", "加重 {n} 项"),
    "urgent": ("{n} urgent", "{n} 项紧急"),
    "warning": ("{n} to look at", "{n} 项需注意"),
    "info": ("{n} to know", "{n} 项提示"),
    "sum_metric": ("one metric misses its target", "1 项指标未达标"),
    "sum_metrics": ("{n} metrics miss their targets", "{n} 项指标未达标"),
    "sum_moved": ("metrics moved", "指标有变化"),
    "sum_calendar": ("{n} on the policy calendar", "政策日历 {n} 项"),
    "sum_stale": ("{n} to upload anew", "{n} 份报告需重新上传"),
    "left_out": ("{n} more lines", "另有 {n} 行"),
    # ------------------------------------------------ deadlines
    "deadlines": ("Deadlines", "截止日期"),
    "left_over": ("{n} days overdue", "已逾期 {n} 天"),
    "left_over_one": ("1 day overdue", "已逾期 1 天"),
    "left_0": ("today", "今天"),
    "left_1": ("tomorrow", "明天"),
    "left": ("in {n} days", "还有 {n} 天"),
    "deadline_line": ("**{what}**: {items}.", "**{what}**：{items}。"),
    "deadline_item": ("{key} {day} ({left})", "{key} {day}（{left}）"),
    "deadlines_table": ("Next deadlines", "最近的截止日期"),
    "column_day": ("Day", "日期"),
    "column_left": ("Left", "剩余"),
    "column_what": ("What", "事项"),
    "column_key": ("SKU or order", "SKU 或订单"),
    "column_report": ("Report", "报告"),
    "deadlines_chart": ("Deadlines by day", "每日到期数"),
    "chart_overdue": ("overdue", "已逾期"),
    # ------------------------------------------------ findings
    "changes": ("Findings since {day}", "自 {day} 以来的问题"),
    "findings": ("Findings", "发现的问题"),
    "severity_urgent": ("Urgent", "紧急"),
    "severity_warning": ("To look at", "需注意"),
    "severity_info": ("To know", "提示"),
    "change_line": ("{severity}: **{title}**: {changes}.", "{severity}：**{title}**：{changes}。"),
    "change_new": ("{n} new ({keys})", "新增 {n} 项（{keys}）"),
    "change_found": ("{n} ({keys})", "{n} 项（{keys}）"),
    "change_worse": ("{n} worse ({keys})", "加重 {n} 项（{keys}）"),
    "change_solved": ("{n} solved", "解决 {n} 项"),
    "unchanged": ("{n} earlier findings are unchanged.", "另有 {n} 项旧问题没有变化。"),
    "unchanged_one": ("One earlier finding is unchanged.", "另有 1 项旧问题没有变化。"),
    # ------------------------------------------------ metrics
    "metrics": ("Metrics", "指标"),
    "trend": ("{arrow} {values}{judged}", "{arrow} {values}{judged}"),
    "trend_since": (" since {day}", "（自 {day}）"),
    "better": (", better", "，好转"),
    "poorer": (", worse", "，变差"),
    "trend_same": ("→ unchanged since {day}", "→ 自 {day} 以来不变"),
    "metrics_same": ("{n} others are unchanged and miss no target.", "其余 {n} 项不变，没有未达标的。"),
    "metrics_same_one": ("One other is unchanged and misses no target.", "其余 1 项不变，没有未达标。"),
    # ------------------------------------------------ calendar
    "calendar": ("Policy calendar, next {n} days", "政策日历（未来 {n} 天）"),
    "review": (
        "{n} sources are past their review date and may be out of date: {titles}.",
        "{n} 个来源已过复核期，可能过时：{titles}。",
    ),
    "review_one": (
        "One source is past its review date and may be out of date: {titles}.",
        "1 个来源已过复核期，可能过时：{titles}。",
    ),
    "more_changes": ("and {n} more", "另有 {n} 条"),
    # ------------------------------------------------ freshness
    "freshness": ("Reports to upload anew", "需重新上传的报告"),
    "stale": (
        "{report}: uploaded {day}, {age} days ago; wanted every {days} days.",
        "{report}：上传于 {day}，已 {age} 天；应每 {days} 天更新。",
    ),
    "stale_daily": (
        "{report}: uploaded {day}, {age} days ago; wanted every day.",
        "{report}：上传于 {day}，已 {age} 天；应每天更新。",
    ),
    # ------------------------------------------------ an alert at once
    "alert": ("Urgent and new in {report}: {counts}.", "{report}出现新的紧急问题：{counts}。"),
    "alert_count": ("{title} ({n})", "{title}（{n} 项）"),
    "alert_line": ("**{title}**: {keys}. {advice}", "**{title}**：{keys}。{advice}"),
}


def phrase(name: str, language: Language, /, **values: object) -> str:
    """The phrase `name` in `language`, with its gaps filled."""
    text = _PHRASES[name][language == "zh"]
    return text.format(**values) if values else text


def counted(name: str, language: Language, n: int, **values: object) -> str:
    """The phrase for a number of things: the one for a single thing where there is one."""
    single = f"{name}_one"
    return phrase(single if n == 1 and single in _PHRASES else name, language, n=n, **values)


def listed(keys: tuple[str, ...] | list[str], language: Language, limit: int) -> str:
    """Some names in a row, and how many more there are."""
    shown = [key if len(key) <= LONGEST else f"{key[: LONGEST - 1]}…" for key in keys[:limit]]
    if len(keys) > limit:
        shown.append(phrase("more_keys", language, n=len(keys) - limit))
    return phrase("comma", language).join(shown)
