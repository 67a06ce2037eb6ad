"""What ``cycle.yaml`` says: a round's standard, days, experts, bases, how scores combine, and the objections.

An objection needs what the procedure asks of it (HLJ 9.2: in writing, under one's own name, with proof and a way to be
reached). Who objects is recorded here and told nowhere else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from lsstd.assessment.assessment import FullDay, PanelExpert
from lsstd.errors import LsstdError
from lsstd.exact import shown
from lsstd.panel.combination import Combination
from lsstd.standard.models import ByKey, Id, Listed, Model, Number, Taken, Words, mistake
from lsstd.standard.standard import Standard
from lsstd.words import Text, clip, msg, nearest, same


class Applicant(Model):
    """A base that takes part in a round; its id names its assessment and the folder of its sheets."""

    id: str
    name: str = Field(min_length=1, max_length=200, description="the name on the list")
    region: str | None = Field(None, max_length=200, description="the region")


class Objection(Model):
    """An objection to what a base was given, as it came in, and what was decided."""

    subject: str = Field(description="the id of a base")
    row: str | int = Field(description="a row, by id or number, or the id of a condition or veto")
    sender: str = Field(alias="from", max_length=200, description="who objects; never published")
    received: FullDay = Field(description="the day on which it came in")
    in_writing: bool
    real_name: bool
    evidence: Listed[str] = Field((), description="what proves it")
    contact: bool | None = Field(None, description="whether it names a way to be reached; not recorded: no objection")
    claim: Number | Literal["met", "unmet"] = Field(
        description="the points that would be right, or a condition's state"
    )
    decision: Literal["pending", "upheld", "rejected"] = "pending"
    reason: str = Field("", max_length=4000, description="why it was decided so")

    @model_validator(mode="after")
    def _decided(self) -> Self:
        if self.decision != "pending" and not self.reason.strip():
            raise mistake(msg("a reason, since it is decided"))
        if self.decision == "upheld" and self.lacks:
            raise mistake(
                msg(
                    "pending or rejected: an objection that lacks {lacks} cannot be upheld", lacks=", ".join(self.lacks)
                )
            )
        return self

    @property
    def lacks(self) -> list[str]:
        """What every objection needs and this one lacks, by the keys of the file; if anything, it is not admitted."""
        needed = {"in_writing": self.in_writing, "real_name": self.real_name, "evidence": self.evidence}
        return [key for key, is_given in {**needed, "contact": self.contact is not False}.items() if not is_given]

    def target(self, standard: Standard) -> str | None:
        """Return the id of the row, condition or veto concerned; None if the standard has no such entry."""
        if isinstance(self.row, int):
            return next((key for key, row in standard.criteria.items() if row.row == self.row), None)
        known = (standard.criteria, standard.conditions, standard.vetoes)
        return self.row if any(self.row in section for section in known) else None

    def faults(self, standard: Standard, bases: Mapping[str, Applicant]) -> Iterator[tuple[str, Text, Text]]:
        """Yield what does not fit the round: key, found, expected."""
        if self.subject not in bases:
            yield "subject", same(clip(self.subject)), nearest(self.subject, bases)
        if (target := self.target(standard)) is None:
            known = [*standard.criteria, *standard.conditions, *standard.vetoes]
            yield "row", same(clip(self.row)), nearest(str(self.row), known)
        elif target not in standard.criteria and not isinstance(self.claim, str):
            yield "claim", same(shown(self.claim)), same("met / unmet")
        elif target in standard.criteria:
            least, _, top = standard.criteria[target].ends
            if isinstance(self.claim, str) or not least <= self.claim <= top:
                found = self.claim if isinstance(self.claim, str) else shown(self.claim)
                yield "claim", same(found), msg("a number from {least} to {most}", least=shown(least), most=shown(top))


def _combination(value: Any) -> Combination:
    """Take how scores combine, by the names of its parameters."""
    if isinstance(value, Combination):
        return value
    if not isinstance(value, dict):
        raise mistake(msg("a mapping such as {example}", example="{rule: mean}"))
    names = [field.name for field in fields(Combination)]
    if unknown := [key for key in value if key not in names]:
        raise mistake(nearest(unknown[0], names, every=True))
    try:
        return Combination(**value)
    except LsstdError as error:
        raise mistake(error.problems[0].text) from None


class CycleFile(Model):
    """A round of evaluation, as ``cycle.yaml`` holds it."""

    round: Id = Field(description="the round's id, as its sheets name it")
    title: Words = Field(description="what the round is called, as it stands in the public notice")
    standard: str = Field(description="the standard's id or file")
    edition: str = Field(description="its edition; no other takes part")
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{16,64}$")] | None = Field(
        None, description="of the standard's file"
    )
    readings: dict[str, str] = Field({}, description="the readings chosen for the round")
    combination: Annotated[Combination, Taken(_combination, {"type": "object"})] = Field(
        Combination(), description="how the experts' scores combine"
    )
    organiser: str = Field("", max_length=200, description="who organises the panel")
    start: FullDay | None = Field(None, description="the day on which papers are handed in")
    days: dict[str, int] = Field({}, description="working days that steps take")
    on: dict[str, FullDay] = Field({}, description="days on which steps begin, as announced")
    experts: ByKey[PanelExpert] = Field(min_length=1, description="the panel, by id; conflicts name bases by id")
    bases: ByKey[Applicant] = Field(min_length=1, description="who takes part, by id")
    objections: Listed[Objection] = Field((), description="what came in during the public notice")


class Frozen(Model):
    """What a round rests on, as ``lsstd cycle --freeze`` writes it."""

    rules: dict[str, str] = Field(description="round, standard, edition; what is long in cycle.yaml by its SHA-256")
    files: dict[str, str] = Field(description="the SHA-256 of each assessment and sheet")
