"""A round from its folder: ``cycle.yaml``, ``assessments/BASE.yaml``, ``sheets/BASE/…``; and what was frozen of it.

What is wrong with one file is reported and does not hold up the others. Each file is read once.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from lsstd.errors import LsstdError, Problems
from lsstd.exact import plain_tree
from lsstd.files.cases import evaluate
from lsstd.files.reading import KINDS, ending_of, read_plain, refused, sha256_of
from lsstd.files.standards import load_standard, model_of
from lsstd.files.writing import cannot_write, write_yaml
from lsstd.panel.cycle import Applicant, Candidate, Cycle, CycleFile, Frozen, barred
from lsstd.panel.panel_result import combine
from lsstd.panel.sheets import Gathered, PanelSheet, load_sheet, sift
from lsstd.planning.procedure_days import dates
from lsstd.standard.models import as_in_file
from lsstd.standard.standard import Standard
from lsstd.words import Text, msg, nearest, noted, same, shorten

FILE, FROZEN, OWN, SHEETS = "cycle.yaml", "frozen.yaml", "assessments", "sheets"
_ENDINGS = (*KINDS, ".xlsx")
_AGAIN = msg("as it was frozen, or lsstd cycle --freeze --force to freeze the round anew")


def cycle(folder: str | Path, on_base: Callable[[Candidate, int], None] | None = None) -> Cycle:
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
        what was frozen. Other files that do not count are among the round's `refused`.

    Examples
    --------
    >>> found = lsstd.cycle("data/cycles/made_up_2025")
    >>> [(place.rank, place.tied, place.grade) for place in found.current][1:4]
    [(2, False, 'AAAA'), (3, True, 'AAA'), (3, True, 'AAA')]
    """
    found = _Folder(Path(folder))
    if frozen := found.frozen():
        found.files = dict(found.unchanged(frozen))
    candidates = []
    for base in found.file.bases.values():
        candidates.append(found.candidate(base))
        if on_base:
            on_base(candidates[-1], len(found.file.bases))
    return Cycle(found.file, found.standard, tuple(candidates), found.refused, frozen is not None)


def freeze(folder: str | Path, force: bool = False) -> Path:
    """Write down what a round rests on: standard and edition, the rules, the hash of every file.

    Raises
    ------
    LsstdError
        As `cycle` does; or the round is frozen already and `force` is off.

    Examples
    --------
    >>> import shutil
    >>> from lsstd.panel.cycle_folder import freeze
    >>> _ = shutil.copytree("data/cycles/made_up_2025", "round")
    >>> freeze("round").name, lsstd.cycle("round").is_frozen
    ('frozen.yaml', True)
    """
    found = _Folder(Path(folder))
    if (path := found.folder / FROZEN).exists() and not force:
        raise cannot_write(path, msg("the round is frozen already"), msg("--force to freeze it again"))
    hashes = {name: sha256_of(found.folder / name) or "" for name in found.files}
    write_yaml(path, {"rules": found.rules, "files": hashes}, force)
    return path


def load_cycle_file(folder: Path) -> tuple[CycleFile, Standard]:
    """Return what ``cycle.yaml`` says, and the standard that it names; raise `LsstdError` with all that is wrong."""
    parsed = read_plain(folder / FILE)
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


