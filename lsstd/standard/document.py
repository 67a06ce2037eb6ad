"""The rest of a standard's document: clauses, terms, references, procedure, form, topics, background."""

from typing import Annotated, Literal

from pydantic import Field

from lsstd.standard.models import ById, Clause, Id, Model, Number, Words


class Provision(Model):
    """The kind of a provision (GB/T 1.1—2020) and the verb that makes it one, if a verb does."""

    kind: Literal["requirement", "instruction", "recommendation", "permission", "statement"]
    verb: str | None = None


class ClauseEntry(Model):
    """A clause: its heading and wording as printed, where quoted; otherwise its gist in lsstd's own words."""

    title: Words | None = Field(None, description="zh as printed")
    text: str | None = Field(None, description="the provision as printed; explanatory prose is not quoted")
    gloss: Words = Field(description="lsstd's own words")
    provision: Provision | None = None
    note: Words | None = Field(None, description="lsstd's remark on the text as printed")


class Term(Model):
    """A term and its definition as printed."""

    id: Id
    clause: Clause
    term: Words = Field(description="zh as printed")
    definition: str
    gloss: Words


class Reference(Model):
    """A document that the standard cites, each spelling of its number as printed."""

    title: Words
    printed: dict[Clause, str] = Field(description="where, and how its number is printed there")
    note: Words | None = None


class Step(Model):
    """A step of the procedure: who does what, what goes from whom to whom, in which time."""

    id: Id
    clause: Clause
    actor: Words
    action: Words
    receiver: Words | None = None
    period: Words | None = None


class FormField(Model):
    """A field of the application form, tied to its fact."""

    id: Id
    printed: str = Field(description="the label as printed")
    gloss: Words
    fact: Id | None = Field(None, description="what fills it; none for the subject's name, seals and opinions")
    filled_by: Literal["fact", "subject_name", "date", "hand"] = "fact"
    part_of: Id | None = Field(None, description="the field of which this is a sub-total (其中) or a follow-up")
    width: Literal["half", "full", "tall"] | None = Field(
        None, description="as printed: half a row, a row, a tall box; else by the fact's kind"
    )
    note: str | None = Field(None, description="which of the form's notes is printed below it")


class FormGroup(Model):
    """A group of fields under one heading of the form; printed is empty where the table goes on without one."""

    id: Id
    printed: str
    gloss: Words
    fields: Annotated[dict[Id, FormField], ById]


class Form(Model):
    """The application form of an annex."""

    clause: Clause
    title: Words = Field(description="zh as printed")
    groups: Annotated[dict[Id, FormGroup], ById]
    notes: dict[str, Words] = Field({}, description="notes as printed (the keys) and their glosses")


class CrossCheck(Model):
    """What must hold between two facts, or between a fact and a number; broken, it is a finding."""

    id: Id
    clause: Clause
    left: Id
    operator: Literal["<=", ">=", "=="]
    right: Id | Number
    gloss: Words


class Topic(Model):
    """A topic of a standard without points, as the scope names it and as the document describes it."""

    id: Id
    label: Words = Field(description="zh as printed")
    clause: Clause = Field(description="where it is described, or else where the scope names it")
    parent: Id | None = None
    in_scope: bool
    described: bool
    covers: Words = Field(description="what the document says it regulates, in lsstd's own words")


class Measure(Model):
    """A measure for a topic; lsstd's own proposal, non-normative."""

    id: Id
    topic: Id
    label: Words
    formula: Words
    unit: Words
    better: Literal["up", "down"]
    source: str


class Level(Model):
    """A level of the maturity scale; lsstd's own, non-normative."""

    level: int = Field(ge=0)
    label: Words
    meaning: Words


class Event(Model):
    """A step in the making of a standard."""

    date: str
    clause: Clause
    what: Words
    names: tuple[str, ...] = Field((), strict=False, description="who took part, as printed")


class Figure(Model):
    """A background figure, with the source as the document gives it."""

    id: Id
    clause: Clause
    value: Number
    unit: Words
    label: Words
    source: str


class Link(Model):
    """A row of one standard and a topic of the other that speak of the same thing."""

    row: Id
    topic: Id
    relation: Literal["same", "part_of", "related"] = Field(description="the row is the same, a part, or related")
    note: Words


class Crosswalk(Model):
    """Where two standards meet; lsstd's own, non-normative."""

    rows_of: str
    topics_of: str
    status: Words
    subjects: dict[Id, Words] = {}
    links: dict[Id, Annotated[tuple[Link, ...], Field(strict=False)]] = Field({}, description="by subject")
