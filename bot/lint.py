"""Every check of content that needs no question to be asked: references, versions, tables, texts, formulas, patterns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

from bot.answering.templates import BadTemplate, fill, names_in
from bot.checks.validate import check_problems
from bot.deciding import formulas
from bot.deciding.formulas import BadFormula
from bot.reports.header import plain
from bot.rulebook import models
from bot.rulebook.book import EndlessInclude, Rulebook, assemble, facts_of
from bot.rulebook.loader import content_files, list_of
from bot.rulebook.models import AnyPage, DecisionPage, DraftPage, ReferencePage
from bot.rulebook.parsing import BadValue, parse_value
from bot.rulebook.problems import Path as Keys
from bot.rulebook.problems import Problem, key_of
from bot.rulebook.proof import Finding, table_findings, version_findings
from bot.rulebook.yaml_file import YamlFile, read_yaml
from bot.understanding.concepts import spellings_by_concept
from bot.understanding.index import Index, Vectors
from bot.understanding.normalise import normalise
from bot.understanding.patterns import BadPattern, compile_pattern
from bot.understanding.selfcheck import misread_facts, stray_examples

ENOUGH_QUESTIONS = 12
"""Example questions per language below which a page counts as thin."""


def lint(book: Rulebook, root: Path) -> list[Problem]:
    """All problems of loaded content, in file order; `root` is where its files are, for line numbers."""
    return _located(_findings(book), root)


def lint_routing(index: Index, vectors: Vectors | None, root: Path) -> list[Problem]:
    """Example questions that do not lead to their own page, and examples of facts that are misread."""
    return _located(_routing_findings(index, vectors), root)


def _routing_findings(index: Index, vectors: Vectors | None) -> Iterator[Found]:
    for number, place, message in misread_facts(index):
        yield "facts", ((number, "examples", place), message), "error"
    for stray in stray_examples(index, vectors):
        page = index.book.pages[stray.page]
        path: Keys = ("title",)
        for language in models.LANGUAGES:
            questions = getattr(page.questions, language)
            if stray.text in questions:
                path = ("questions", language, questions.index(stray.text))
        message = f"{stray.text!r} leads to {stray.other} as well (own page {stray.share:.2f}); sharpen one of the two"
        yield file_of(page), (path, message), "error"


def _located(findings: Iterable[Found], root: Path) -> list[Problem]:
    """Findings with file, line and column."""
    contents = content_files(root)
    files: dict[str, YamlFile] = {}

    def parsed(name: str) -> YamlFile:
        if name not in files:
            files[name] = read_yaml(name, contents[name])
        return files[name]

    problems: list[Problem] = []
    for name, (path, message), severity in findings:
        file, keys = name, path
        if not name.endswith(".yaml"):
            file, keys = _place_in_list(name, path, [parsed(part) for part in contents if list_of(part) == name])
        line, column = parsed(file).place(keys)
        problems.append(Problem(file, line, column, key_of(keys), message, severity))
    return sorted(problems, key=lambda problem: (problem.severity, problem.file, problem.line))


def _place_in_list(name: str, path: Keys, files: list[YamlFile]) -> tuple[str, Keys]:
    """The file of a list that holds entry number ``path[0]`` of all its files, and the entry's number there."""
    number, *rest = path
    for file in files:
        if isinstance(number, int) and number < len(file.data):
            return file.name, (number, *rest)
        number = int(number) - len(file.data)
    raise LookupError(f"{name} has no entry {path[0]}")


def file_of(page: AnyPage | models.Piece) -> str:
    """The file that a page stands in."""
    domain, name = page.id.split(".")
    folder = "knowledge" if page.kind in ("reference", "piece") else "rules"
    return f"{folder}/{domain}/{name}.yaml"


Found = tuple[str, Finding, Literal["error", "warning"]]
"""File (or the name of a list, whose entries are numbered through all its files), finding, severity."""


def _findings(book: Rulebook) -> Iterator[Found]:
    for finding in _fact_findings(book):
        yield "facts", finding, "error"
    for finding in _spelling_findings(book):
        yield "glossary", finding, "error"
    for finding in _marketplace_findings(book):
        yield "marketplaces", finding, "error"
    for piece in book.content.pieces:
        for finding in (*_citation_findings(piece.cite, ("cite",), book), *_include_findings(piece, (), book)):
            yield file_of(piece), finding, "error"
    for page in book.content.pages:
        for finding in _page_findings(page, book):
            yield file_of(page), finding, "error"
        if page.status == "active":
            for finding in (*_thin(page), *_untold(page)):
                yield file_of(page), finding, "warning"
    yield from _shared_questions(book)
    for problem in check_problems(book):
        yield "checks", ((problem.number, *problem.key.split(".")), problem.message), "error"
    for finding in _topic_findings(book):
        yield "topics", finding, "error"
    for finding in (*_heading_findings(book), *_rhythm_findings(book)):
        yield "reports", finding, "error"


