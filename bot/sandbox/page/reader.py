"""Who looks at the page: what names, times and language everything is drawn with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_DATE_TOKEN = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Reader:
    """`people`, `channels`: id -> name, as far as this person may know them. `files`: id -> the page's own address of it.

    `now`: seconds since the epoch on the sandbox's clock. `own`: the sandbox's address, under which images may be shown.
    """

    user: str
    language: str = "en"
    zone: str | None = None
    people: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    now: float = 0.0
    own: str = ""

    @property
    def is_chinese(self) -> bool:
        return self.language == "zh"

    @property
    def tz(self) -> tzinfo:
        return ZoneInfo(self.zone) if self.zone else UTC

    def local(self, at: float) -> datetime:
        """A moment in this person's zone."""
        return datetime.fromtimestamp(at, self.tz)

    def time(self, at: float) -> str:
        """The time of day, such as 09:05 or 9:05 AM."""
        moment = self.local(at)
        if self.is_chinese:
            return f"{moment:%H:%M}"
        return f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"

    def day(self, at: float) -> str:
        """A day for a divider: today, yesterday, or its date."""
        moment, today = self.local(at), self.local(self.now)
        distance = (today.date() - moment.date()).days
        if distance == 0:
            return "今天" if self.is_chinese else "Today"
        if distance == 1:
            return "昨天" if self.is_chinese else "Yesterday"
        if self.is_chinese:
            year = "" if moment.year == today.year else f"{moment.year}年"
            return f"{year}{moment.month}月{moment.day}日 {_WEEKDAYS[moment.weekday()]}"
        year = "" if moment.year == today.year else f", {moment.year}"
        return f"{moment:%A, %B} {moment.day}{year}"

    def moment(self, at: float) -> str:
        """Day and time in full."""
        moment = self.local(at)
        if self.is_chinese:
            return f"{moment.year}年{moment.month}月{moment.day}日 {self.time(at)}"
        return f"{moment:%b} {moment.day}, {moment.year} {self.time(at)}"

    def date_tokens(self, at: float, written: str) -> str:
        """Slack's date tokens, such as `{date_short} {time}`, filled in for this person."""
        moment = self.local(at)

        def filled(found: re.Match[str]) -> str:
            name = found.group(1).removesuffix("_pretty")
            if found.group(1).endswith("_pretty") and abs((self.local(self.now).date() - moment.date()).days) <= 1:
                return self.day(at) if self.is_chinese else self.day(at).lower()
            if name == "date_num":
                return f"{moment:%Y-%m-%d}"
            if name in ("date", "date_long", "date_short", "day_divider_pretty"):
                return self._date(moment, name)
            if name == "time":
                return self.time(at)
            if name == "time_secs":
                return f"{moment:%H:%M:%S}"
            return self.ago(at) if name == "ago" else found.group()

        return _DATE_TOKEN.sub(filled, written)

    def ago(self, at: float) -> str:
        """How long ago something was, in the largest whole unit."""
        seconds = max(0.0, self.now - at)
        units = ((86400, "day", "天前"), (3600, "hour", "小时前"), (60, "minute", "分钟前"))
        for size, english, chinese in units:
            count = int(seconds // size)
            if count:
                return f"{count} {chinese}" if self.is_chinese else f"{count} {english}{'s' if count > 1 else ''} ago"
        return "刚刚" if self.is_chinese else "just now"

    def _date(self, moment: datetime, name: str) -> str:
        if self.is_chinese:
            date = f"{moment.year}年{moment.month}月{moment.day}日"
            return f"{date} {_WEEKDAYS[moment.weekday()]}" if name == "date_long" else date
        month = moment.strftime("%b" if name == "date_short" else "%B")
        date = f"{month} {moment.day}, {moment.year}"
        return f"{moment:%A}, {date}" if name == "date_long" else date
