"""What the commands, reports and office files give for the examples; ``python tests/golden_outputs.py`` writes it down.

``tests/golden/`` holds each output in Chinese, and as a difference from it in English. Terminal output is not in it.
"""

import contextlib
import difflib
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import docx.table
import openpyxl
from command_line import run_lsstd

from lsstd.pages.blocks import Block, Contents, Figure, Pairs, Paragraph, Table, Tiles
from lsstd.reports import report_types as readers
from lsstd.reports.record import Basis
from lsstd.reports.report_types import sections
from lsstd.words import Lang

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
WRITE = "python tests/golden_outputs.py"

BASES = ("near_aaa", "between_bands", "contradictory", "not_eligible", "small_rural")
STUDIOS = ("studio_good", "studio_partial")
PEOPLE = "data/populations/made_up_60.csv"
RURAL, AAAA = (f"data/reforms/{name}.yaml" for name in ("rural_weight", "aaaa_from_440"))

LATER = "data/editions/hlj_2027_made_up.yaml"


def each(command: str, *names: str) -> list[str]:
    """Return the command line for each example, which stands for ``{}`` if not at its end."""
    line = command if "{}" in command else f"{command} {{}}"
    return [line.format(f"data/assessments/{name}.yaml") for name in names]


# OUT is where a command writes: without JSON on stdout, the text of that file is the output.
LINES = [
    "standards",
    *(f"schema {kind}" for kind in ("standard", "assessment", "reform")),
    *(f"show {name}" for name in ("hlj-base-evaluation", "sz-supply-chain-collaboration")),
    "show data/standards/made-up-studio.yaml",
    "show hlj-base-evaluation --clause 5.1.4",
    "show hlj-base-evaluation 6",
    "show hlj-base-evaluation professional_services",
    *(f"search {query}" for query in ("云服务", "450", "退货", "第6行")),
    "facts hlj-base-evaluation",
    f"show hlj-base-evaluation --clause 5.1.3 --reform {RURAL}",
    *each("assess", *BASES, *STUDIOS, "supply_chain"),
    *each("assess {} --reading compound_rows=all", "near_aaa"),
    *each(f"assess {{}} --reform {RURAL} --reform {AAAA}", "near_aaa"),
    *(f"assess data/chain/{name}.yaml" for name in ("after_sales", "live_room", "logistics", "platform", "supplier")),
    *each("explain", *BASES, *STUDIOS, "supply_chain"),
    *(
        line
        for criterion in ("daily_management", "party_branch", "shared_space", "scale", "construction")
        for line in each(f"explain {{}} {criterion}", "near_aaa")
    ),
    *each("explain {} quiet", "studio_good"),
    *each("compare {} data/scenarios/village_and_policy.yaml", "near_aaa"),
    *each("compare {} data/assessments/small_rural.yaml data/assessments/not_eligible.yaml", "near_aaa"),
    "compare data/portfolio/2024/base_01.yaml data/portfolio/2023/base_01.yaml",
    *each("facts", "near_aaa", "contradictory", "studio_partial", "supply_chain"),
    *each("evidence", "near_aaa", "contradictory", "studio_partial", "supply_chain"),
    *each("evidence {} -o OUT.xlsx", "near_aaa"),
    *each("evidence {} --hash -o OUT.yaml --json", "near_aaa"),
    *each("uncertainty", *BASES, *STUDIOS),
    *each("uncertainty {} --unknown 0.3 --common data/factors/maturity.yaml", "near_aaa"),
    *each("sensitivity", "near_aaa", "small_rural", "studio_partial"),
    *each("sensitivity {} --target score", "near_aaa", "studio_partial"),
    *each("sensitivity {} --by indicators", "near_aaa"),
    *each("certificate", *BASES, *STUDIOS),
    *each("plan", "near_aaa", "not_eligible", "studio_partial"),
    *each("plan {} --target AAAA --costs data/costs/near_aaa.yaml --chance 0.8 --by 2025-06-30", "near_aaa"),
    *each("plan {} --costs-template OUT.xlsx", "near_aaa"),
    *each("readings", *BASES, *STUDIOS),
    *each("readings {} --reading compound_rows=all", "near_aaa"),
    f"uncertainty {PEOPLE}",
    f"readings {PEOPLE}",
    *(f"impact {reforms} --population {PEOPLE}" for reforms in (RURAL, AAAA, f"{RURAL} {AAAA}")),
    f"impact {AAAA} --population data/portfolio/2024",
    f"impact {RURAL} --table",
    f"impact {RURAL} --table -o OUT.docx",
    f"diff hlj-base-evaluation {LATER}",
    f"diff hlj-base-evaluation {LATER} -o OUT.docx",
    f"diff hlj-base-evaluation {LATER} --text -o OUT.docx",
    f"diff {LATER} data/editions/hlj_2029_made_up.yaml --as-reform",
    *each(f"migrate {{}} --to {LATER}", "near_aaa"),
    "population gather data/portfolio/2024 -o OUT.csv",
    f"population score {PEOPLE}",
    f"population score {PEOPLE} --reading compound_rows=all -o OUT.csv",
    f"sensitivity {PEOPLE}",
    f"sensitivity {PEOPLE} --target score --by indicators --resamples 200",
    f"sweep lines.AAA 380:430:10 --population {PEOPLE}",
    f"sweep criteria.village_rooms.max_score 5:20:5 --population {PEOPLE} --rescale indicators.social_service",
    f"sweep conditions.area.tests.office_area 500:2000:500 --population {PEOPLE}",
    f"cut-scores data/judgements/made_up_60.csv --population {PEOPLE} --resamples 50",
    *(f"panel data/panels/{kind}" for kind in ("at_random", "flip")),
    "panel data/panels/flip --rule trimmed_mean --level total --rounding 0.5",
    "panel data/panels/one_strict -o OUT.docx",
    "cycle data/cycles/made_up_2025",
    *each("workbook {} --for expert --expert e1 -o OUT.xlsx", "near_aaa"),
    f"design data/goals/half_may_apply.yaml --population {PEOPLE} --refits 5",
    "report --list",
    *each("report {} -o OUT --json && verify OUT/*.html --json", "near_aaa"),
    "workbook hlj-base-evaluation -o OUT.xlsx",
    "workbook data/standards/made-up-studio.yaml -o OUT.xlsx",
    "workbook sz-supply-chain-collaboration -o OUT.xlsx",
    *each("workbook {} -o OUT.xlsx", "near_aaa"),
    *each("workbook {} -o OUT.xlsx && import OUT.xlsx -o OUT.yaml", "near_aaa", "studio_partial", "supply_chain"),
    "application hlj-base-evaluation -o OUT.docx",
    *each("check {} --date 2025-03-03", "near_aaa", "contradictory"),
    *(
        f"lint {target}"
        for target in ("hlj-base-evaluation", "sz-supply-chain-collaboration", "data/drafts/made_up_draft.txt")
    ),
    "dates hlj-base-evaluation --start 2025-04-28 --days papers_vouched_for=10",
    *each("application {} --date 2025-01-15 -o OUT.docx", "near_aaa"),
    *each("application {} -o OUT.docx --json", "near_aaa"),
]
REPORTS: dict[str, Callable[..., Basis]] = {
    **{
        f"report base {name}": partial(readers.read_base, name)
        for name in ("near_aaa", "contradictory", "not_eligible", "studio_partial")
    },
    "report base reformed": partial(
        readers.read_base, "near_aaa", readings={"compound_rows": "all"}, reforms=[str(ROOT / RURAL)]
    ),
    "report portfolio": readers.read_portfolio,
    "report profile": readers.read_profile,
    "report profile one party": partial(readers.read_profile, str(ROOT / "data/assessments/supply_chain.yaml")),
    "report impact": readers.read_impact,
}


