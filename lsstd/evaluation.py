"""The evaluation as users call it: the core's, and what can be verified outside it (identifiers)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from stdnum.cn import uscc

from lsstd.core import evaluate as core
from lsstd.core.assessment import Assessment
from lsstd.core.result import Finding, Result
from lsstd.core.standard import Standard
from lsstd.text import Text


def evaluate(standard: Standard, assessment: Assessment, readings: dict[str, str] | None = None) -> Result:
    """Evaluate an assessment; see `lsstd.core.evaluate.evaluate`.

    Adds to the core's findings what only a library of identifiers can tell: a credit code
    (统一社会信用代码, GB 32100—2015) whose form or check digit is wrong.
    """
    result = core.evaluate(standard, assessment, readings)
    found = tuple(_identifiers(standard, assessment))
    return replace(result, findings=(*result.findings, *found)) if found else result


def _identifiers(standard: Standard, assessment: Assessment) -> Iterator[Finding]:
    for fact in standard.facts.values():
        entry = assessment.facts.get(fact.id)
        if fact.identifier != "credit_code" or entry is None or not isinstance(entry.value, str):
            continue
        is_older_code = len(entry.value.replace("-", "")) == 9  # 组织机构代码, which the form also accepts
        if not is_older_code and not uscc.is_valid(entry.value):
            zh = f"{fact.label.zh}：{entry.value} 的格式或校验码有误"
            en = f"{fact.label.en}: the form or check digit of {entry.value} is wrong"
            yield Finding("cross_check", standard.form.clause if standard.form else "", Text(zh, en))
