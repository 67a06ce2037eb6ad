"""A profile of topics in plain language: never a grade, and nothing that sounds like one."""

from __future__ import annotations

from collections.abc import Iterator

from lsstd.engine.profile import Profile
from lsstd.engine.result import Result
from lsstd.words import Text, counted, listing, quoted, sentence


def levels(result: Result, profile: Profile) -> Iterator[Text]:
    """Tell the strongest topics, what the lowest level given means and what follows it, and what is not answered."""
    given, scale = profile.levels, result.standard.scale
    if given:
        low, high = min(given), max(given)
        best = [entry.topic.label for entry in profile.topics if entry.level == high]
        if high > low:
            told = listing(best)
            yield Text(
                f"所答级别最高的是{told.zh}（第 {high} 级）", f"the highest level given, {high}, is that of {told.en}"
            )
        else:
            yield Text(f"已答各主题均为第 {low} 级", f"every topic answered is at level {low}")
        told = quoted(sentence(scale[low].meaning))
        zh, en = f"第 {low} 级指{told.zh}", f"level {low} means {told.en}"
        if low + 1 < len(scale):
            after = quoted(sentence(scale[low + 1].meaning))
            zh, en = f"{zh}，第 {low + 1} 级指{after.zh}", f"{en}, level {low + 1} {after.en}"
        yield Text(zh, en)
    missing = [entry.topic.label for entry in profile.topics if entry.level is None]
    if missing and given:
        told, count = listing(missing), len(missing)
        yield Text(f"尚有 {count} 个主题未答：{told.zh}", f"{counted(count, 'topic')} not answered yet: {told.en}")


def proof(profile: Profile) -> Iterator[Text]:
    """Name the topics whose level nothing recent bears out."""
    bare = [entry.topic.label for entry in profile.topics if entry.level and not entry.evidenced]
    if bare:
        told, count = listing(bare), len(bare)
        has = "has" if count == 1 else "have"
        yield Text(
            f"{count} 个主题的级别没有近 12 个月内的佐证材料，仅据所答：{told.zh}",
            f"{counted(count, 'topic')} {has} no evidence of the last 12 months and only stated levels: {told.en}",
        )