def _topic_findings(book: Rulebook) -> Iterator[Finding]:
    """Tests and groups of words that topics name and that do not exist."""
    groups = {group.id for group in book.content.words}
    for number, topic in enumerate(book.content.topics):
        for key, names, known in (
            ("tests", topic.tests, book.tests.keys()),
            ("says", tuple(group for line in topic.says for group in line), groups),
            ("unless", topic.unless, groups),
        ):
            for name in names:
                if name not in known:
                    yield (number, key), f"there is no {name}"


def _rhythm_findings(book: Rulebook) -> Iterator[Finding]:
    for number, report in enumerate(book.content.reports):
        if report.rhythm and report.rhythm.rule not in book.pages:
            yield (number, "rhythm", "rule"), f"there is no page {report.rhythm.rule}"


def _heading_findings(book: Rulebook) -> Iterator[Finding]:
    """Personal columns that a format would keep, and headings that stand for two columns."""
    for number, report in enumerate(book.content.reports):
        personal = {plain(heading) for heading in report.dropped}
        owner: dict[str, str] = {}
        for column in report.columns:
            for heading in map(plain, (column.name, *column.also)):
                if heading in personal:
                    yield (
                        (number, "columns"),
                        f"{report.id} keeps {column.name}, whose heading {heading!r} it lists as personal",
                    )
                if owner.setdefault(heading, column.name) != column.name:
                    both = f"{owner[heading]} and for {column.name}"
                    yield (number, "columns"), f"{report.id}: the heading {heading!r} stands for {both}"


def _fact_findings(book: Rulebook) -> Iterator[Finding]:
    spellings = spellings_by_concept(book.content.concepts)
    concepts = {concept.id for concept in book.content.concepts}
    for number, fact in enumerate(book.content.facts):
        if fact.told_by is not None and fact.told_by not in book.facts:
            yield (number, "told_by"), f"there is no fact {fact.told_by}"
        for place, concept in enumerate(fact.speaks_with):
            if concept not in concepts:
                yield (number, "speaks_with", place), f"there is no concept {concept}"
        sources: list[tuple[Keys, models.Examples]] = [(("said",), fact.said), (("mentioned",), fact.mentioned)]
        sources += [(("worded", place, "said"), worded.said) for place, worded in enumerate(fact.worded)]
        sources += [(("choices", place, "said"), choice.said) for place, choice in enumerate(fact.choices)]
        for keys, said in sources:
            for language in models.LANGUAGES:
                for place, pattern in enumerate(getattr(said, language)):
                    try:
                        compile_pattern(pattern, spellings)
                    except BadPattern as error:
                        yield (number, *keys, language, place), f"the pattern {pattern!r} {error}"


def _marketplace_findings(book: Rulebook) -> Iterator[Finding]:
    spellings = spellings_by_concept(book.content.concepts)
    for number, marketplace in enumerate(book.content.marketplaces):
        for pattern in marketplace.said.all():
            try:
                compile_pattern(pattern, spellings)
            except BadPattern as error:
                yield (number, "said"), f"the pattern {pattern!r} {error}"


def _spelling_findings(book: Rulebook) -> Iterator[Finding]:
    owner: dict[str, str] = {}
    for number, concept in enumerate(book.content.concepts):
        for language in models.LANGUAGES:
            for place, form in enumerate(getattr(concept, language)):
                first = owner.setdefault(normalise(form), concept.id)
                if first != concept.id:
                    yield (number, language, place), f"{form!r} already belongs to the concept {first}"


def _page_findings(page: AnyPage, book: Rulebook) -> Iterator[Finding]:
    yield from version_findings(page.versions)
    if page.replaced_by and page.replaced_by not in book.pages:
        yield ("replaced_by",), f"there is no page {page.replaced_by}"
    for number, version in enumerate(page.versions):
        if version.change:
            yield from _citation_findings(version.change.cite, ("versions", number, "change", "cite"), book)
    for number, dated in enumerate(page.dates):
        yield from _citation_findings(dated.cite, ("dates", number, "cite"), book)
    for number, related in enumerate(page.related):
        if related not in book.pages:
            yield ("related", number), f"there is no page {related}"
    if isinstance(page, ReferencePage):
        for number, version in enumerate(page.versions):
            yield from _statement_findings(version, ("versions", number), frozenset(), book)
    elif isinstance(page, DraftPage):
        yield from _draft_findings(page, book)
    else:
        yield from _decision_findings(page, book)