def name_of(line: str) -> str:
    """Return the name of a case's files: its command line without folders, endings and signs."""
    words = (re.sub(r"^data/.*/|\.(yaml|csv)$|^OUT|^-o$", "", word) for word in line.split())
    return re.sub(r"\W+", "-", " ".join(words)).strip("-")


CASES: dict[str, str] = {name_of(line): line for line in (*LINES, *REPORTS)}
assert len(CASES) == len(LINES) + len(REPORTS), "two cases have one name"


def files_of(name: str) -> dict[str, str]:
    """Return the golden files of a case by name: the Chinese output, and what differs from it in English."""
    line = CASES[name]
    make = partial(report, REPORTS[line]) if line in REPORTS else partial(printed, line)
    (kind, zh), (_, en) = make("zh"), make("en")
    changes = list(difflib.unified_diff(zh.splitlines(), en.splitlines(), n=0, lineterm=""))[2:]
    # No line numbers: what comes before a hunk would change them all.
    told = "".join(f"{'@@' if change.startswith('@@') else change}\n" for change in changes)
    return {f"{name}.{kind}": zh, **({f"{name}.en.diff": told} if told else {})}


def printed(line: str, lang: Lang) -> tuple[str, str]:
    """Run a command line, or several joined by ``&&``; return the kind and text of what is printed or written."""
    documents = []
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(ROOT):
        for command in line.split(" && "):
            words = [path for word in command.split() for path in expanded(word.replace("OUT", f"{folder}/out"))]
            as_json = [] if {"-o", "--json", "schema"} & set(words) else ["--json"]
            outcome = run_lsstd(*words, *as_json, "--lang", lang)
            assert outcome.status == 0, f"{command}: {outcome.err}"
            documents += [steady(outcome.parsed, folder)] if outcome.out else []
        if documents:
            shown = documents[0] if len(documents) == 1 else documents
            return "json", json.dumps(shown, ensure_ascii=False, indent=1) + "\n"
        written = Path(folder, f"out{Path(line).suffix}")
        lines = {".xlsx": workbook, ".docx": document}.get(written.suffix, plain_text)(written)
        return "txt", "".join(f"{shown}\n" for shown in lines)


