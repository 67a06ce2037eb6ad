"""A scenario: what would be otherwise about one subject. It changes the assessment, never the standard."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import Field

from lsstd.assessment.assessment import AnswerAsGiven, Assessment, FactAsGiven, Section, plain_entries
from lsstd.engine.result import Result, plain_value
from lsstd.standard.models import Model


class Scenario(Model):
    """Answers, facts and readings that replace what the base assessment says."""

    scenario: str = Field(min_length=1, max_length=200, description="its name")
    base: str | None = Field(None, description="the file of the base assessment, relative to the scenario's own")
    note: str | None = None
    answers: Annotated[dict[str, AnswerAsGiven], Section] = {}
    facts: Annotated[dict[str, FactAsGiven], Section] = {}
    readings: Annotated[dict[str, str], Section] = {}

    def apply(self, assessment: Assessment) -> Assessment:
        """Return the assessment as it would be; the one given stays as it is."""
        return assessment.with_answers(self.answers).with_facts(self.facts)

    def read(self, readings: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the readings of the baseline with those of the scenario in their place."""
        return {**(readings or {}), **self.readings}

    def plain(self) -> dict[str, Any]:
        """Return plain values from which the same scenario can be read again."""
        out: dict[str, Any] = {"scenario": self.scenario, "base": self.base, "note": self.note}
        out |= plain_entries(self.facts, self.answers) | {"readings": dict(self.readings)}
        return {key: value for key, value in out.items() if value not in (None, {})}


def meeting(result: Result, rows: Iterable[str], name: str) -> Scenario:
    """Return the scenario in which some rows are met, with the facts that their thresholds ask for.

    Parameters
    ----------
    result : Result
        The baseline.
    rows : iterable of str
        Ids of criteria.
    name : str
        What the scenario is called.
    """
    wanted = list(rows)
    short = [part.test for row in wanted for part in result.criteria[row].parts if part.test]
    facts = {test.fact: plain_value(test.required) for test in short if test.state == "unmet"}
    answers = {row: {"state": "met"} for row in wanted}
    return Scenario.model_validate({"scenario": name, "answers": answers, "facts": facts})
