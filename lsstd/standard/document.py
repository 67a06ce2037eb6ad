"""The rest of a standard's document: clauses, terms, references, procedure, form, topics, background."""

from typing import Literal

from pydantic import Field

from lsstd.standard.models import ById, Clause, Id, InClause, Listed, Model, Number, Words
from lsstd.words import Text

ProvisionKind = Literal["requirement", "instruction", "recommendation", "permission", "statement"]


class Provision(Model):
    """The kind of a provision (GB/T 1.1—2020) and the verb that makes it one, if a verb does."""

    kind: ProvisionKind = Field(description="its kind")
    verb: str | None = Field(None, description="the verb that makes it one: 应, 宜")


class ClauseEntry(Model):
    """A clause: its heading and wording as printed, where quoted; otherwise its gist in lsstd's own words."""

    title: Words | None = Field(None, description="zh as printed")
    text: str | None = Field(None, description="the provision as printed; explanatory prose is not quoted")
    gloss: Words = Field(description="lsstd's own words")
    provision: Provision | None = Field(None, description="what kind of provision it is")
    note: Words | None = Field(None, description="lsstd's remark on the text as printed")


class Term(Model):
    """A term and its definition as printed."""

    id: Id = Field(description="an id of one's own")
    clause: InClause
    term: Words = Field(description="zh as printed")
    definition: str = Field(description="the definition as printed")
    gloss: Words = Field(description="what it means, in lsstd's own words")


class Reference(Model):
    """A document that the standard cites, each spelling of its number as printed."""

    title: Words = Field(description="the title")
    printed: dict[Clause, str] = Field(description="where, and how its number is printed there")
    note: Words | None = Field(None, description="a remark")


class Step(Model):
    """A step of the procedure: who does what, what goes from whom to whom, in which time."""

    id: Id = Field(description="an id of one's own")
    clause: InClause
    actor: Words = Field(description="who does it")
    action: Words = Field(description="what is done")
    receiver: Words | None = Field(None, description="to whom it goes")
    period: Words | None = Field(None, description="the time that it covers")
    working_days: int | None = Field(None, ge=1, description="the least time that the text sets, in working days")
    every_years: int | None = Field(None, ge=1, description="after how many years it comes round again")
    starts: bool = Field(False, description="whether the procedure begins with it")
    after: Id | None = Field(None, description="the step that is over before it begins")
    during: Id | None = Field(None, description="the step within whose time it falls")
    stamps: tuple[Id, ...] = Field((), strict=False, description="fields of the form that are signed or stamped then")
    decides: Words | None = Field(None, description="whose word decides the grade, where this step settles it")


class FormField(Model):
    """A field of the application form, tied to its fact."""

    id: Id = Field(description="an id of one's own")
    printed: str = Field(description="the label as printed")
    gloss: Words = Field(description="what it means, in lsstd's own words")
    fact: Id | None = Field(None, description="what fills it; none for the subject's name, seals and opinions")
    filled_by: Literal["fact", "subject_name", "date", "hand"] = Field("fact", description="what fills it")
    part_of: Id | None = Field(None, description="the field of which this is a sub-total (其中) or a follow-up")
    width: Literal["half", "full", "tall"] | None = Field(
        None, description="as printed: half a row, a row, or a tall box, in which a text has paragraphs"
    )
    note: str | None = Field(None, description="which of the form's notes is printed below it")
    bears_on: Listed[Id] = Field(
        (), description="conditions and rows that it tells of without being what they count; never scored"
    )


class FormGroup(Model):
    """A group of fields under one heading of the form; printed is empty where the table goes on without one."""

    id: Id = Field(description="an id of one's own")
    printed: str = Field(description="as printed")
    gloss: Words = Field(description="what it means, in lsstd's own words")
    fields: ById[FormField] = Field(description="its fields, by id")


class Form(Model):
    """The application form of an annex."""

    clause: InClause
    title: Words = Field(description="zh as printed")
    groups: ById[FormGroup] = Field(description="its groups of fields, by id")
    notes: dict[str, Words] = Field({}, description="notes as printed (the keys) and their glosses")


class PrintedTable(Model):
    """A table of the document: where it stands, its number, title and heads as printed, what of this file it holds."""

    clause: InClause
    number: str = Field(description="its number as printed: 表2, 表B.1")
    title: Words = Field(description="zh as printed")
    heads: Listed[str] = Field((), description="the heads of its columns as printed")
    holds: Listed[Literal["indicators", "criteria", "bands", "form", "references"]] = Field(
        (), description="which parts of this file it holds; they have its clause"
    )


class CrossCheck(Model):
    """What must hold between two facts, or between a fact and a number; broken, it is a finding."""

    id: Id = Field(description="an id of one's own")
    clause: InClause
    left: Id = Field(description="the id of a fact")
    operator: Literal["<=", ">=", "=="] = Field(description="how the fact is compared")
    right: Id | Number = Field(description="the id of a fact, or a number")
    gloss: Words = Field(description="what it means, in lsstd's own words")


class Topic(Model):
    """A topic of a standard without points, as the scope names it and as the document describes it."""

    id: Id = Field(description="an id of one's own")
    label: Words = Field(description="zh as printed")
    clause: Clause = Field(description="where it is described, or else where the scope names it")
    parent: Id | None = Field(None, description="the id of what it stands under; none at the top")
    in_scope: bool = Field(description="whether the scope names it")
    described: bool = Field(description="whether the document describes it")
    covers: Words = Field(description="what the document says it regulates, in lsstd's own words")
    items: Listed[Words] = Field((), description="what it names for regulation; zh as printed")


class Measure(Model):
    """What makes a fact a measure of a topic, the fact's note being its formula; lsstd's own, non-normative."""

    topic: Id = Field(description="the id of a topic")
    better: Literal["up", "down"] = Field(description="which way is better")
    source: str = Field(description="where it comes from")


class Level(Model):
    """A level of the maturity scale; lsstd's own, non-normative."""

    level: int = Field(ge=0, description="a level of the scale, or a named level of the row")
    label: Words = Field(description="what it is called, in both languages or one")
    meaning: Words = Field(description="what reaching it means")
    measured: bool = Field(
        False, description="reached only with a figure of one of the topic's measures, if it has any"
    )
    topics: dict[Id, Words] = Field({}, description="what reaching it means for each topic, by the topic's id")

    def meaning_for(self, topic: Topic) -> Text:
        """Return what reaching it means for a topic; in general, where the topic has no description of its own."""
        return self.topics.get(topic.id, self.meaning)


class Event(Model):
    """A step in the making of a standard."""

    date: str = Field(description="when")
    clause: InClause
    what: Words = Field(description="what happened")
    names: Listed[str] = Field((), description="who took part, as printed")


class Figure(Model):
    """A background figure, with the source as the document gives it."""

    id: Id = Field(description="an id of one's own")
    clause: InClause
    value: Number = Field(description="the value")
    unit: Words = Field(description="the unit: {zh: 间, en: rooms}")
    label: Words = Field(description="what it is called, in both languages or one")
    source: str = Field(description="where it comes from")


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
    links: dict[Id, Listed[Link]] = Field({}, description="by subject")