def expanded(word: str) -> list[str]:
    """Return the files that a pattern stands for, as a shell would."""
    path = Path(word)
    return sorted(map(str, path.parent.glob(path.name))) if "*" in word else [word]


def steady(value: Any, folder: str) -> Any:
    """Return plain values without what differs between machines: the last digits of floats, a folder's path."""
    if isinstance(value, dict):
        return {key: steady(inner, folder) for key, inner in value.items()}
    if isinstance(value, list):
        return [steady(inner, folder) for inner in value]
    if isinstance(value, float):
        return float(f"{round(value, 12):.9g}") + 0.0  # no -0.0
    is_path = isinstance(value, str) and value.startswith(folder)
    return Path(value).relative_to(folder).as_posix() if is_path else value


def report(read: Callable[..., Basis], lang: Lang) -> tuple[str, str]:
    """Return the text of a report, without check sum and number, which change with every record of how it was made."""
    basis = read()
    lines = []
    for section in sections(basis, lang):
        kind = [f"{section.kind} (kind)"] if section.is_cover else []
        lines += [f"# {section.heading}", *kind, *block_lines(section.blocks), ""]
    return "txt", "\n".join(lines).replace(basis.sha256[:16], "…").replace(basis.sha256[:8].upper(), "…")


def block_lines(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield what the blocks of a section say; of a chart its words alone, for it may be drawn otherwise."""
    for block in blocks:
        match block:
            case Paragraph(text, kind):
                yield one_line(f"{text} ({kind})" if kind else text)
            case Pairs(rows) | Tiles(rows):
                yield from (one_line(f"{label}: {value}") for label, value in rows)
            case Contents(entries=entries):
                yield from (one_line(heading) for heading, _ in entries)
            case Table(heads, rows, caption=caption):
                yield one_line(caption)
                yield from (one_line(f"| {' | '.join(cells)} |") for cells in (heads, *rows))
            case Figure(caption=caption):
                yield one_line(f"[{caption}]")


def workbook(path: Path) -> Iterator[str]:
    """Yield the cells of each sheet, where it can be filled in, and what may be chosen there."""
    book = openpyxl.load_workbook(path)
    for name, defined in book.defined_names.items():
        yield f"{name} = {defined.attr_text}"
    for sheet in book:
        marks = [sheet.sheet_state, *(["protected"] if sheet.protection.sheet else [])]
        yield f"# {sheet.title} ({', '.join(marks)})"
        cells = [cell for row in sheet.iter_rows() for cell in row]
        for cell in (cell for cell in cells if cell.value is not None):
            form = "" if cell.number_format == "General" else f" [{cell.number_format}]"
            yield one_line(f"{cell.coordinate}: {cell.value}{form}{'' if cell.protection.locked else ' (unlocked)'}")
        blank = [(cell.column_letter, cell.row) for cell in cells if cell.value is None and not cell.protection.locked]
        yield from [f"blank and unlocked: {areas(blank)}"] if blank else []
        for choice in sheet.data_validations.dataValidation:
            chosen = [(re.sub(r"\d", "", at), int(re.sub(r"\D", "", at))) for at in str(choice.sqref).split()]
            asked = (choice.type, choice.operator, choice.formula1, choice.formula2)
            yield f"{areas(chosen)}: {' '.join(map(str, filter(None, asked)))}"


def areas(cells: Iterable[tuple[str, int]]) -> str:
    """Return cells, given by column and row, as the areas that they make up within each column."""
    ends: list[tuple[str, int, int]] = []
    for column, row in sorted(cells):
        starts = ends.pop()[1] if ends and (ends[-1][0], ends[-1][2]) == (column, row - 1) else row
        ends.append((column, starts, row))
    return " ".join(f"{column}{first}–{last}" if last > first else f"{column}{first}" for column, first, last in ends)


def document(path: Path) -> Iterator[str]:
    """Yield the paragraphs and the rows of tables of a Word document, a merged cell once."""
    for item in docx.Document(str(path)).iter_inner_content():
        if isinstance(item, docx.table.Table):
            for row in item.rows:
                yield one_line(f"| {' | '.join({cell._tc: cell.text for cell in row.cells}.values())} |")
        else:
            yield one_line(item.text)


def plain_text(path: Path) -> Iterator[str]:
    """Yield the lines of a text."""
    yield from path.read_text(encoding="utf-8-sig").splitlines()


def one_line(text: str) -> str:
    """Return a text on one line, without spaces at its end."""
    return text.replace("\n", " ⏎ ").rstrip()


def write() -> None:
    """Write every golden file anew, and remove those of no case."""
    GOLDEN.mkdir(exist_ok=True)
    wanted = {file: text for name in CASES for file, text in files_of(name).items()}
    for file in set(GOLDEN.iterdir()) - {GOLDEN / file for file in wanted}:
        file.unlink()
    for file, text in wanted.items():
        (GOLDEN / file).write_text(text, encoding="utf-8", newline="\n")
    sys.stderr.write(f"{len(wanted)} files in {GOLDEN}\n")


if __name__ == "__main__":
    write()