def _draft_findings(page: DraftPage, book: Rulebook) -> Iterator[Finding]:
    for number, version in enumerate(page.versions):
        keys: Keys = ("versions", number)
        yield from _unknown_facts(version.ask, (*keys, "ask"), book)
        yield from _citation_findings(version.cite, (*keys, "cite"), book)
        known = frozenset(version.ask)
        yield from _text_findings(version.verdict, (*keys, "verdict"), known)
        yield from _text_findings(version.body, (*keys, "body"), known)
        if version.notes:
            yield from _lines_findings(version.notes, (*keys, "notes"), known)


def _decision_findings(page: DecisionPage, book: Rulebook) -> Iterator[Finding]:
    if page.dated_by and (page.dated_by not in book.facts or book.facts[page.dated_by].type != "date"):
        yield ("dated_by",), f"{page.dated_by} is no date fact"
    tested = {test.expect for test in page.tests}
    for number, version in enumerate(page.versions):
        keys: Keys = ("versions", number)
        problems = list(_version_findings(page, version, keys, book))
        yield from problems
        if not problems:
            for path, message in table_findings(version, book):
                yield (*keys, *path), message
        for place, case in enumerate(version.cases):
            if case.id not in tested:
                yield (*keys, "cases", place, "id"), f"no test expects the case {case.id}"
    cases = {case.id for version in page.versions for case in version.cases}
    for number, test in enumerate(page.tests):
        if test.expect and not test.expect.startswith("ask:") and test.expect not in cases:
            yield ("tests", number, "expect"), f"there is no case {test.expect}"
        yield from _value_findings(test.facts, ("tests", number, "facts"), book)


def _version_findings(page: DecisionPage, version: models.DecisionVersion, keys: Keys, book: Rulebook) -> Iterator[Finding]:
    computed = {value.id for value in version.compute}
    if (page.kind == "calculation") != bool(computed):
        yield keys, "a calculation has compute, a decision has none"
    yield from _unknown_facts(version.ask, (*keys, "ask"), book)
    yield from _value_findings(version.assume, (*keys, "assume"), book)
    listed = {*version.ask, *version.assume, *computed} | ({page.dated_by} if page.dated_by else set())
    yield from _compute_findings(version, keys, listed)
    for place, case in enumerate(version.cases):
        yield from _condition_findings(case.when, (*keys, "cases", place, "when"), listed, computed, book)
        shown = frozenset(listed | set(facts_of(page)))
        yield from _statement_findings(case, (*keys, "cases", place), shown, book)
    for place, addition in enumerate(version.add):
        every = listed | set(facts_of(page))
        yield from _condition_findings(addition.when, (*keys, "add", place, "when"), every, computed, book)
        yield from _text_findings(addition.text, (*keys, "add", place, "text"), frozenset(every))
        yield from _citation_findings(addition.cite, (*keys, "add", place, "cite"), book)


def _compute_findings(version: models.DecisionVersion, keys: Keys, listed: set[str]) -> Iterator[Finding]:
    known = listed - {value.id for value in version.compute}
    for place, value in enumerate(version.compute):
        try:
            names = formulas.names_in(value.formula) if value.formula else ()
        except BadFormula as error:
            yield (*keys, "compute", place, "formula"), f"the formula {error}"
            names = ()
        if value.deadline:
            extra = [value.deadline.plus] if isinstance(value.deadline.plus, str) else []
            names = (value.deadline.start, *extra, *([value.deadline.calendar] if value.deadline.calendar else []))
            if value.deadline.unit == "business_days" and not value.deadline.calendar:
                yield (*keys, "compute", place, "deadline"), "business_days need a calendar"
        for name in names:
            if name not in known:
                yield (*keys, "compute", place), f"{name} is neither in ask or assume nor computed above"
        known.add(value.id)


def _condition_findings(
    condition: models.Condition, keys: Keys, listed: set[str], computed: set[str], book: Rulebook
) -> Iterator[Finding]:
    for fact, test in condition.items():
        if fact not in listed:
            yield (*keys, fact), f"{fact} is neither in ask or assume nor computed"
        elif fact not in computed and fact not in book.facts:
            yield (*keys, fact), f"there is no fact {fact}"
        elif fact not in computed:
            yield from _test_findings(book.facts[fact], test, (*keys, fact), book)


def _test_findings(fact: models.Fact, test: models.Test, keys: Keys, book: Rulebook) -> Iterator[Finding]:
    if isinstance(test, models.Range):
        if fact.is_closed or fact.type == "text":
            yield keys, f"{fact.id} is a {fact.type} fact and has no limits"
        return
    values = test.none_of if isinstance(test, models.Not) else test
    if not fact.is_closed:
        yield keys, f"{fact.id} is a {fact.type} fact; use limits such as {{at_least: ...}}"
        return
    for value in book.expand(values):
        if value not in book.choices(fact.id):
            yield keys, f"{value} is not a value of {fact.id}"


