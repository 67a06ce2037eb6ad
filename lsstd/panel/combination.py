"""How the scores of several experts become one number: by a rule that is named, at a level that is named, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal, TypeAlias

from lsstd.errors import LsstdError, Problem
from lsstd.exact import LARGEST, Exact, exact, shown, total, whole
from lsstd.standard.models import Concise
from lsstd.words import Text, join, msg, nearest, paired, same

Rule: TypeAlias = Literal["mean", "median", "trimmed_mean", "consensus"]
Level: TypeAlias = Literal["row", "indicator", "total"]
Missing: TypeAlias = Literal["others", "open"]
RULES: dict[Rule, Text] = {
    "mean": msg("arithmetic mean"),
    "median": msg("median"),
    "trimmed_mean": msg("mean without the highest and the lowest"),
    "consensus": msg("consensus: only what all agree on is settled"),
}
LEVELS: dict[Level, Text] = {
    "row": msg("row by row"),
    "indicator": msg("indicator by indicator"),
    "total": msg("on the totals"),
}
MISSING: dict[Missing, Text] = {
    "others": msg("a missing score is left to those who scored the row"),
    "open": msg("a missing score stays open, from nothing to the maximum"),
}
_LEAST_TRIMMED = 3  # of fewer, nothing would be left


@dataclass(frozen=True)
class Combination(Concise):
    """How scores combine.

    Parameters
    ----------
    rule, level
        Under ``consensus`` a score on which experts differ lies between the lowest and the highest of theirs.
    trim_from : int
        The fewest scores of which the mean is trimmed, 3 or more.
    groups : mapping of str to number
        The share of each group of raters, on any scale: the rule is applied within each group. Where nobody of a group
        scored, its share goes to the others in proportion.
    rounding : number, optional
        The step to which each combined number is rounded, halves as the standard rounds them.
    missing
        What counts for an expert who did not score a row; what nobody scored is open in either case.
    """

    rule: Rule = "mean"
    level: Level = "row"
    trim_from: int = 5
    groups: Mapping[str, Exact] = field(default_factory=dict)
    rounding: Exact | None = None
    missing: Missing = "others"

    def __post_init__(self) -> None:
        problems = [
            Problem(name, same(getattr(self, name)), nearest(str(getattr(self, name)), options, every=True))
            for name, options in (("rule", RULES), ("level", LEVELS), ("missing", MISSING))
            if getattr(self, name) not in options
        ]
        if self.trim_from < _LEAST_TRIMMED:
            problems.append(Problem("trim_from", same(self.trim_from), msg("at least {least}", least=_LEAST_TRIMMED)))
        numbers = {f"groups.{group}": share for group, share in self.groups.items()}
        numbers |= {} if self.rounding is None else {"rounding": self.rounding}
        wrong = {where: number for where, number in numbers.items() if not 0 < number < LARGEST}
        problems += [Problem(where, same(number), msg("a number above 0")) for where, number in wrong.items()]
        if problems:
            raise LsstdError(msg("scores cannot be combined like this"), problems)
        object.__setattr__(self, "groups", {group: exact(share) for group, share in self.groups.items()})
        object.__setattr__(self, "rounding", None if self.rounding is None else exact(self.rounding))

    @property
    def text(self) -> Text:
        """The combination in words, as it stands on every result."""
        rule, level, missing = RULES[self.rule], LEVELS[self.level], MISSING[self.missing]
        if self.rule == "trimmed_mean":
            rule = msg("{rule} (from {count} scores on, else the plain mean)", rule=rule, count=self.trim_from)
        parts = [msg("{rule}, {level}", rule=rule, level=level), missing]
        if self.groups and self.rule != "consensus":  # which knows no shares
            shares = join(paired(group, shown(share)) for group, share in self.groups.items())
            parts.append(msg("within each group of raters, then by their shares: {shares}", shares=shares))
        step = self.rounding
        parts.append(msg("rounded to {step}", step=shown(step, 6)) if step else msg("not rounded"))
        return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))

    def to_dict(self) -> dict[str, Any]:
        """Return the combination as JSON holds it.

        >>> lsstd.Combination("median").to_dict()["level"]
        'row'
        """
        return {
            **vars(self),
            "groups": {group: float(share) for group, share in self.groups.items()},
            "rounding": None if self.rounding is None else float(self.rounding),
        }

    def of(self, scores: Sequence[tuple[str | None, Exact]], side: int = 0) -> Exact:
        """Return what some scores, at least one, combine to, before rounding; each comes with its expert's group.

        Under a consensus, side 0 gives the lowest, side 1 the highest.

        >>> scores = [("city", 6), ("city", 7), ("province", 10)]
        >>> lsstd.Combination().of(scores), lsstd.Combination("trimmed_mean", trim_from=3).of(scores)
        (Fraction(23, 3), 7)
        >>> lsstd.Combination(groups={"city": 50, "province": 50}).of(scores)
        Fraction(33, 4)
        """
        if self.rule == "consensus":
            given = [score for _, score in scores]
            return max(given) if side else min(given)
        if not self.groups:
            return self._within([score for _, score in scores])
        by_group = {group: [score for of, score in scores if of == group] for group in self.groups}
        shares = {group: share for group, share in self.groups.items() if by_group[group]}
        sums = total(share * self._within(by_group[group]) for group, share in shares.items())
        return whole(Fraction(sums) / total(shares.values()))

    def _within(self, scores: Sequence[Exact]) -> Exact:
        """Combine the scores of one group."""
        ordered, count = sorted(scores), len(scores)
        if self.rule == "median":
            ordered = ordered[(count - 1) // 2 : count // 2 + 1]
        elif self.rule == "trimmed_mean" and count >= self.trim_from:
            ordered = ordered[1:-1]
        return whole(Fraction(total(ordered), len(ordered)))
