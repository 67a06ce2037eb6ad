"""The sections of each type of report, made from its basis and nothing else."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from lsstd.pages.blocks import Block, Figure, Pairs, Section, labelled, numbered
from lsstd.reports.inputs import parties_of
from lsstd.reports.record import PAGE, Basis, record_of
from lsstd.reports.render import render, title_of
from lsstd.reports.templates import load_template
from lsstd.words import Lang, Text, msg

if TYPE_CHECKING:
    from lsstd.panel.portfolio import Portfolio
    from lsstd.panel.supply_chain import Chain
    from lsstd.population.impact import Impact

_PAGES = {"base": "base_page", "portfolio": "portfolio_page", "profile": "supply_chain_page", "impact": "impact_page"}


def sections(basis: Basis, lang: Lang, template: str = "") -> list[Section]:
    """Return the sections of a report, numbered, in its order; the last says what it was made from.

    One that is made within a page (`PAGE`) is without what needs more than the core: the cheapest way up, and charts,
    whose numbers stand in the tables.
    """
    page: Any = import_module(f"lsstd.pages.{_PAGES[basis.kind]}")  # a base's own needs neither pandas nor matplotlib
    subject, lacking = _subject(basis)
    content = (subject, list(basis.reforms)) if basis.kind == "impact" else subject
    left_out = {f"{basis.kind}.{name}" for name in ("sources", lacking, *(["way_up"] if template == PAGE else []))}
    cover, *pieces = (piece(content, lang) for key, piece in page.PIECES.items() if key not in left_out)
    shown = [_issued(cover, basis, lang), *pieces, page.sources(subject, lang, basis.provenance(lang))]
    if template == PAGE:
        shown = [replace(one, blocks=tuple(b for b in one.blocks if not isinstance(b, Figure))) for one in shown]
    return numbered(shown, lang)


def render_basis(basis: Basis, lang: Lang, kind: str, template: str = "") -> bytes:
    """Return the report of a basis as a file of this format, by the packaged template of its kind, or as `PAGE`."""
    shown = sections(basis, lang, template)
    title = title_of(shown, load_template(basis.kind).title, lang)
    return render(kind, shown, title, lang, record_of(basis, shown, lang, template or basis.kind), day=basis.day)


def _issued(cover: Section, basis: Basis, lang: Lang) -> Section:
    """Return a cover that also says who issues the report, of which day it is, and its id."""
    day = msg("Reference day")
    more: list[tuple[Text, object]] = [(msg("Issued by"), basis.issued_by or msg("(no issuer given)"))]
    blocks: list[Block] = []
    for block in cover.blocks:
        if isinstance(block, Pairs):
            dated = day.to(lang) in (label for label, _ in block.rows)
            more += [(day, basis.day)] if not dated and basis.day else []
            block = Pairs((*block.rows, *labelled(lang, [*more, (msg("Document no."), basis.document_id(lang))])))
        blocks.append(block)
    return replace(cover, blocks=tuple(blocks))


def _subject(basis: Basis) -> tuple[Any, str]:
    """Return what a report is about, and the name of the piece that it lacks, if any."""
    if basis.kind == "base":
        return basis.result, ""
    if basis.kind == "portfolio":
        many = portfolio_of(basis)
        return many, "" if many.change else "change"
    if basis.kind == "profile":
        chain = chain_of(basis)
        return chain, "differences" if len(chain.parties) == 1 else "explanation"
    return impact_of(basis), ""


def portfolio_of(basis: Basis) -> Portfolio:
    """Return the portfolio that a report is about."""
    from lsstd.panel.portfolio import portfolio

    return portfolio(basis.results, basis.earlier_results, dict(basis.sources))


def chain_of(basis: Basis) -> Chain:
    """Return the supply chain, or the one party, that a report is about."""
    from lsstd.panel.supply_chain import chain

    return chain(basis.standard, parties_of(basis.cases), dict(basis.sources))


def impact_of(basis: Basis) -> Impact:
    """Return the impact that a report is about."""
    from lsstd.population.impact import impact

    assert basis.population is not None
    protect = [group for reform in basis.reforms for group in reform.protect]
    return impact(basis.population, basis.standard, basis.reformed, dict(basis.readings), protect)
