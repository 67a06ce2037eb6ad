"""A round from its folder: ``cycle.yaml``, ``assessments/BASE.yaml``, ``sheets/BASE/…``; and what was frozen of it.

Whatever is wrong with one file is told, and keeps no other back. Each file is read once.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lsstd.errors import LsstdError, Problem, Problems
from lsstd.exact import plain_tree
from lsstd.files.cases import evaluate
from lsstd.files.reading import KINDS, ending_of, read_plain, sha256_of
from lsstd.files.standards import load_standard, model_of
from lsstd.files.strict_yaml import to_yaml
from lsstd.files.writing import MARK, cannot_write, write_whole
from lsstd.panel.cycle import Cycle, Fault, Standing, barred
from lsstd.panel.cycle_file import Applicant, CycleFile, Frozen
from lsstd.panel.panel_result import PanelResult, combine
from lsstd.panel.sheets import Gathered, PanelSheet, load_sheet, sift
from lsstd.planning.procedure_days import dates
from lsstd.standard.models import as_in_file
from lsstd.standard.standard import Standard
from lsstd.words import msg, nearest, noted, same

FILE, FROZEN, OWN, SHEETS = "cycle.yaml", "frozen.yaml", "assessments", "sheets"
_ENDINGS = (*KINDS, ".xlsx")
_FIXED = ("standard", "edition", "readings", "combination", "experts", "bases")
_AGAIN = msg("as it was frozen, or lsstd cycle --freeze --force to freeze the round anew")


def cycle(folder: str | Path, on_base: Callable[[Standing, int], None] | None = None) -> Cycle:
    """Read and combine a whole round.

    Parameters
    ----------
    folder : str or Path
        With ``cycle.yaml``, ``assessments/BASE.yaml`` and ``sheets/BASE/…``.
    on_base : callable, optional
        Called after each base with where it stands and the number of bases.

    Raises
    ------
    LsstdError
        ``cycle.yaml`` cannot be read or describes no round, names another edition than the standard's, or is no longer
        what was frozen. What is wrong with an assessment or a sheet is among the round's `faults`.

    Examples
    --------
    >>> found = lsstd.cycle("data/cycles/made_up_2025")
    >>> [(place.rank, place.tied, place.standing.grade) for place in found.proposed][:3]
    [(1, False, 'AAAA'), (2, True, 'AAA'), (2, True, 'AAA')]
    """
    folder = Path(folder)
    file, standard = load_cycle_file(folder)
    frozen, faults = _frozen(folder, file, standard), list[Fault]()
    files = list(_files(folder, file, faults))
    if frozen:
        files = list(_unchanged(folder, files, frozen, faults))
    by_base: dict[str, list[str]] = {key: [] for key in file.bases}
    for name in files:
        by_base[_base_of(name)].append(name)
    standings = []
    for base in file.bases.values():
        standings.append(_standing(folder, base, by_base[base.id], file, standard, faults))
        if on_base:
            on_base(standings[-1], len(file.bases))
    return Cycle(file, standard, tuple(standings), tuple(faults), frozen is not None)


def load_cycle_file(folder: Path) -> tuple[CycleFile, Standard]:
    """Return what ``cycle.yaml`` says, and the standard that it names; raise `LsstdError` with all that is wrong."""
    parsed, _ = read_plain(folder / FILE)
    title = msg("{file} does not describe a round", file=FILE)
    file, problems = model_of(parsed, CycleFile, title), Problems(parsed.lines)
    is_file = Path(file.standard).suffix.lower() in KINDS
    standard = load_standard(folder / file.standard if is_file else file.standard)
    if file.edition != standard.edition:
        problems.add("edition", file.edition, standard.edition)
    if file.sha256 and not standard.sha256.startswith(file.sha256):
        problems.add("sha256", file.sha256, standard.sha256)
    for expert in file.experts.values():
        for name in expert.conflicts:
            if name not in file.bases:
                problems.add(f"experts.{expert.id}.conflicts", name, nearest(name, file.bases))
    for place, one in enumerate(file.objections):
        for key, found, expected in one.faults(standard, file.bases):
            problems.add(f"objections.{place}.{key}", found, expected)
    problems.raise_if_any(title)
    try:
        standard.choose_readings(file.readings)
        if standard.procedure:
            dates(standard, file.start, file.days, file.on)
    except LsstdError as error:
        raise error.within(FILE) from None
    return file, standard


def _files(folder: Path, file: CycleFile, faults: list[Fault]) -> Iterator[str]:
    """Yield the assessments and sheets of the round's bases, as seen from its folder; note those that are none."""
    for path in sorted((*(folder / OWN).glob("*"), *(folder / SHEETS).rglob("*"))):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or any(part.startswith((".", "~$")) for part in name.split("/")):
            continue
        if path.suffix.lower() not in _ENDINGS:
            faults.append(Fault(name, Problem(name, ending_of(path), same(" / ".join(_ENDINGS)))))
        elif (base := _base_of(name)) not in file.bases:
            found, right = msg("{base} is no base of this round", base=base), nearest(base, file.bases)
            faults.append(Fault(name, Problem(name, found, right)))
        else:
            yield name


def _base_of(name: str) -> str:
    """Return the base whose file it is: an assessment by its own name, a sheet by its folder's."""
    parts = name.split("/")
    return Path(parts[1]).stem if len(parts) == 2 else parts[1]


