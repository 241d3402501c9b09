"""Amazon's account health report, V2 (JSON) or V1 (XML), as rows of metrics.

The JSON strays from its schema in known ways: numbers as strings, some names spelt differently, one report per
marketplace or a list of them. Names are therefore compared without case and ending.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bot.reports.report import NotAReport
from bot.reports.values import read_time

COLUMNS = (
    "marketplace", "metric", "status", "value", "numerator", "denominator", "target", "comparison",
    "window-from", "window-to",
)  # fmt: skip
Row = dict[str, str]
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")

_RATES: dict[str, tuple[str, str, str]] = {
    # name in the report, without case: (metric, numerator, denominator)
    "lateshipmentrate": ("late-shipment-rate", "lateshipmentcount", "ordercount"),
    "validtrackingrate": ("valid-tracking-rate", "validtrackingcount", "shipmentcount"),
    "prefulfillmentcancellationrate": ("cancellation-rate", "cancellationcount", "ordercount"),
    "prefulfillmentcancelrate": ("cancellation-rate", "cancellationcount", "ordercount"),
    "ontimedeliveryrate": ("on-time-delivery-rate", "ontimedeliverycount", "shipmentcountwithvalidtracking"),
    "unitontimedeliveryrate": ("unit-on-time-delivery-rate", "unitontimedeliverycount", "totalunitcount"),
    "invoicedefectrate": ("invoice-defect-rate", "invoicedefect", "ordercount"),
    "orderdefectrate": ("order-defect-rate", "orderwithdefects", "ordercount"),
}
_DEFAULTS = {
    # Where the report carries no condition: which way the metric is good.
    "valid-tracking-rate": "at_least",
    "on-time-delivery-rate": "at_least",
    "unit-on-time-delivery-rate": "at_least",
}


def rows_of_json(path: Path) -> list[Row]:
    """Rows of a V2 report; raises `NotAReport` for any other JSON."""
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig", errors="replace"))
    except (ValueError, RecursionError) as error:
        raise NotAReport("damaged") from error
    if isinstance(data, list) and len(data) == 1:
        [data] = data
    code = _error_code(data)
    if code:
        raise NotAReport("api_error", code=code)
    if not isinstance(data, dict) or "performancemetrics" not in {key.lower() for key in data}:
        raise NotAReport("unknown_document", kind="JSON")
    low = _lowered(data)
    spelt = next(value for key, value in data.items() if key.lower() == "performancemetrics")
    rows: list[Row] = []
    for status in low.get("accountstatuses") or []:
        if isinstance(status, dict):
            rows.append(
                {
                    "marketplace": _word(status.get("marketplaceid")),
                    "metric": "account-status",
                    "status": _word(status.get("status")),
                }
            )
    for metrics, original in zip(low.get("performancemetrics") or [], spelt or [], strict=True):
        if isinstance(metrics, dict):
            rows += _metrics(metrics, {key.lower(): key for key in original}, _word(metrics.get("marketplaceid")))
    return rows


def _error_code(data: Any) -> str | None:
    """The code of an error answer of Amazon's interface."""
    if not isinstance(data, dict):
        return None
    errors = data.get("errors", [data] if {"code", "message"} <= set(data) else None)
    if isinstance(errors, list) and errors and isinstance(errors[0], dict) and "code" in errors[0]:
        return re.sub(r"[^A-Za-z0-9 _.-]", "", str(errors[0]["code"]))[:60] or "?"
    return None


def _kebab(name: str) -> str:
    """``listingPolicyViolations`` -> ``listing-policy-violations``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _lowered(data: Any) -> Any:
    if isinstance(data, dict):
        return {str(key).lower(): _lowered(value) for key, value in data.items()}
    if isinstance(data, list):
        return [_lowered(item) for item in data]
    return data


def _word(value: Any) -> str:
    return "" if value is None or isinstance(value, (dict, list)) else str(value)


def _metrics(metrics: Mapping[str, Any], spelt: Mapping[str, str], marketplace: str) -> Iterator[Row]:
    """A row per metric of one marketplace; `spelt` gives the names in the report's own spelling."""
    for name, value in metrics.items():
        bare = name.removesuffix("list")
        for item in value if isinstance(value, list) else [value]:
            if not isinstance(item, dict):
                continue
            if bare == "orderdefectrate":
                for channel in ("afn", "mfn"):
                    if isinstance(item.get(channel), dict):
                        merged = {**{k: v for k, v in item.items() if k not in ("afn", "mfn")}, **item[channel]}
                        yield _rate(f"order-defect-rate-{channel}", merged, marketplace, *_RATES[bare][1:])
            elif bare in _RATES:
                metric, numerator, denominator = _RATES[bare]
                yield _rate(metric, item, marketplace, numerator, denominator)
            elif bare == "accounthealthrating":
                yield _score(item, marketplace)
            elif "defectscount" in item:
                yield _policy(_kebab(spelt[name]), item, marketplace)


def _rate(metric: str, item: Mapping[str, Any], marketplace: str, numerator: str, denominator: str) -> Row:
    window = item.get("reportingdaterange") if isinstance(item.get("reportingdaterange"), dict) else {}
    condition = _word(item.get("targetcondition")).upper()
    comparison = "at_least" if condition.startswith("GREATER") else "below" if condition.startswith("LESS") else ""
    return {
        "marketplace": marketplace,
        "metric": metric,
        "status": _word(item.get("status")),
        "value": _word(item.get("rate")),
        "numerator": _count(item.get(numerator)),
        "denominator": _count(item.get(denominator)),
        "target": _word(item.get("targetvalue")),
        "comparison": comparison or _DEFAULTS.get(metric, "below"),
        "window-from": _day((window or {}).get("reportingdatefrom")),
        "window-to": _day((window or {}).get("reportingdateto")),
    }


