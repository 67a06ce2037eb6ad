"""The made-up standard of data/standards: read by path and by id, and shown without a word of any other standard."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from lsstd import Result, evaluate, example, load_assessment, load_standard
from lsstd.engine.evaluate import evaluate as core_evaluate
from lsstd.engine.remarks import standard_remarks
from lsstd.engine.verdict import verdict
from lsstd.files.places import data
from lsstd.pages import base_page as page

PATH = data() / "standards" / "made-up-studio.yaml"
STUDIO = load_standard(PATH)


def result_of(name: str) -> Result:
    return evaluate(STUDIO, load_assessment(example(name), STUDIO))


# It says that it is made up, its printed sums are those of its rows, and nothing in it is without a use.
def test_it_is_sound_and_says_that_it_is_made_up() -> None:
    assert "虚构" in STUDIO.title.zh
    assert "made-up" in STUDIO.status.en
    assert load_standard("made-up-studio") == STUDIO
    assert list(standard_remarks(STUDIO)) == []
    assert (len(STUDIO.conditions), len(STUDIO.vetoes), len(STUDIO.indicators), len(STUDIO.readings)) == (2, 1, 3, 2)


# Room 15, quiet (60 − 44) ÷ 20 × 10 = 8, safety 10; hosts 5 ÷ 8 ≥ 0.6: 15, complaints 20 − 4, content 21 to 25; 3 + 3
# on top, at most 5: 90 to 94. Three stars ask for 80 % of the place's 40: 33 is enough.
def test_the_good_studio() -> None:
    result = result_of("studio_good")
    assert (result.score.secured, result.score.possible, result.score.maximum) == (90, 94, 100)
    assert result.grade.awarded == "三星"
    assert "三星；" in verdict(result).zh


# Room 5 to 10, quiet (60 − 52.5) ÷ 20 × 10 = 3.75, safety open; hosts and complaints open, content 12 to 18, 0 to 5 on
# top: 20.75 to 81.75. Four months are too few, and below one star there is a name for it.
def test_the_partial_studio() -> None:
    result = result_of("studio_partial")
    assert (result.score.secured, result.score.possible) == (Fraction(83, 4), Fraction(327, 4))
    assert (result.grade.secured, result.grade.possible, result.grade.awarded) == (None, "二星", None)
    assert "不予评星" in verdict(result).zh
    assert "no star" in verdict(result).en
    assert result.to_dict()["grade"]["secured"] is None


# Without the place's share the points alone earn no third star, and the sentence says so.
def test_three_stars_ask_for_more() -> None:
    given = load_assessment(example("studio_good"), STUDIO).with_facts({"noise_db": 60, "complaints": 0})
    result = core_evaluate(STUDIO, given.with_answers({"content": {"score": 25}}))
    assert (result.score.secured, result.grade.secured) == (90, "二星")
    assert "另外要求尚未满足" in verdict(result).zh
    assert "further requirements" in verdict(result).en


# Commands and the report show its own title, indicators, rules and grades, and no word of another standard.
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_it_is_shown_as_itself(lsstd: Callable[..., Any], tmp_path: Path, lang: Any) -> None:
    files = (example("studio_good"), example("studio_partial"))
    shown = [lsstd(command, file, "--lang", lang).out for command in ("assess", "facts") for file in files]
    shown += [lsstd("show", "made-up-studio", "--lang", lang).out, lsstd("show", PATH, "--lang", lang).out]
    made = lsstd("report", example("studio_partial"), "-o", tmp_path, "--lang", lang, "--json")
    assert made.status == 0
    shown += [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")]
    for text in shown:
        assert STUDIO.title.to(lang) in text or STUDIO.facts["hosts"].label.to(lang) in text
        assert not [word for word in ("AAA", "黑龙江", "Heilongjiang", "直播基地", "8.1.3") if word in text]
    assert {"zh": "不予评星", "en": "no star"}[lang] in shown[-1]
    assert {"zh": "所用解读", "en": "Readings"}[lang] in page.readings(result_of("studio_good"), lang).html