def _standing(
    folder: Path, base: Applicant, names: Sequence[str], file: CycleFile, standard: Standard, faults: list[Fault]
) -> Standing:
    """Read and combine one base's files; note what is wrong with any of them."""
    sheets: list[PanelSheet] = []
    for name in names:
        try:
            sheets.append(_of_round(load_sheet(folder / name, standard), base, file, is_own=name.startswith(OWN)))
        except LsstdError as error:
            faults += _faults(name, error)
    for sheet, mistake in sift(sheets, file.round):
        faults += _faults(sheet.path.relative_to(folder).as_posix(), mistake)
    own = next((evaluate(standard, s.assessment, file.readings) for s in sheets if s.expert.id == ""), None)
    counted = Gathered(standard, tuple(sheet for sheet in sheets if sheet.expert.id), None, ()).at()
    panel: PanelResult | None = None
    try:  # without the places of entries, which are a sixth of what a round holds
        slim = [dataclasses.replace(sheet, places={}) for sheet in counted]
        panel = combine(standard, slim, file.combination, file.readings) if slim else None
    except LsstdError as error:
        faults += _faults(f"{SHEETS}/{base.id}", error)
    asked = {key for key, expert in file.experts.items() if base.id not in expert.conflicts}
    return Standing(base, own, panel, tuple(sorted(asked.difference(panel.experts if panel else ()))), barred(own))


def _faults(name: str, error: LsstdError) -> list[Fault]:
    return [Fault(name, problem) for problem in error.problems or (Problem(name, error.title, same("—")),)]


def _of_round(sheet: PanelSheet, base: Applicant, file: CycleFile, is_own: bool) -> PanelSheet:
    """Return a sheet with its expert as the round knows him; raise `InvalidFile` if it is another base's or stranger's.

    Where a sheet stands at its base in the round, its subject goes by the round's id and name.
    """
    subject, expert = sheet.assessment.subject, sheet.assessment.expert
    if (subject.id or base.id) != base.id or (not subject.id and subject.name not in ("", base.name)):
        found, right = noted(subject.name or "—", subject.id or "—"), noted(base.name, base.id)
        raise sheet.refused("subject.id" if subject.id else "subject.name", found, right)
    if is_own or expert is None:
        if is_own != (expert is None):
            found = msg("no sheet of an expert") if expert is None else msg("the sheet of an expert")
            right = msg("an assessment under {own}/, sheets under {sheets}/", own=OWN, sheets=SHEETS)
            raise sheet.refused("expert", found, right)
        known = None
    elif (known := file.experts.get(expert.id)) is None:
        raise sheet.refused("expert.id", same(expert.id), nearest(expert.id, file.experts))
    else:
        declared = [base.id] if base.id in known.conflicts else []
        known = known.model_copy(update={"conflicts": (*expert.conflicts, *declared)})
    placed = subject.model_copy(update={"id": base.id, "name": base.name})
    return dataclasses.replace(
        sheet, assessment=sheet.assessment.model_copy(update={"subject": placed, "expert": known})
    )


def _parts(file: CycleFile) -> dict[str, str]:
    """Return the SHA-256 of each part of ``cycle.yaml`` that may not change once the round is frozen."""
    plain = {**as_in_file(file), "combination": file.combination.to_dict()}
    texts = {key: json.dumps(plain_tree(plain[key]), ensure_ascii=False, sort_keys=True) for key in _FIXED}
    return {key: hashlib.sha256(text.encode()).hexdigest() for key, text in texts.items()}


def freeze(folder: str | Path, force: bool = False) -> Path:
    """Write down what a round rests on: edition and hash of the standard, the rules, the hash of every file.

    Raises
    ------
    LsstdError
        As `cycle` does; the round is frozen already and `force` is off.

    Examples
    --------
    >>> import shutil
    >>> _ = shutil.copytree("data/cycles/made_up_2025", "round")
    >>> freeze("round").name, lsstd.cycle("round").is_frozen
    ('frozen.yaml', True)
    """
    folder = Path(folder)
    file, standard = load_cycle_file(folder)
    if (path := folder / FROZEN).exists() and not force:
        raise cannot_write(path, msg("the round is frozen already"), msg("--force to freeze it anew"))
    hashes = {name: sha256_of(folder / name) or "" for name in _files(folder, file, [])}
    of = {key: getattr(standard, key) for key in ("standard", "edition", "sha256")}
    text = to_yaml({"round": file.round, **of, "parts": _parts(file), "files": hashes})
    write_whole(path, f"# {MARK}\n{text}".encode(), force)
    return path


def _frozen(folder: Path, file: CycleFile, standard: Standard) -> Frozen | None:
    """Return what was frozen, if anything; raise `InvalidFile` where the round's rules are others now."""
    if not (folder / FROZEN).exists():
        return None
    title, problems = msg("{file} is not what lsstd wrote", file=FROZEN), Problems()
    frozen = model_of(read_plain(folder / FROZEN)[0], Frozen, title)
    now = {"round": file.round, "standard": standard.standard, "edition": standard.edition, "sha256": standard.sha256}
    for key, value in now.items():
        if value != getattr(frozen, key):
            problems.add(key, value, noted(getattr(frozen, key), msg("frozen")))
    for key, value in _parts(file).items():
        if value != frozen.parts.get(key) and not (key == "edition" and problems.found):
            problems.add(key, msg("changed since the round was frozen"), _AGAIN)
    problems.raise_if_any(msg("the round is frozen, and its rules are no longer the same"))
    return frozen


def _unchanged(folder: Path, names: Sequence[str], frozen: Frozen, faults: list[Fault]) -> Iterator[str]:
    """Yield the files that are as they were frozen; note those that were changed, added or removed."""
    for name in sorted({*names, *frozen.files}):
        before = frozen.files.get(name)
        now = sha256_of(folder / name) if name in names else None
        if now is not None and now == before:
            yield name
            continue
        found = msg("changed since the round was frozen") if now and before else msg("added since the round was frozen")
        faults.append(Fault(name, Problem(name, found if now else msg("there is no such file"), _AGAIN)))
