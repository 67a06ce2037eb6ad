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
Missing: TypeAlias = Literal["others", "nothing", "open"]
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
    "nothing": msg("a missing score counts nothing"),
    "open": msg("a missing score stays open, from nothing to the maximum"),
}
_LEAST_TRIMMED = 3  # of fewer, nothing would be left


@dataclass(frozen=True)
class Combination(Concise):
    """How scores combine.

    Parameters
    ----------
    rule : {"mean", "median", "trimmed_mean", "consensus"}
        Under ``consensus`` a score on which experts differ lies between the lowest and the highest of theirs.
    level : {"row", "indicator", "total"}
        What is combined: the scores of each row, the points of each indicator that has rows, or the totals.
    trim_from : int
        The mean is trimmed where at least so many scores are combined, 3 or more; with fewer it is the plain mean.
    groups : mapping of str to number
        The share of each group of raters, on any scale: the rule is applied within each group. Where nobody of a group
        scored, its share goes to the others in proportion.
    rounding : number, optional
        To a multiple of what each combined number is rounded, halves as the standard rounds them; None: not rounded.
    missing : {"others", "nothing", "open"}
        What counts for an expert who did not score a row. What nobody scored is open, unless missing counts nothing.
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
        told = [msg("{rule}, {level}", rule=rule, level=level), missing]
        if self.groups and self.rule != "consensus":  # which knows no shares
            shares = join(paired(group, shown(share)) for group, share in self.groups.items())
            told.append(msg("within each group of raters, then by their shares: {shares}", shares=shares))
        step = self.rounding
        told.append(msg("rounded to {step}", step=shown(step, 6)) if step else msg("not rounded"))
        return Text("；".join(text.zh for text in told), "; ".join(text.en for text in told))

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
            return (min, max)[side](score for _, score in scores)
        if not self.groups:
            return self._within([score for _, score in scores])
        found = {group: [score for of, score in scores if of == group] for group in self.groups}
        shares = {group: share for group, share in self.groups.items() if found[group]}
        sums = total(share * self._within(found[group]) for group, share in shares.items())
        return whole(Fraction(sums) / total(shares.values()))

    def _within(self, scores: Sequence[Exact]) -> Exact:
        """Combine the scores of one group."""
        ordered, count = sorted(scores), len(scores)
        if self.rule == "median":
            ordered = ordered[(count - 1) // 2 : count // 2 + 1]
        elif self.rule == "trimmed_mean" and count >= self.trim_from:
            ordered = ordered[1:-1]
        return whole(Fraction(total(ordered), len(ordered)))
