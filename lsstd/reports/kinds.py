"""Which sections each kind of report has, made from what the report rests on and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lsstd.pages import impact_page, page, portfolio_page, profile_page
from lsstd.pages.blocks import Section
from lsstd.panel.portfolio import Portfolio, portfolio
from lsstd.panel.supply_chain import Chain, chain
from lsstd.population.impact import impact
from lsstd.reports.basis import Basis, Kind
from lsstd.reports.input import parties_of
from lsstd.words import Lang

Make = Callable[[Lang], Section]


def pieces(basis: Basis) -> dict[str, Make]:
    """Return by its key how each section of a report is made, in the report's order."""
    return _PIECES[basis.kind](basis)


def _base(basis: Basis) -> dict[str, Make]:
    made: dict[str, Make] = {key: partial(piece, basis.result) for key, piece in page.PIECES.items()}
    return {**made, "base.sources": lambda lang: page.sources(basis.result, lang, basis.told(lang))}


def moved(basis: Basis) -> impact_page.Moved:
    """Return the impact that a report is about, and its reforms."""
    assert basis.population is not None
    return impact(basis.population, basis.standard, basis.reformed, dict(basis.readings)), list(basis.reforms)


def _impact(basis: Basis) -> dict[str, Make]:
    told = moved(basis)
    made: dict[str, Make] = {key: partial(piece, told) for key, piece in impact_page.PIECES.items()}
    return {**made, "impact.sources": lambda lang: impact_page.sources(told[0], lang, basis.told(lang))}


def gathered(basis: Basis) -> Portfolio:
    """Return the portfolio that a report is about."""
    return portfolio(basis.results, basis.earlier_results, dict(basis.sources))


def seen(basis: Basis) -> Chain:
    """Return the supply chain, or the one party, that a report is about."""
    return chain(basis.standard, parties_of(basis.cases), dict(basis.sources))


def _portfolio(basis: Basis) -> dict[str, Make]:
    found = gathered(basis)
    printed = {key: piece for key, piece in portfolio_page.PIECES.items() if found.change or key != "portfolio.change"}
    made: dict[str, Make] = {key: partial(piece, found) for key, piece in printed.items()}
    return {**made, "portfolio.sources": lambda lang: portfolio_page.sources(found, lang, basis.told(lang))}


def _profile(basis: Basis) -> dict[str, Make]:
    found = seen(basis)
    left_out = "profile.differences" if len(found.parties) == 1 else "profile.explanation"
    printed = {key: piece for key, piece in profile_page.PIECES.items() if key != left_out}
    made: dict[str, Make] = {key: partial(piece, found) for key, piece in printed.items()}
    return {**made, "profile.sources": lambda lang: profile_page.sources(found, lang, basis.told(lang))}


_PIECES: dict[Kind, Callable[[Basis], dict[str, Make]]] = {
    "base": _base,
    "impact": _impact,
    "portfolio": _portfolio,
    "profile": _profile,
}
