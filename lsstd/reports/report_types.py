"""The sections of each type of report, made from its basis and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsstd.pages.blocks import Block, Pairs, Section, labelled, numbered
from lsstd.reports.inputs import parties_of
from lsstd.reports.record import Basis
from lsstd.words import Lang, Text, msg

if TYPE_CHECKING:
    from lsstd.panel.portfolio import Portfolio
    from lsstd.panel.supply_chain import Chain
    from lsstd.population.impact import Impact


def sections(basis: Basis, lang: Lang) -> list[Section]:
    """Return the sections of a report, numbered, in its order; the last says what it was made from."""
    page, content, subject, left_out = _parts(basis)
    last = f"{basis.kind}.sources"
    cover, *pieces = (piece(content, lang) for key, piece in page.PIECES.items() if key not in (last, left_out))
    return numbered([_issued(cover, basis, lang), *pieces, page.sources(subject, lang, basis.provenance(lang))], lang)


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


def _parts(basis: Basis) -> tuple[Any, Any, Any, str]:
    """Return the page module of a report, what its pieces and its sources show, and the piece that it lacks.

    Each page is imported when it is asked for: a base's own report needs neither pandas nor matplotlib.
    """
    if basis.kind == "base":
        from lsstd.pages import base_page as page

        return page, basis.result, basis.result, ""
    if basis.kind == "portfolio":
        from lsstd.pages import portfolio_page

        many = portfolio_of(basis)
        return portfolio_page, many, many, "" if many.change else "portfolio.change"
    if basis.kind == "profile":
        from lsstd.pages import supply_chain_page as profile_page

        chain = chain_of(basis)
        left_out = "profile.differences" if len(chain.parties) == 1 else "profile.explanation"
        return profile_page, chain, chain, left_out
    from lsstd.pages import impact_page

    moved = impact_of(basis)
    return impact_page, (moved, list(basis.reforms)), moved, ""


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
