"""What is asked of a subject: facts, and tests upon them."""

from typing import Annotated, Literal

from pydantic import Field

from lsstd.exact import Exact, exact
from lsstd.standard.models import Id, Model, Taken, Words, mistake

Operator = Literal[">=", ">", "<=", "<", "=="]
FactKind = Literal["number", "count", "percent", "boolean", "date", "text", "choices"]
Period = Literal["point_in_time", "previous_year", "year", "last_12_months"]


class Fact(Model):
    """A quantity, date, claim or text about the subject; typed once, used wherever it is named."""

    id: Id
    kind: FactKind
    label: Words
    unit: Words | None = None
    period: Period | None = None
    years_since: Id | None = Field(None, description="the date from which this number of years is counted")
    options: dict[Id, Words] = Field({}, description="what may be ticked, for the kind choices")
    signed: bool = Field(False, description="may be negative (a profit)")
    identifying: bool = Field(False, description="tells who the subject is, or whom to call")
    identifier: Literal["credit_code"] | None = Field(None, description="whose check digit can be verified")
    note: Words | None = None


def _test_value(value: object) -> bool | Exact:
    """Take what a fact can be held against: true, false or a number."""
    if isinstance(value, bool):
        return value
    try:
        return exact(value)
    except ValueError:
        raise mistake("true、false 或有限的数", "true, false or a finite number") from None


TestValue = Annotated[bool | Exact, Taken(_test_value, {"type": ["boolean", "number"]})]


class Test(Model):
    """A demand on a fact: ``live_rooms >= 10``."""

    __test__ = False  # not a test case of pytest's
    fact: Id
    operator: Operator
    value: TestValue
