"""The made-up panels and the made-up round under ``data/``: ``python tests/made_up_panels.py`` writes them from a seed.

Every expert begins with one truth for the base and departs from it as his kind does; half points are then moved until
the total is the one wanted, so that grades and ties are those that the examples are there to show.
"""

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from lsstd import evaluate, load_standard

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
STANDARD = load_standard("hlj-base-evaluation")
MADE_UP = "# 示例数据，纯属虚构。Made-up example: no such base, expert or round exists.\n"
REASONS = (
    "现场未见台账",
    "制度文件未成册",
    "证明材料只到上年度",
    "部分设施正在维修",
    "材料与现场不完全一致",
    "缺少签字盖章",
)
FLIP, FLIPPED = "anchor_training", (8.0, 20.0, 6.0, 20.0, 19.0)  # what they disagree on decides the grade
GROUPS = ("商务", "技术")
ROUND = "made_up_2025"
EXPERTS = {"e1": "甲（虚构）", "e2": "乙（虚构）", "e3": "丙（虚构）", "e4": "丁（虚构）"}
BASES = {  # the number of its assessment in the portfolio, and the total that each expert comes to; None: no sheet
    "05": (461, 458, 463, 460),
    "02": (446, 452, 449, 450),
    "04": (423, 430, 428, 431),
    "07": (425, 431, 428, None),  # a conflict of interest; the mean is that of 04
    "11": (400, 404, 402, 403),
    "06": (352, 357, 354, 355),
    "03": (410, 415, 412, 411),  # does not meet the conditions
}
Scores = dict[str, float]
ROWS = {row.id: float(row.max_score or 0) for row in STANDARD.scored_rows}


def near(draw: random.Random, truth: Scores, spread: float) -> Scores:
    """Return scores in half points that differ from the truth by a share of each row's maximum."""
    return {key: inside(key, truth[key] + draw.gauss(0, spread) * top) for key, top in ROWS.items()}


def inside(key: str, points: float) -> float:
    return min(max(round(points * 2) / 2, 0.0), ROWS[key])


def moved_to(draw: random.Random, scores: Scores, total: float, fixed: Sequence[str] = ()) -> Scores:
    """Return scores that add up to a total: half points are moved on rows drawn at random."""
    moved, rows = dict(scores), [key for key in ROWS if key not in fixed]
    while (left := total - sum(moved.values())) != 0:
        key = draw.choice(rows)
        moved[key] = inside(key, moved[key] + (0.5 if left > 0 else -0.5))
    return moved


def truth_of(file: Path) -> Scores:
    """Return what a careful panel would give: what a base's answers prove, and half of what they leave open."""
    rows = evaluate(STANDARD, file).criteria
    return {key: inside(key, float(rows[key].secured + rows[key].possible) / 2) for key in ROWS}


def subject_of(file: Path) -> str:
    return next(line for line in file.read_text(encoding="utf-8").splitlines() if line.startswith("subject:"))


def sheet(draw: random.Random, subject: str, expert: str, scores: Scores, round: str = "", stage: str = "site") -> str:
    """Return the sheet of an expert, with a reason where much is missing."""
    lines = [
        f"standard: {STANDARD.standard}",
        *([f"round: {round}"] if round else []),
        f"expert: {expert}",
        f"stage: {stage}",
    ]
    lines += [subject, "as_of: 2024-12-31", "answers:"]
    for key, points in scores.items():
        note = f", note: {draw.choice(REASONS)}" if points <= 0.6 * ROWS[key] and draw.random() < 0.6 else ""
        lines.append(f"  {key}: {{score: {points:g}{note}}}")
    return MADE_UP + "\n".join([*lines, "  legal_compliance: met"]) + "\n"


def panels() -> Iterator[tuple[str, str]]:
    """Yield the sheets of four panels on one base, and its self-score with each."""
    draw, own = random.Random(24), DATA / "assessments" / "near_aaa.yaml"
    truth, subject = truth_of(own), subject_of(own)
    kinds: dict[str, list[Scores]] = {
        "agreeing": [moved_to(draw, near(draw, truth, 0.04), total) for total in (424, 421, 426, 423, 425)],
        "one_strict": [moved_to(draw, near(draw, truth, 0.06), total) for total in (423, 427, 420, 425)],
        "at_random": [moved_to(draw, near(draw, truth, 0.06), total) for total in (418, 424, 421, 419)],
        "flip": [
            moved_to(draw, {**near(draw, truth, 0.05), FLIP: points}, total, (FLIP,))
            for points, total in zip(FLIPPED, (396, 407, 395, 408, 402), strict=True)
        ],
    }
    kinds["one_strict"].append({key: inside(key, 0.82 * points) for key, points in near(draw, truth, 0.06).items()})
    kinds["at_random"].append({key: inside(key, draw.random() * top) for key, top in ROWS.items()})
    for kind, experts in kinds.items():
        yield f"panels/{kind}/self.yaml", own.read_text(encoding="utf-8")
        for number, scores in enumerate(experts, start=1):
            expert = f"{{id: e{number}, name: 专家{number}（虚构）, group: {GROUPS[number % 2]}}}"
            yield f"panels/{kind}/e{number}.yaml", sheet(draw, subject, expert, scores)


def round_files() -> Iterator[tuple[str, str]]:
    """Yield the files of a round of seven bases."""
    draw = random.Random(2025)
    for number, totals in BASES.items():
        base, own = f"example-p{number}", DATA / "portfolio" / "2024" / f"base_{number}.yaml"
        yield f"cycles/{ROUND}/assessments/{base}.yaml", own.read_text(encoding="utf-8")
        truth = truth_of(own)
        for (expert, name), total in zip(EXPERTS.items(), totals, strict=True):
            if total is not None:
                scores = moved_to(draw, near(draw, truth, 0.05), total)
                if (number, expert) == ("02", "e2"):  # a sheet that is not filled to its end
                    del scores["innovation"]
                who = f"{{id: {expert}, name: {name}}}"
                yield f"cycles/{ROUND}/sheets/{base}/{expert}.yaml", sheet(draw, subject_of(own), who, scores, ROUND)


def main() -> None:
    """Write them all; what an earlier seed left behind is removed first."""
    for folder in (DATA / "panels", DATA / "cycles" / ROUND / "assessments", DATA / "cycles" / ROUND / "sheets"):
        shutil.rmtree(folder, ignore_errors=True)
    for name, text in (*panels(), *round_files()):
        path = DATA / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