def _own_case_findings(own: models.OwnCase, keys: Keys, book: Rulebook) -> Iterator[Finding]:
    page = book.pages.get(own.page)
    if not isinstance(page, DecisionPage):
        yield (*keys, "page"), f"there is no decision or calculation {own.page}"
        return
    yield from _value_findings(own.given, (*keys, "given"), book)
    used = facts_of(page)
    for name in own.given:
        if name not in used:
            yield (*keys, "given", name), f"{own.page} does not use {name}"


def _statement_findings(statement: models.Statement, keys: Keys, known: frozenset[str], book: Rulebook) -> Iterator[Finding]:
    if statement.own_case:
        yield from _own_case_findings(statement.own_case, (*keys, "own_case"), book)
    yield from _citation_findings(statement.cite, (*keys, "cite"), book)
    yield from _include_findings(statement, keys, book)
    yield from _text_findings(statement.verdict, (*keys, "verdict"), known)
    for name in ("text", "steps"):
        lines = getattr(statement, name)
        if lines:
            yield from _lines_findings(lines, (*keys, name), known)
    for place, conflict in enumerate(statement.conflicts):
        for side in ("act_on", "other"):
            view = getattr(conflict, side)
            yield from _text_findings(view.text, (*keys, "conflicts", place, side), known)
            yield from _citation_findings(view.cite, (*keys, "conflicts", place, side, "cite"), book)


def _include_findings(part: models.Statement | models.Piece, keys: Keys, book: Rulebook) -> Iterator[Finding]:
    for place, piece in enumerate(part.include):
        if piece not in book.pieces:
            yield (*keys, "include", place), f"there is no piece {piece}"
    try:
        assemble(part, book)
    except EndlessInclude as error:
        yield (*keys, "include"), f"goes round in a circle: {error}"


def _lines_findings(lines: models.Lines, keys: Keys, known: frozenset[str]) -> Iterator[Finding]:
    for language in models.LANGUAGES:
        for place, line in enumerate(lines.of(language)):
            yield from _template_findings(line, (*keys, language, place), known)


def _text_findings(text: models.Text, keys: Keys, known: frozenset[str]) -> Iterator[Finding]:
    for language in models.LANGUAGES:
        yield from _template_findings(text.of(language), (*keys, language), known)


def _template_findings(text: str, keys: Keys, known: frozenset[str]) -> Iterator[Finding]:
    try:
        for name in sorted(names_in(text) - known):
            yield keys, f"shows {name}, which this page neither asks for nor computes"
        fill(text, dict.fromkeys(known, "1"), "en")
    except BadTemplate as error:
        yield keys, f"is not a template that can be filled: {error}"


def _citation_findings(citations: tuple[models.Citation, ...], keys: Keys, book: Rulebook) -> Iterator[Finding]:
    for place, citation in enumerate(citations):
        if citation.source not in book.sources:
            yield (*keys, place, "source"), f"there is no source {citation.source}"


def _unknown_facts(names: tuple[str, ...], keys: Keys, book: Rulebook) -> Iterator[Finding]:
    for place, name in enumerate(names):
        if name not in book.facts:
            yield (*keys, place), f"there is no fact {name}"


def _value_findings(values: dict[str, str], keys: Keys, book: Rulebook) -> Iterator[Finding]:
    for name, text in values.items():
        if name not in book.facts:
            yield (*keys, name), f"there is no fact {name}"
            continue
        try:
            parse_value(book.facts[name], text, book)
        except BadValue as error:
            yield (*keys, name), str(error)


def _thin(page: AnyPage) -> Iterator[Finding]:
    for language in models.LANGUAGES:
        count = len(getattr(page.questions, language))
        if count < ENOUGH_QUESTIONS:
            yield ("questions", language), f"has {count} example questions; {ENOUGH_QUESTIONS} or more match well"


def _untold(page: AnyPage) -> Iterator[Finding]:
    for number, version in enumerate(page.versions):
        if version.start and number and version.change is None:
            yield ("versions", number), f"has no change: what became different on {version.start}, old -> new in one line"


def _shared_questions(book: Rulebook) -> Iterator[Found]:
    owner: dict[str, str] = {}
    for page in book.active_pages:
        for language in models.LANGUAGES:
            for place, question in enumerate(getattr(page.questions, language)):
                first = owner.setdefault(normalise(question), page.id)
                if first != page.id:
                    message = f"the question {question!r} is also an example of {first}"
                    yield file_of(page), (("questions", language, place), message), "error"
