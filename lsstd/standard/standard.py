"""A standard as data: what the document says, and, kept apart from it, what lsstd reads into it."""

import math
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property, reduce
from operator import and_, or_
from typing import Annotated, Any, Literal, Self, cast

from pydantic import BeforeValidator, Field

from lsstd.errors import Problem, UnknownName
from lsstd.exact import Exact, Rounding, decimals, plain_tree, shown, whole
from lsstd.standard import document, models
from lsstd.standard.bands import Band, Demand, Table, complete
from lsstd.standard.models import ById, Clause, Id, InClause, Listed, Model, Number, Numbered, Words, as_in_file, like
from lsstd.standard.readings import READINGS, RETIRED, ReadingKey
from lsstd.standard.scoring_table import Criterion, Fact, Indicator, Test
from lsstd.words import Text, first_sentence, msg, msg_in, nearest, paired, quoted, same


class Condition(Model):
    """An application condition: met when all its tests are."""

    id: Id = Field(description="an id of one's own")
    clause: InClause
    text: str = Field(description="the wording as printed")
    label: Words = like("text", "what it is called, in both languages or one")
    tests: Listed[Test] = Field(min_length=1, description="demands on facts; all must hold")
    any_of: bool = Field(False, description="one of the tests that holds is enough")
    applies: Test | None = Field(None, description="it is asked only where this holds (a kind of subject, a region)")
    evidence: Listed[Id] = Field((), description="kinds that lsstd suggests")

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts that decide it."""
        return tuple(dict.fromkeys(test.fact for test in (*self.tests, *([self.applies] if self.applies else ()))))

    @property
    def is_compound(self) -> bool:
        """Whether its tests do not simply all have to hold."""
        return self.any_of or self.applies is not None

    def holds(self, test: Callable[[Test], Any]) -> Any:
        """Return whether it is met or not asked, as it is told of each test on one side (certain, or possible)."""
        found = reduce(or_ if self.any_of else and_, map(test, self.tests))
        return found | test(self.applies.negated) if self.applies else found


class Veto(Model):
    """A fact that ends participation whatever the score; cleared when the test is met."""

    id: Id = Field(description="an id of one's own")
    clause: InClause
    text: str = Field(description="the wording as printed")
    label: Words = like("text", "what it is called, in both languages or one")
    test: Test = Field(description="a demand on a fact; it decides by itself")

    @property
    def tests(self) -> tuple[Test, ...]:
        """Its test, as a condition has several."""
        return (self.test,)


class Reading(Model):
    """A question that the text leaves open, the admissible answers, the default first."""

    clause: InClause
    question: Words = Field(description="what the text leaves open")
    options: dict[Id, Words] = Field(min_length=1, description="what may be chosen, the default first")

    def in_short(self, option: str) -> Text:
        """Quote what an option says first, for a sentence."""
        return quoted(first_sentence(self.options[option]))


def _without_retired(section: object) -> object:
    """Refuse a reading that no longer exists, with the reason."""
    for key in RETIRED.keys() & section.keys() if isinstance(section, dict) else ():
        raise models.mistake(paired(key, RETIRED[key]))
    return section


class SameQuantity(Model):
    """Facts that the text names differently and that may be one; taken as one only under a reading."""

    facts: Listed[Id] = Field(min_length=2, description="what is asked of a subject, by id")
    clauses: Listed[Clause] = Field(description="the document's clauses, by number")
    note: Words = Field(description="a remark")


class Source(Model):
    """Where the encoded text comes from, and what became of it."""

    document: Words = Field(description="the document's name")
    number: str | None = Field(None, description="the standard's number")
    published: Words | None = Field(None, description="what became of it")


class Standard(Model):
    """A standard, one edition of it, as read from its file."""

    standard: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=80)] = Field(
        description="the standard's id"
    )
    edition: str = Field(description="which edition of the text this is")
    title: Words = Field(description="the title")
    status: Words = Field(msg("not stated"), description="what every output says of this edition")
    subject_label: Words = Field(msg_in("label", "subject"), description="what is assessed: 基地")
    source: Source | None = Field(None, description="where it comes from")
    facts: ById[Fact] = Field({}, description="what is asked of a subject, by id")
    conditions: ById[Condition] = Field({}, description="application conditions, by id")
    vetoes: ById[Veto] = Field({}, description="what ends participation, by id")
    indicators: ById[Indicator] = Field({}, description="the tree of indicators, by id")
    criteria: Numbered[Criterion] = Field({}, description="the rows, by id")
    bands: Listed[Band] = Field((), description="highest first")
    requires: Listed[Demand] = Field((), description="what any grade asks for besides its score")
    tables: ById[Table] = Field({}, description="further tables of bands")
    below: Words | None = Field(None, description="what a score is called that earns no grade (不合格)")
    rounding_step: Number = Field(1, description="to what a reading rounds points")
    rounding_half: Literal["away", "even"] = Field(
        "away", description="where a half goes: away from zero (四舍五入), or to the even one (五成双, GB/T 8170)"
    )
    readings: Annotated[dict[ReadingKey, Reading], BeforeValidator(_without_retired)] = Field(
        {}, description="questions that the text leaves open, by key"
    )
    same_quantities: Listed[SameQuantity] = Field((), description="facts that may be one quantity")
    cross_checks: ById[document.CrossCheck] = Field({}, description="what must hold between facts, by id")
    clauses: dict[Clause, document.ClauseEntry] = Field({}, description="the document's clauses, by number")
    terms: ById[document.Term] = Field({}, description="terms and definitions, by id")
    printed_tables: Listed[document.PrintedTable] = Field((), description="the document's tables")
    references: Listed[document.Reference] = Field((), description="documents cited")
    procedure: ById[document.Step] = Field({}, description="the steps of the procedure, by id")
    form: document.Form | None = Field(None, description="the application form")
    evidence_kinds: dict[Id, Words] = Field({}, description="lsstd's own suggestion, non-normative")
    topics: ById[document.Topic] = Field({}, description="topics of a standard without points, by id")
    scale: Listed[document.Level] = Field((), description="lsstd's own maturity scale, non-normative")
    history: Listed[document.Event] = Field((), description="how the text came about")
    background: ById[document.Figure] = Field({}, description="background figures, by id")
    lineage: dict[Id, tuple[Id, ...]] = Field(
        {}, exclude=True, description="set by reforms: those of the unreformed standard that a row, a fact … comes from"
    )
    sha256: str = Field("", exclude=True, description="of the file; set on loading")

    @cached_property
    def in_file(self) -> dict[str, Any]:
        """Its plain values, as a file holds them; what equals its default is left out."""
        return cast(dict[str, Any], plain_tree(as_in_file(self, lean=True)))

    @cached_property
    def default_readings(self) -> dict[str, str]:
        """The reading that applies where nobody chose another: the file's first option, or the engine's."""
        return {key: self.options_of(key)[0] for key in READINGS}

    @property
    def day(self) -> str:
        """The day on which the text was issued, if its source says so; else empty."""
        told = self.source.published.en if self.source and self.source.published else ""
        return next(iter(re.findall(r"\d{4}-\d{2}-\d{2}", told)), "")

    @cached_property
    def rows_of(self) -> dict[str, tuple[Criterion, ...]]:
        """The rows that stand directly under each indicator, in order."""
        found: dict[str, list[Criterion]] = {node: [] for node in self.indicators}
        for row in self.criteria.values():
            found.setdefault(row.indicator, []).append(row)
        return {node: tuple(rows) for node, rows in found.items()}

    @cached_property
    def children_of(self) -> dict[str | None, tuple[Indicator, ...]]:
        """The indicators under each indicator; the highest ones under None."""
        found: dict[str | None, list[Indicator]] = {parent: [] for parent in (None, *self.indicators)}
        for node in self.indicators.values():
            found.setdefault(node.parent, []).append(node)
        return {parent: tuple(nodes) for parent, nodes in found.items()}

    def above(self, indicator: str | None) -> Iterator[Indicator]:
        """Yield an indicator and all above it.

        >>> standard = lsstd.load_standard("hlj-base-evaluation")
        >>> [node.id for node in standard.above("planning")]
        ['planning', 'construction']
        """
        while indicator is not None:
            yield (node := self.indicators[indicator])
            indicator = node.parent

    def descent(self, above: str | None = None) -> Iterator[Indicator]:
        """Yield the indicators, each right before those that stand under it.

        >>> [node.id for node in lsstd.load_standard("hlj-base-evaluation").descent()][:3]
        ['construction', 'planning', 'infrastructure']
        """
        for node in self.children_of[above]:
            yield node
            yield from self.descent(node.id)

    @cached_property
    def level_of(self) -> dict[str, int]:
        """The level of each indicator, in the order of descent; the topmost are of level 1."""
        return {node.id: sum(1 for _ in self.above(node.id)) for node in self.descent()}

    @cached_property
    def scored_rows(self) -> tuple[Criterion, ...]:
        """The rows with points, in order."""
        return tuple(row for row in self.criteria.values() if row.max_score is not None)

    @cached_property
    def tested_facts(self) -> frozenset[str]:
        """The facts that a condition, veto, row, indicator or grade holds against a threshold."""
        return frozenset(fact for place, fact in self.questions() if not place.startswith("form."))

    def tests(self) -> Iterator[tuple[str, Test]]:
        """Yield every test upon a fact, with its path.

        >>> next(lsstd.load_standard("hlj-base-evaluation").tests())[1].fact
        'years_in_operation'
        """
        for condition in self.conditions.values():
            yield from ((f"conditions.{condition.id}.tests.{i}", test) for i, test in enumerate(condition.tests))
            if condition.applies:
                yield f"conditions.{condition.id}.applies", condition.applies
        yield from ((f"vetoes.{veto.id}.test", veto.test) for veto in self.vetoes.values())
        for section, nodes in (("indicators", self.indicators), ("criteria", self.criteria)):
            yield from ((f"{section}.{key}.applies", node.applies) for key, node in nodes.items() if node.applies)
        for row in self.criteria.values():
            yield from ((f"criteria.{row.id}.parts.{p.id}.test", p.test) for p in row.parts.values() if p.test)
        for place, demand in self.demands():
            yield from ((f"{place}.{name}", test) for name, test in demand.tests.items())

    def demands(self) -> Iterator[tuple[str, Demand]]:
        """Yield what grades ask for besides their scores, each with its path.

        >>> list(lsstd.load_standard("hlj-base-evaluation").demands())
        []
        """
        yield from ((f"requires.{i}", demand) for i, demand in enumerate(self.requires))
        for place, bands in (("bands", self.bands), *((f"tables.{t.id}.bands", t.bands) for t in self.tables.values())):
            for i, band in enumerate(bands):
                yield from ((f"{place}.{i}.requires.{j}", demand) for j, demand in enumerate(band.requires))

    @cached_property
    def form_fields(self) -> dict[str, document.FormField]:
        """The fields of the application form, by id."""
        groups = self.form.groups.values() if self.form else ()
        return {key: field for group in groups for key, field in group.fields.items()}

    @cached_property
    def demanded_rows(self) -> frozenset[str]:
        """The rows of which grades ask that they be met."""
        return frozenset(row for _, demand in self.demands() for row in demand.criteria)

    def questions(self) -> Iterator[tuple[str, str]]:
        """Yield the path of every place that asks for a fact, with the fact's name.

        >>> len(list(lsstd.load_standard("hlj-base-evaluation").questions()))
        99
        """
        yield from ((place, test.fact) for place, test in self.tests())
        for row in self.criteria.values():
            asked = row.rule.facts() if row.rule else ()
            yield from ((f"criteria.{row.id}.rule.{path}", fact) for path, fact in asked)
        yield from ((f"topics.{key}", fact.id) for key, facts in self.measures_of.items() for fact in facts)
        for group in self.form.groups.values() if self.form else ():
            yield from ((f"form.{group.id}.{field.id}", field.fact) for field in group.fields.values() if field.fact)

    @cached_property
    def _clauses_asking(self) -> dict[str, str]:
        """The clause of the first condition that asks for a fact, else of a veto, row or topic."""
        sections = ("conditions", "vetoes", "criteria", "topics")
        asking = [(place.split("."), fact) for place, fact in self.questions()]
        found = [(fact, getattr(self, s)[steps[1]].clause) for s in sections for steps, fact in asking if steps[0] == s]
        return dict(reversed(found))

    def clause_asking(self, fact: str) -> str:
        """Return the clause that first asks for a fact, conditions before rows; else that of the form.

        >>> lsstd.load_standard("hlj-base-evaluation").clause_asking("opened")
        'A.1'
        """
        return self._clauses_asking.get(fact) or (self.form.clause if self.form else "")

    @cached_property
    def topic_leaves(self) -> tuple[document.Topic, ...]:
        """The topics that are answered: those without topics below them."""
        parents = {topic.parent for topic in self.topics.values()}
        return tuple(topic for topic in self.topics.values() if topic.id not in parents)

    @cached_property
    def measures_of(self) -> dict[str, tuple[Fact, ...]]:
        """The facts that measure each topic, in order."""
        facts = self.facts.values()
        return {key: tuple(f for f in facts if f.measure and f.measure.topic == key) for key in self.topics}

    @cached_property
    def measured_levels(self) -> tuple[int, ...]:
        """The levels of the scale that count only with a figure, where a topic has measures."""
        return tuple(step.level for step in self.scale if step.measured)

    def sources_of(self, row: str) -> tuple[str, ...]:
        """Return what a row, a fact … was in the unreformed standard: itself, unless a reform says otherwise.

        >>> lsstd.load_standard("hlj-base-evaluation").sources_of("village_rooms")
        ('village_rooms',)
        """
        return self.lineage.get(row, (row,))

    @cached_property
    def is_plain(self) -> bool:
        """Whether every number is a sum of rows and grades follow from the total alone."""
        rescaled = {key for key, node in self.indicators.items() if node.not_applicable != "fixed"}
        rows = all(r.is_plain and not (r.can_be_set_aside and r.indicator in rescaled) for r in self.criteria.values())
        asks_more = self.requires or self.tables or any(band.requires for band in self.bands)
        return rows and not asks_more and all(node.is_plain for node in self.indicators.values())

    @cached_property
    def _digits(self) -> int:
        """How many decimals tell any score from a grade's line, rounder numbers keeping more (`lsstd.exact.shown`)."""
        bands = [*self.bands, *(band for table in self.tables.values() for band in table.bands)]
        lines = [decimals(end.value) for band in bands for end in (band.lower, band.upper) if end]
        return max(2, 1 + max(lines, default=0))

    def points(self, *scores: Exact) -> list[str]:
        """Return scores as readers see them: with as many decimals as tell them from the lines of the grades.

        >>> standard = lsstd.load_standard("hlj-base-evaluation")
        >>> from fractions import Fraction
        >>> standard.points(Fraction(4793, 12), 500)
        ['399.42', '500']
        """
        return [shown(score, self._digits) for score in scores]

    @property
    def rounding(self) -> Rounding:
        """How a reading rounds points."""
        return Rounding(self.rounding_step, self.rounding_half == "even")

    @cached_property
    def reach(self) -> dict[str, Exact]:
        """What each scored row can bring to the total, by its weight and those of the indicators above it.

        Caps, floors, minima and the best of several are taken not to stand in its way.
        """
        found: dict[str, Exact] = {}
        for row in self.scored_rows:
            times = math.prod(Fraction(node.weight) / Fraction(node.divisor) for node in self.above(row.indicator))
            found[row.id] = whole(times * row.weight * (row.max_score or 0))
        return found

    @cached_property
    def maximum(self) -> Exact:
        """The full score: where everything applies and every row is at its maximum, but for what comes on top."""
        from lsstd.engine.tree import full_tree

        return full_tree(self).full

    @cached_property
    def grades(self) -> tuple[str, ...]:
        """The grades, highest first: those of the bands, and of further tables that decide."""
        deciding = [table.bands for table in self.tables.values() if table.decides]
        return tuple(dict.fromkeys(band.grade for bands in (self.bands, *deciding) for band in bands))

    @cached_property
    def by_table(self) -> dict[str, Self]:
        """Where there are only tables, and none decides: the standard once for each, graded by that one."""
        deciding = {key: table.model_copy(update={"decides": True}) for key, table in self.tables.items()}
        return {} if self.grades else {key: self.model_copy(update={"tables": {key: t}}) for key, t in deciding.items()}

    def completed_bands(self, reading: str, table: str | None = None) -> tuple[Band, ...]:
        """Return the bands, or those of a further table, as a reading of ``between_bands`` completes them.

        >>> [band.grade for band in lsstd.load_standard("hlj-base-evaluation").completed_bands("lower")]
        ['AAAA', 'AAA', 'AA', 'A']
        """
        if (key := (reading, table)) not in self._completed:
            self._completed[key] = complete(self.tables[table].bands if table else self.bands, reading)
        return self._completed[key]

    @cached_property
    def _completed(self) -> dict[tuple[str, str | None], tuple[Band, ...]]:
        return {}

    def named(self, grade: str | None) -> Text:
        """Name a grade to a reader; none by what the standard calls a score below every band.

        >>> lsstd.load_standard("hlj-base-evaluation").named(None)
        Text(zh='无等级', en='no grade')
        """
        if grade is not None:
            return same(grade)
        return self.below or msg_in("label", "no grade")

    def choose_readings(self, chosen: dict[str, str] | None = None) -> dict[str, str]:
        """Return every reading with its option, the defaults replaced by those chosen.

        Raises `UnknownName`: a reading or option that does not exist; the nearest right one is named.

        >>> lsstd.load_standard("hlj-base-evaluation").choose_readings({"compound_rows": "all"})["compound_rows"]
        'all'
        """
        problems = []
        for key, option in (chosen or {}).items():
            if key not in self.default_readings:
                found = RETIRED.get(key) or msg("unknown reading {key}", key=key)
                problems.append(Problem(f"readings.{key}", found, nearest(key, self.default_readings)))
            elif option not in (known := self.options_of(key)):
                found = msg("unknown option {option}", option=option)
                problems.append(Problem(f"readings.{key}", found, nearest(str(option), known)))
        if problems:
            raise UnknownName(msg("no such reading"), problems)
        return {**self.default_readings, **(chosen or {})}

    def options_of(self, key: str) -> tuple[str, ...]:
        """Return the options of a reading: those of the file, or all that the engine knows.

        >>> lsstd.load_standard("hlj-base-evaluation").options_of("compound_rows")
        ('shares', 'all')
        """
        asked = self.readings.get(cast(ReadingKey, key)) or READINGS.get(cast(ReadingKey, key))
        return tuple(asked.options) if asked else ()

    def printed_readings(self, readings: dict[str, str]) -> dict[str, str]:
        """Return the readings that a result prints: those that the file asks, and others chosen all the same.

        >>> list(lsstd.load_standard("hlj-base-evaluation").printed_readings({"compound_rows": "all"}))
        ['compound_rows']
        """
        defaults = self.default_readings
        return {key: option for key, option in readings.items() if key in self.readings or option != defaults[key]}

    def readings_text(self, readings: dict[str, str]) -> str:
        """Return the printed readings on one line.

        >>> lsstd.load_standard("hlj-base-evaluation").readings_text({"compound_rows": "all"})
        'compound_rows: all'
        """
        return ", ".join(f"{key}: {option}" for key, option in self.printed_readings(readings).items())
