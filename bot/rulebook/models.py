"""What the YAML files mean: one frozen model per thing that a policy analyst writes.

These models are the schema (``sellerbot schema rule`` prints it) and the values that the rest of the program reads.
Every page of content is one of four kinds: `ReferencePage`, `DecisionPage` (also for calculations), `DraftPage` and
`Piece` (text shared by several pages). docs/content.md explains each key with examples.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bot.rulebook.values import FIRST_DAY, LAST_DAY, Period

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
"""Names of facts, cases and computed values: they are used in templates and formulas."""
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")]
"""Names of sources, concepts and outside topics."""
PageId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*\.(_?[a-z0-9][a-z0-9-]*)$")]
"""``domain.name``: the folder and the file name of the page."""
Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def _no_blank(value: Any) -> Any:
    if isinstance(value, str) and not value.strip():
        raise ValueError("must not be empty")
    return value


def _yes_no(value: Any) -> Any:
    """YAML reads an unquoted yes as true; a fact's choice is called ``yes``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value


Sentence = Annotated[str, BeforeValidator(_no_blank)]
Choice = Annotated[str, BeforeValidator(_yes_no), Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Text(Model):
    """One text in both languages. May be a Jinja2 template over the facts and computed values of its page."""

    en: Sentence
    zh: Sentence

    def of(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


class Lines(Model):
    """A list of paragraphs, points or steps, of the same length in both languages."""

    en: tuple[Sentence, ...] = Field(min_length=1)
    zh: tuple[Sentence, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def same_length(self) -> Lines:
        if len(self.en) != len(self.zh):
            raise ValueError(f"has {len(self.en)} lines in en but {len(self.zh)} in zh; each line needs its counterpart")
        return self

    def of(self, language: Language) -> tuple[str, ...]:
        return self.zh if language == "zh" else self.en


class Examples(Model):
    """Example questions or phrases per language; the two lists need not correspond."""

    en: tuple[Sentence, ...] = ()
    zh: tuple[Sentence, ...] = ()

    def all(self) -> tuple[str, ...]:
        return self.en + self.zh


# ---------------------------------------------------------------- sources


class Source(Model):
    """A publication that answers may cite."""

    id: Slug
    title: Sentence = Field(description="As printed there, in its own language.")
    publisher: Sentence
    url: Annotated[str, Field(pattern=r"^https?://")]
    published: date | None = Field(default=None, description="Day of publication; leave out where the page has no date.")
    retrieved: date
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    authority: Literal["amazon", "secondary"]
    reproduced: bool = Field(
        default=False, description="Amazon's own text, but read in somebody else's copy; answers say so."
    )
    review_by: date = Field(description="After this day answers mark the source as due for review.")
    note: Text | None = Field(default=None, description="What a reader should know, e.g. 'undated snapshot'.")


class Citation(Model):
    """A place in a source."""

    source: Slug
    section: str = Field(default="", description="Heading or part of the source, as it is named there.")


# ---------------------------------------------------------------- glossary, facts, marketplaces


class Concept(Model):
    """One thing that sellers talk about, with every way in which they write it."""

    id: Slug
    title: Text
    en: tuple[Sentence, ...] = ()
    zh: tuple[Sentence, ...] = ()
    menu: bool = Field(default=False, description="True for the name of a Seller Central page or menu.")


class Marketplace(Model):
    """An Amazon store, or a group of stores that share a rule."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    amazon_id: Annotated[str, Field(pattern=r"^A[A-Z0-9]+$")] | None = Field(
        default=None, description="How reports name this store."
    )
    title: Text
    said: Examples
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    calendar: str = Field(description="Country code of the public holidays, as the holidays library names it.")
    groups: tuple[Annotated[str, Field(pattern=r"^[a-z_]+$")], ...] = ()


class FactChoice(Model):
    value: Choice
    label: Text
    said: Examples = Field(default=Examples(), description="Patterns that state this value of the asker's case.")
    mentioned: Examples = Field(
        default=Examples(),
        description="Patterns that only name it ('resellers'): used for this question, overruled by `said`.",
    )
    negated: Choice | None = Field(
        default=None, description="The value that holds when somebody says that this one does not."
    )


class WordedNumber(Model):
    """A number that is said without a numeral: "none of them was late" is 0."""

    value: Decimal
    said: Examples


class FactExample(Model):
    """A sentence and what must be understood from it (null: nothing)."""

    text: Sentence
    value: Annotated[str | None, BeforeValidator(lambda v: None if v is None else str(_yes_no(v)))]


class Fact(Model):
    """Something that a rule may need to know about the asker's case."""

    id: Identifier
    type: Literal["choice", "yes_no", "marketplace", "date", "number", "percent", "money", "days", "text"]
    name: Text = Field(description="Noun phrase shown in 'Facts used', e.g. 'ship date'.")
    ask: Text = Field(description="The question that is put to the seller.")
    choices: tuple[FactChoice, ...] = Field(default=(), description="For choice and yes_no.")
    said: Examples = Field(default=Examples(), description="Patterns for date, number, percent, money, days and text facts.")
    mentioned: Examples = Field(
        default=Examples(), description="Patterns with a slot that count only where no pattern of `said` gives a value."
    )
    worded: tuple[WordedNumber, ...] = Field(
        default=(), description="For number and money facts: numbers said without a numeral."
    )
    adds_up: bool = Field(
        default=False,
        description="Values of different things add up: '2 claims and 1 chargeback' are 3. For number and money facts.",
    )
    unclear: Examples = Field(
        default=Examples(), description="Patterns beside which a mere mention settles nothing: the fact stays open."
    )
    not_after: Identifier | None = Field(
        default=None, description="Date fact that bounds this one: units are not shipped after they were received."
    )
    not_before: Identifier | None = Field(default=None, description="Date fact before which this one cannot lie.")
    apart_from: tuple[Identifier, ...] = Field(
        default=(), description="Date facts that are told along with this one: their days are never taken for it."
    )
    told_by: Identifier | None = Field(
        default=None, description="For yes_no facts: the fact whose value, once stated, makes this one yes."
    )
    speaks_with: tuple[Slug, ...] = Field(
        default=(),
        description="Concepts: only in a question that names one of them does this fact speak for the pages that use it.",
    )
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    default_by: Literal["workspace", "person"] | None = Field(
        default=None,
        description="Who may set a value that holds where a question says nothing: the workspace's admins alone "
        "(workspace), or they for all and everybody for themselves (person). None: it is different in every case.",
    )
    examples: tuple[FactExample, ...] = ()

    @model_validator(mode="after")
    def default_is_picked(self) -> Fact:
        if self.default_by is not None and not self.is_closed:
            raise ValueError(f"default_by: a {self.type} fact has no list of values to set a default from")
        return self

    @model_validator(mode="after")
    def choices_fit(self) -> Fact:
        values = [choice.value for choice in self.choices]
        if self.type == "yes_no" and sorted(values) != ["no", "yes"]:
            raise ValueError("a yes_no fact needs exactly the choices yes and no")
        if self.type == "choice" and len(values) < 2:
            raise ValueError("a choice fact needs at least two choices")
        if self.type not in ("choice", "yes_no") and values:
            raise ValueError(f"a {self.type} fact takes no choices")
        if self.mentioned.all() and self.is_closed:
            raise ValueError("mentioned of a fact with choices belongs to each of them")
        if self.worded and self.type not in ("number", "money"):
            raise ValueError(f"a {self.type} fact takes no worded numbers")
        if self.told_by is not None and self.type != "yes_no":
            raise ValueError(f"told_by: a {self.type} fact is not yes or no")
        if self.adds_up and self.type not in ("number", "money"):
            raise ValueError(f"values of a {self.type} fact do not add up")
        for double in {value for value in values if values.count(value) > 1}:
            raise ValueError(f"choice {double} is listed twice")
        for choice in self.choices:
            if choice.negated is not None and choice.negated not in values:
                raise ValueError(f"negated: {choice.negated} is not one of the choices")
        return self

    @property
    def is_closed(self) -> bool:
        """Whether the values are a fixed list, to be offered as buttons."""
        return self.type in ("choice", "yes_no", "marketplace")


# ---------------------------------------------------------------- conditions


class Range(Model):
    """Limits on a number, amount, number of days, per cent or date; several limits must all hold."""

    at_least: Decimal | date | None = None
    above: Decimal | date | None = None
    at_most: Decimal | date | None = None
    below: Decimal | date | None = None

    @model_validator(mode="after")
    def has_limit(self) -> Range:
        if all(v is None for v in (self.at_least, self.above, self.at_most, self.below)):
            raise ValueError("needs at least one of at_least, above, at_most, below")
        return self


def _as_tuple(value: Any) -> Any:
    if isinstance(value, (str, bool)):
        return (value,)
    return value


Values = Annotated[tuple[Choice, ...], BeforeValidator(_as_tuple), Field(min_length=1)]


class Not(Model):
    """Any value but these."""

    none_of: Values = Field(alias="not")


Test = Range | Not | Values
Condition = dict[Identifier, Test]
"""Facts and the values that they must have; all of them must hold. An empty condition always holds."""


# ---------------------------------------------------------------- what an answer says


Scalar = Annotated[str, BeforeValidator(lambda value: str(_yes_no(value)))]
"""A fact's value as it is written; the fact's type says how to read it."""


class View(Model):
    text: Text
    cite: tuple[Citation, ...] = Field(min_length=1)


class Conflict(Model):
    """Sources that disagree: the value to act on, the other one, and why."""

    about: Text
    act_on: View
    other: View
    why: Text | None = None


class OwnCase(Model):
    """The page that works out the asker's own case where an answer says what holds in general."""

    page: PageId = Field(description="A decision or calculation; its open facts are asked for below the answer.")
    given: dict[Identifier, Scalar] = Field(
        default_factory=dict, description="Facts that hold as soon as somebody wants their own case worked out."
    )


class Statement(Model):
    """The body of an answer."""

    verdict: Text = Field(description="First line of the answer: says the outcome in one or two sentences.")
    text: Lines | None = Field(default=None, description="Paragraphs that explain; **bold** and lists by '- ' allowed.")
    steps: Lines | None = Field(default=None, description="What to do, in order.")
    cite: tuple[Citation, ...] = Field(min_length=1)
    conflicts: tuple[Conflict, ...] = ()
    certainty: Literal["high", "medium", "low"] = "high"
    inference: bool = Field(default=False, description="Follows from the sources but no source says it in words.")
    include: tuple[PageId, ...] = Field(default=(), description="Pieces whose text, steps and citations are added.")
    own_case: OwnCase | None = None


class Piece(Model):
    """Text shared by several pages; its file name starts with an underscore."""

    id: PageId
    kind: Literal["piece"]
    text: Lines | None = None
    steps: Lines | None = None
    cite: tuple[Citation, ...] = ()
    include: tuple[PageId, ...] = ()


# ---------------------------------------------------------------- pages


class Change(Text):
    """What became different from one version to the next."""

    cite: tuple[Citation, ...] = Field(default=(), description="What says so; without it, what the version itself cites.")


class DatedChange(Text):
    """Something that a page tells of begins, changes or ends on a day: old -> new in one line."""

    day: date = Field(alias="on")
    cite: tuple[Citation, ...] = Field(min_length=1)


class Version(Model):
    """Days in which this version of a page holds; open ends are left out."""

    start: date | None = Field(default=None, alias="from")
    end: date | None = Field(default=None, alias="to")
    change: Change | None = Field(
        default=None, description="What became different from the version before, old -> new in one line, for the calendar."
    )

    @model_validator(mode="after")
    def ordered(self) -> Version:
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"from {self.start} is after to {self.end}")
        return self

    @property
    def period(self) -> Period:
        return Period(self.start or FIRST_DAY, self.end or LAST_DAY)


class ReferenceVersion(Version, Statement):
    pass


class Case(Statement):
    id: Identifier
    when: Condition = Field(default_factory=dict)


class Addition(Model):
    """Said on top of the deciding case where its condition is known to hold."""

    when: Condition = Field(default_factory=dict)
    text: Text
    cite: tuple[Citation, ...] = ()


class Deadline(Model):
    """A day counted from another one."""

    start: Identifier = Field(alias="from", description="A date fact or a computed day.")
    plus: int | Identifier = Field(description="How many; a number, a number fact or a computed number.")
    unit: Literal["days", "weekdays", "business_days", "weeks", "months"]
    calendar: Identifier | None = Field(
        default=None, description="Marketplace fact whose holidays count; needed for business_days."
    )
    last_day: bool = Field(
        default=False, description="Whether something must be done by this day: once it has passed, the answer says so."
    )


class Computed(Model):
    """A value worked out from facts and from the values above it."""

    id: Identifier
    label: Text
    unit: Literal["money", "number", "percent", "days", "date"]
    formula: str | None = Field(default=None, description="+ - * / ( ) min max round over facts and computed values.")
    deadline: Deadline | None = None

    @model_validator(mode="after")
    def one_way(self) -> Computed:
        if (self.formula is None) == (self.deadline is None):
            raise ValueError("needs either formula or deadline")
        if (self.unit == "date") != (self.deadline is not None):
            raise ValueError("unit date goes with deadline, every other unit with formula")
        return self


class DecisionVersion(Version):
    """A decision table: the first case whose condition holds is the outcome."""

    ask: tuple[Identifier, ...] = Field(default=(), description="Facts to ask for, the most telling first.")
    assume: dict[Identifier, Scalar] = Field(
        default_factory=dict, description="Values taken for facts that nobody stated; answers say so."
    )
    compute: tuple[Computed, ...] = ()
    cases: tuple[Case, ...] = Field(min_length=1)
    add: tuple[Addition, ...] = ()


class DraftVersion(Version):
    """A text to send, with blanks for what is not known."""

    verdict: Text
    ask: tuple[Identifier, ...] = Field(default=(), description="Facts that fill blanks; never asked back.")
    body: Text
    notes: Lines | None = Field(default=None, description="What to check before sending.")
    cite: tuple[Citation, ...] = ()


class PageTest(Model):
    """A question or a set of facts, and the outcome it must have."""

    ask: str | None = None
    facts: dict[Identifier, Scalar] = Field(default_factory=dict)
    as_of: date | None = None
    today: date | None = None
    expect: str | None = Field(default=None, description="Case id, or ask:fact_id where that fact must be asked for.")
    says: tuple[str, ...] = Field(default=(), description="Strings that the answer's text must contain.")
    also: tuple[PageId, ...] = Field(
        default=(), description="Other pages whose answer is as right; `expect` is not for them."
    )
    lang: Language = "en"
    fails: bool = Field(default=False, description="Known failure: must keep failing until this mark is removed.")


class Page(Model):
    """The file card that every page carries."""

    id: PageId
    status: Literal["active", "draft", "retired"] = "active"
    replaced_by: PageId | None = None
    author: Sentence
    modified: date = Field(description="Day of the last change of content.")
    title: Text
    questions: Examples
    misreadings: Lines | None = Field(default=None, description="What people wrongly take from this, and what is so.")
    related: tuple[PageId, ...] = ()
    dates: tuple[DatedChange, ...] = Field(
        default=(), description="For the policy calendar: days that its texts name and at which no version of it begins."
    )
    tests: tuple[PageTest, ...] = ()

    @model_validator(mode="after")
    def retired_names_successor(self) -> Page:
        if self.replaced_by and self.status != "retired":
            raise ValueError("replaced_by is for retired pages")
        return self

    @property
    def domain(self) -> str:
        return self.id.split(".")[0]


class ReferencePage(Page):
    """A question with one answer."""

    kind: Literal["reference"]
    versions: tuple[ReferenceVersion, ...] = Field(min_length=1)


class DecisionPage(Page):
    """A question whose answer depends on facts."""

    kind: Literal["decision", "calculation"]
    dated_by: Identifier | None = Field(
        default=None, description="Date fact that picks the version; without it the day asked about does."
    )
    versions: tuple[DecisionVersion, ...] = Field(min_length=1)


class DraftPage(Page):
    """A text to be written for the asker."""

    kind: Literal["draft"]
    versions: tuple[DraftVersion, ...] = Field(min_length=1)


AnyPage = Annotated[ReferencePage | DecisionPage | DraftPage, Field(discriminator="kind")]


class CalendarQuestions(Model):
    """How people ask for the policy calendar."""

    id: Slug
    questions: Examples = Field(description="Without the time and the domain that are asked about.")
    days: int | None = Field(
        default=None,
        description="The time that is meant where none is named, in days from today (below 0: back). "
        "Without it only questions that name a time are meant.",
    )


class OutsideTopic(Model):
    """Something that sellers ask for and that the rulebook does not cover."""

    id: Slug
    title: Text
    reply: Text | None = Field(
        default=None, description="What is said where nothing was asked that could be covered, as to thanks."
    )
    questions: Examples