def _day(value: Any) -> str:
    """The day of a moment: as written where that is ISO, else by UTC; any other text as it is."""
    text = _word(value)
    if _ISO_DAY.match(text):
        return text[:10]
    moment = read_time(text, "month_first")
    return moment.date().isoformat() if moment else text


def _count(value: Any) -> str:
    """A count, given plainly or as ``{"count": n, "status": ...}``."""
    return _word(value.get("count")) if isinstance(value, dict) else _word(value)


def _score(item: Mapping[str, Any], marketplace: str) -> Row:
    status = _word(item.get("accounthealthratingstatus")) or _word(item.get("ahrstatus"))
    score = _word(item.get("accounthealthratingscore")) or _word(item.get("ahrscore"))
    return {"marketplace": marketplace, "metric": "account-health-rating", "status": status, "value": score}


def _policy(name: str, item: Mapping[str, Any], marketplace: str) -> Row:
    return {
        "marketplace": marketplace,
        "metric": name,
        "status": _word(item.get("status")),
        "numerator": _word(item.get("defectscount")),
        "target": _word(item.get("targetvalue")),
    }


# ---------------------------------------------------------------- V1


def rows_of_xml(path: Path) -> list[Row]:
    """Rows of a V1 report; raises `NotAReport` for any other XML."""
    try:
        root = fromstring(path.read_bytes())
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise NotAReport("damaged") from error
    code = next((node.text or "?" for node in root.iter() if _tag(node) == "code"), None)
    if _tag(root) in ("errorresponse", "error") and code:
        raise NotAReport("api_error", code=code)
    reports = [node for node in root.iter() if _tag(node) == "sellerperformancereport"]
    if not reports:
        raise NotAReport("unknown_document", kind="XML")
    return [row for report in reports for row in _rows_of_report(report)]


_V1_RATES = {
    "lateshipment": ("late-shipment-rate", "below"),
    "prefulfillmentcancellation": ("cancellation-rate", "below"),
    "refunds": ("refund-rate", ""),
    "orderdefects": ("order-defect-rate-mfn", "below"),
}
_V1_REPLIES = {
    "responseunder24hours": "replies-within-24h",
    "responsetimegreaterthan24hours": "replies-after-24h",
    "noresponseforcontactsolderthan24hours": "no-reply-after-24h",
    "averageresponsetimeinhours": "average-reply-hours",
}


def _rows_of_report(report: Element) -> Iterator[Row]:
    marketplace = next(
        (node.text or "" for node in report.iter() if _tag(node) in ("marketplaceid", "marketplace")), ""
    ).strip()
    for block in report.iter():
        tag = _tag(block)
        if tag == "customerexperiencemetrics":
            yield from _experience(block, marketplace)
        elif tag == "responsetimemetrics":
            days = _frame(block)
            for node in block.iter():
                if _tag(node) in _V1_REPLIES:
                    yield {
                        "marketplace": marketplace,
                        "metric": _V1_REPLIES[_tag(node)] + days,
                        "value": _number_in(node),
                    }


def _experience(block: Element, marketplace: str) -> Iterator[Row]:
    days = _frame(block)
    orders = next((_number_in(node) for node in block.iter() if _tag(node) in ("ordercount", "orders")), "")
    for node in block.iter():
        if _tag(node) in _V1_RATES:
            metric, comparison = _V1_RATES[_tag(node)]
            parts = {_tag(child): _number_in(child) for child in node.iter()}
            yield {
                "marketplace": marketplace,
                "metric": metric + days,
                "status": next((child.text or "" for child in node.iter() if _tag(child) == "status"), "").strip(),
                "value": parts.get("rate", ""),
                "numerator": parts.get("count", ""),
                "denominator": orders,
                "comparison": comparison,
            }


_WINDOWS = (7, 10, 14, 30, 60, 90, 365)
"""Days of the windows that Amazon counts in; whether first and last day both count differs by a day."""


def _frame(block: Element) -> str:
    """``-30d`` for a block about 30 days, given as their number or as first and last day; nothing where it does not say."""
    for node in block.iter():
        if _tag(node) in ("timeframe", "timeframeindays", "days"):
            # Each part is a day or a moment, in whatever form it is written.
            text = " ".join(_day(part.strip()) for part in node.itertext() if part.strip())
            days = [date.fromisoformat(day) for day in re.findall(r"\d{4}-\d{2}-\d{2}", text) if _is_day(day)]
            if len(days) > 1:
                length = (days[1] - days[0]).days + 1
                return f"-{next((usual for usual in _WINDOWS if abs(usual - length) <= 1), length)}d"
            found = re.search(r"(?<![\d-])\d{1,3}(?![\d-])", text)
            if found and not days:
                return f"-{found[0]}d"
    return ""


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _tag(node: Element) -> str:
    return str(node.tag).rpartition("}")[2].lower()


def _number_in(node: Element) -> str:
    found = re.search(r"-?\d+(\.\d+)?%?", (node.text or "").replace(",", ""))
    return found[0] if found else ""
