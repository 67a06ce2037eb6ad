"""The command that plans: the cheapest way to a grade."""

from __future__ import annotations

from pathlib import Path

from lsstd.cli.language import language
from lsstd.cli.options import FILE, FORCE, JSON, PATH, SCORING, Options, command, option, output
from lsstd.cli.output import emit, note, write_sections
from lsstd.words import msg


@command(
    msg("The cheapest way to a grade"),
    FILE,
    option("--target GRADE", msg("a grade (default: the next one up)")),
    option("--costs FILE", msg("costs, lead times, owners (YAML, Excel)"), PATH),
    option("--budget N", msg("the most that may be spent"), float),
    option("--by DATE", msg("the day by which all is done")),
    option("--chance P", msg("reach it with this chance at least"), float),
    option("--cushion N", msg("points to spare above the line"), float, default=0, show_default=False),
    option("--costs-template FILE", msg("write a table of costs to fill in"), PATH, name="template"),
    output("FILE", msg("plan (.xlsx, .docx, .html)")),
    *(FORCE, *SCORING, JSON),
    details=msg("Without --costs each point costs the same"),
)
def plan(
    file: Path,
    target: str | None,
    costs: Path | None,
    budget: float | None,
    by: str | None,
    chance: float | None,
    cushion: float,
    template: Path | None,
    options: Options,
) -> None:
    """Print the cheapest way to a grade, or write the table of costs to be filled in for it."""
    from lsstd.office.costs_sheet import load_costs, write_template
    from lsstd.pages import plan_page as page
    from lsstd.planning.planner import plan as of

    lang, result = language(), options.result(file)
    if template is not None:
        write_template(result, template, lang, options.force)
        note(msg("written to {path}", path=template))
        return
    table = load_costs(costs, result.standard) if costs else None
    found = of(
        result.standard,
        result.assessment,
        target,
        costs=table,
        budget=budget,
        by=by,
        chance=chance,
        cushion=cushion,
        readings=result.readings,
    )
    day = result.assessment.as_of or result.standard.day
    if options.output is not None:
        write_sections(page.plan_sections(found, lang), page.title_of(found), options, day)
    emit(options, lambda: found.to_dict(lang), lambda: page.plan_sections(found, lang))
