"""What changed between two uploads of one report: new, solved and worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.checks.results import Checked, Finding, plain

Cases = Mapping[str, Mapping[str, int | None]]
"""Check id -> key of a case (its SKU, order, ...) -> its units. Ready for JSON, to be kept with an upload."""


@dataclass(frozen=True)
class Change:
    """The cases of one check, by their keys."""

    new: tuple[str, ...]
    solved: tuple[str, ...]
    worse: tuple[str, ...]
    """In both, with more units than before."""
    same: int


def cases_of(checked: Checked) -> dict[str, dict[str, int | None]]:
    """The cases that checks found, for comparing them with a later upload. Checks that only describe are left out."""
    found: dict[str, dict[str, int | None]] = {}
    for finding in checked.findings:
        if finding.check.clean:
            _add_cases(found.setdefault(finding.check.id, {}), finding)
    return found


def cases_in(finding: Finding | None) -> dict[str, int | None]:
    """The cases of one finding, also of one that only describes; none where nothing was found."""
    cases: dict[str, int | None] = {}
    if finding is not None:
        _add_cases(cases, finding)
    return cases


def _add_cases(cases: dict[str, int | None], finding: Finding) -> None:
    keys = [finding.columns.index(column) for column in finding.check.count if column in finding.columns]
    units = finding.columns.index(finding.check.units) if finding.check.units in finding.columns else None
    for row in finding.rows:
        key = " · ".join(str(plain(row[place])) for place in keys if row[place] is not None)
        more = int(row[units] or 0) if units is not None else None
        before = cases.get(key)
        cases[key] = more if before is None or more is None else before + more


def changes(before: Cases, after: Cases) -> dict[str, Change]:
    """Check id -> what changed; checks in which nothing is left and nothing was are not named."""
    result = {}
    for check in sorted({*before, *after}):
        old, now = before.get(check, {}), after.get(check, {})
        both = old.keys() & now.keys()
        worse = sorted(key for key in both if (now[key] or 0) > (old[key] or 0))
        result[check] = Change(
            new=tuple(sorted(now.keys() - old.keys())),
            solved=tuple(sorted(old.keys() - now.keys())),
            worse=tuple(worse),
            same=len(both) - len(worse),
        )
    return result