class _Folder:
    """The folder of a round as it is read: its file, its other files, and those that are refused."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.refused = folder, dict[str, LsstdError]()
        self.file, self.standard = load_cycle_file(folder)
        self.files = dict(self._files())

    def refuse(self, name: str, found: Text, expected: Text) -> None:
        """Note why a file does not count, whatever is in it."""
        self.refused[name] = refused(self.folder / name, found, expected)

    def _files(self) -> Iterator[tuple[str, str]]:
        """Yield the assessments and sheets, as seen from the folder, each with its base; refuse what is neither."""
        for path in sorted((*(self.folder / OWN).glob("*"), *(self.folder / SHEETS).rglob("*"))):
            name = path.relative_to(self.folder).as_posix()
            if path.is_dir() or any(part.startswith((".", "~$")) for part in name.split("/")):
                continue
            if path.suffix.lower() not in _ENDINGS:
                self.refuse(name, ending_of(path), same(" / ".join(_ENDINGS)))
            elif (base := _base_of(name)) not in self.file.bases:
                self.refuse(name, msg("{base} is not a base of this round", base=base), nearest(base, self.file.bases))
            else:
                yield name, base

    @property
    def rules(self) -> dict[str, str]:
        """What may not change once the round is frozen; what is long by its SHA-256."""
        plain = {**as_in_file(self.file), "combination": self.file.combination.to_dict()}
        parts = {key: plain_tree(plain[key]) for key in ("readings", "combination", "experts", "bases")}
        texts = {key: json.dumps(part, ensure_ascii=False, sort_keys=True) for key, part in parts.items()}
        standard = {key: getattr(self.standard, key) for key in ("standard", "edition", "sha256")}
        hashes = {key: hashlib.sha256(text.encode()).hexdigest() for key, text in texts.items()}
        return {"round": self.file.round, **standard, **hashes}

    def frozen(self) -> Frozen | None:
        """Return what was frozen, if anything; raise `InvalidFile` where the rules are others now."""
        if not (self.folder / FROZEN).exists():
            return None
        title, problems = msg("{file} is not what lsstd wrote", file=FROZEN), Problems()
        frozen = model_of(read_plain(self.folder / FROZEN), Frozen, title)
        for key, now in self.rules.items():
            if (before := frozen.rules.get(key, "—")) != now:
                problems.add(
                    key, msg("{now}, frozen as {before}", now=shorten(now, 24), before=shorten(before, 24)), _AGAIN
                )
        problems.raise_if_any(msg("the round is frozen, and its rules are no longer the same"))
        return frozen

    def unchanged(self, frozen: Frozen) -> Iterator[tuple[str, str]]:
        """Yield the files that are as they were frozen; refuse those changed or added since, tell those removed."""
        for name in sorted({*self.files, *frozen.files}):
            if name not in self.files:
                self.refuse(name, msg("there is no such file"), _AGAIN)
            elif name not in frozen.files:
                self.refuse(name, msg("added since the round was frozen"), _AGAIN)
            elif sha256_of(self.folder / name) != frozen.files[name]:
                self.refuse(name, msg("changed since the round was frozen"), _AGAIN)
            else:
                yield name, self.files[name]

    def candidate(self, base: Applicant) -> Candidate:
        """Read and combine one base's files, each once."""
        sheets: list[PanelSheet] = []
        for name, of in self.files.items():
            if of == base.id:
                try:
                    sheets.append(self._placed(name, base))
                except LsstdError as error:
                    self.refused[name] = error
        for sheet, mistake in sift(sheets, self.file.round):
            self.refused[sheet.path.relative_to(self.folder).as_posix()] = mistake
        readings, experts = self.file.readings, self.file.experts.values()
        own = next((evaluate(self.standard, s.assessment, readings) for s in sheets if not s.assessment.expert), None)
        counted = Gathered(self.standard, tuple(s for s in sheets if s.assessment.expert), None, ()).at()
        panel = None
        if counted:
            try:  # without the places of entries, which are a sixth of what a round holds in memory
                slim = [dataclasses.replace(sheet, places={}) for sheet in counted]
                panel = combine(self.standard, slim, self.file.combination, readings)
                panel = dataclasses.replace(panel, self_score=own)
            except LsstdError as error:
                self.refused[f"{SHEETS}/{base.id}"] = error
        scored = panel.experts if panel else ()
        missing = (one.id for one in experts if base.id not in one.conflicts and one.id not in scored)
        return Candidate(base, own, panel, tuple(missing), barred(panel.standing if panel else own))

    def _placed(self, name: str, base: Applicant) -> PanelSheet:
        """Return a sheet with its base and its expert as the round knows them.

        Raises `InvalidFile`: it is another base's, nobody's of the panel, or no sheet where one is expected.
        """
        sheet = load_sheet(self.folder / name, self.standard)
        subject, expert = sheet.assessment.subject, sheet.assessment.expert
        if (subject.id or base.id) != base.id or (not subject.id and subject.name not in ("", base.name)):
            found, right = noted(subject.name or "—", subject.id or "—"), noted(base.name, base.id)
            raise sheet.refused("subject.id" if subject.id else "subject.name", found, right)
        if name.startswith(OWN) is not (expert is None):
            found = msg("no sheet of an expert") if expert is None else msg("the sheet of an expert")
            right = msg("an assessment under {own}/, sheets under {sheets}/", own=OWN, sheets=SHEETS)
            raise sheet.refused("expert", found, right)
        if expert is not None:
            if (known := self.file.experts.get(expert.id)) is None:
                raise sheet.refused("expert.id", same(expert.id), nearest(expert.id, self.file.experts))
            declared = [one for one in known.conflicts if one == base.id]
            expert = known.model_copy(update={"conflicts": (*expert.conflicts, *declared)})
        placed = subject.model_copy(update={"id": base.id, "name": base.name})
        assessment = sheet.assessment.model_copy(update={"subject": placed, "expert": expert})
        return dataclasses.replace(sheet, assessment=assessment)


def _base_of(name: str) -> str:
    """Return the base whose file it is: an assessment by its own name, a sheet by its folder's."""
    parts = name.split("/")
    return Path(parts[1]).stem if len(parts) == 2 else parts[1]
