"""Rules on text: a clean made-up draft is left alone; each seeded defect is found; extraction is no defect."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from lsstd.lint.draft import draft_of
from lsstd.lint.linting import TEXT_RULES

CLEAN = (Path(__file__).parent / "clean_draft.txt").read_text(encoding="utf-8")

# What is changed in the clean draft, and the rule that must see it.
DEFECTS = [
    ("S101", "8.2 有效期内", "8.3 有效期内"),
    ("S101", "7.2.2 得分相同", "7.2.1 得分相同"),
    ("S102", "8.1 等级有效期", "8.1.1 等级有效期"),
    ("S103", "7.2.2 得分相同时，以服务质量得分高者为先。\n", ""),
    ("S104", "评价程序以及结果管理", "评价程序、监督检查以及结果管理"),
    ("S104", "8 结果管理\n", "8 奖惩措施\n"),
    ("S105", "7 评价程序\n", "7 评分、申请和公示\n"),
    ("R201", "应符合 GB 14934—2016", "应符合 GB 14934—2011"),
    ("R201", "按 GB/T 17242—1998 进行", "按 GB 17242—1998 进行"),
    ("R202", "投诉的处理按 GB/T 17242—1998 进行。", ""),
    ("R203", "见附录 A 中表 A.1", "见附录 B 中表 A.1"),
    ("R203", "对应分数见表 1", "对应分数见表 2"),
    ("R205", "GB 14934—2016  食品", "GB 14934-2016  食品"),
    ("C301", "分为 3 个等级", "分为 4 个等级"),
    ("C302", "8 结果管理", "7.4 意见\n共收集意见 20 条，其中，采纳 12 条，部分采纳 4 条，不采纳 3 条。\n8 结果管理"),
    ("C303", "设备（20分）", "设备（25分）"),
    ("C303", "回应投诉；上一年度投诉办结率不低于 95%。 15", "回应投诉；上一年度投诉办结率不低于 95%。 10"),
    ("C304", "满分为 100 分", "满分为 120 分"),
    ("C305", "从业人员健康证明持有率为 100%。 10", "从业人员健康证明持有率为 100%。"),
    ("C306", "三星 ≥90\n二星 75≤得分＜90\n一星 60≤得分＜75", "三星 90～100\n二星 75～89\n一星 60～74"),
    ("C307", "三星 ≥90\n二星 75≤得分＜90\n一星 60≤得分＜75", "三星 90～100\n二星 75～90\n一星 60～75"),
    ("C308", "6.2 得分低于 60 分的，不予定级。", "6.2 等级每年公布。"),
    ("U401", "4.2 餐具", "4.4 年营业额不少于 50 万。\n4.2 餐具"),
    ("U402", "投诉（15分）", "投诉（15）"),
    ("X601", "，去掉一个最高分和一个最低分，取其余得分的平均值", ""),
    ("X602", "，保留两位小数", ""),
    ("X603", "8.1 等级有效期为 3 年，期满前 3 个月可申请复评。\n8.2 有效期内发生食品安全事故的，撤销其等级。", "无。"),
    ("X604", "可在公示期内以书面形式提出异议，江海市商务局应在收到异议之日起 10 个工作日内答复", "可提出异议"),
    ("M101", "4.1 社区共享厨房应取得", "4.1 社区共享厨房必须取得"),
    ("M102", "共同使用的食品加工场所。", "共同使用的食品加工场所，应有独立出入口。"),
    ("M103", "提供线上预约，预约", "宜提供线上预约，预约"),
    ("M104", "并公开张贴。 15", "并公开张贴，获得认证的可加分。 15"),
    ("M105", "提供线上预约，预约响应时间不超过 30 min。 10", "提供线上线下相结合的多种预约方式及场次。 10"),
    ("M106", "每行评价内容全部满足时得该行分值，否则得 0 分；不适用的行不计入满分。", "按表评价。"),
    ("W201", "4.1 社区共享厨房应取得", "4.1 社区共享厨房应配备必要的设备，并取得"),
    ("W202", "8.2 有效期内发生", "8.2 共享社区厨房有效期内发生"),
    ("W203", "3.1\n社区共享厨房\n", "3.1\n共享厨房设备\n"),
    ("W204", "7.3.1 评价结果在江海市商务局网站", "7.3.1 评价结果由市商务局审核后在商务局网站"),
    ("W206", "分别按表 A.1 打分", "分别按评分细则打分"),
    ("T301", "消毒餐（饮）具\n", "消毒餐（饮）具\n（注）(设备)类\n3.9 公用(含共用)设备适用本文件。\n"),
    ("T302", "近三年内未发生食品安全事故。", "近三年内未发生《食品安全事故，并公示。"),
    ("T303", "期满前 3 个月可申请复评。", "期满前 3 个月可申请复评，并提交材料"),
    ("T304", "下列术语和定义适用于", "下列术语与定义适用于"),
    ("T305", "构成本文件必不可少的条款", "成为本文件不可缺少的条款"),
]  # fmt: skip


def codes(text: str) -> list[str]:
    draft = draft_of(text)
    return [one.rule.code for rules in TEXT_RULES for one in rules.apply(draft, "")]


def lengthened(text: str) -> str:
    """Return the text as extraction leaves it: blank lines between, long lines broken, page numbers."""
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        pieces = [line[i : i + 46] for i in range(0, len(line), 46)] or [""]
        lines += [piece for part in pieces for piece in (part, "")] + (
            [f"— {number // 20} —", ""] if number % 20 == 0 else []
        )
    return "\n".join(lines)


# Nothing is said about a clean draft but what its own wording leaves open: alarms would hide what matters.
def test_a_clean_draft_is_left_alone() -> None:
    assert codes(CLEAN) == []


# What extraction did to a text is no defect of it: blank lines, broken lines, page numbers.
def test_extraction_is_no_defect() -> None:
    assert [code for code in codes(lengthened(CLEAN)) if code not in ("T302",)] == []


# Each seeded defect is found by its rule.
@pytest.mark.parametrize(("code", "old", "new"), DEFECTS)
def test_each_defect_is_found(code: str, old: str, new: str) -> None:
    assert old in CLEAN
    assert code in codes(CLEAN.replace(old, new, 1))


# Every rule on text has a case that it must find.
def test_every_rule_has_a_case() -> None:
    told = {rule.code for rules in TEXT_RULES for rule in rules.listed}
    assert told - {code for code, _, _ in DEFECTS} <= {"R204", "D501", "W205", "W207", "X605", "X606"}


# Any text is read to its end, in time that grows with its length.
def test_any_text_is_read() -> None:
    rng = random.Random(7)
    signs = "一二1.23（）《》、，。附录A表图 \n\t分应宜"
    for length in (0, 1, 50, 3000):
        codes("".join(rng.choice(signs) for _ in range(length)))
