"""What the application form asks and the scoring does not use, and the other way round."""

from __future__ import annotations

from dataclasses import dataclass

from lsstd.engine.catalogue import uses
from lsstd.standard.standard import Standard


@dataclass(frozen=True, slots=True)
class Coverage:
    """Facts by who asks for them."""

    both: tuple[str, ...]
    form_only: tuple[str, ...]
    scoring_only: tuple[str, ...]


def coverage(standard: Standard) -> Coverage:
    """Return the facts that form and scoring share, and those that only one of them asks for.

    Scoring means conditions, vetoes and thresholds of rows; a fact counted from another (years from an opening
    date) counts as asked where that other is.
    """
    asked: dict[str, list[str]] = {"both": [], "form": [], "scoring": []}
    places = uses(standard)
    for fact in standard.facts.values():
        own = {place.split(".")[0] for place in places[fact.id]}
        source = {place.split(".")[0] for place in places.get(fact.years_since or "", ())}
        derived = {p.split(".")[0] for key in places[fact.id] if key.startswith("facts.") for p in places[key[6:]]}
        on_form = "form" in own | source
        scored = bool((own | derived) & {"conditions", "vetoes", "criteria"})
        if on_form or scored:
            asked["both" if on_form and scored else "form" if on_form else "scoring"].append(fact.id)
    return Coverage(tuple(asked["both"]), tuple(asked["form"]), tuple(asked["scoring"]))
