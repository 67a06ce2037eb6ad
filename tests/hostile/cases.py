# ruff: noqa: E501
# fmt: off
"""The hostile files: to add one, add a line with its name, its file, what makes it, and the command that reads it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from hostile import makers as make
from hostile.makers import HEAD, answer, cell, csv_of, of_ten, row, xlsx


class Case(NamedTuple):
    """A file, what makes it (its content, or a function that makes it), the commands that read it as ``{x}``."""

    name: str
    file: str
    content: str | bytes | Callable[[], str | bytes] | Callable[[Path], None]
    command: str
    status: int = 1


ASSESS, POPULATION, IMPORT = "assess {x}", "impact {REFORM} --population {x}", "import {x} -o out.yaml"
READERS = {  # a command that reads each kind of file
    "an assessment": ("x.yaml", ASSESS),
    "an assessment in JSON": ("x.json", ASSESS),
    "a standard": ("x.yaml", "show {x}"),
    "another standard": ("x.yaml", "assess {GOOD} --standard {x}"),
    "a reform": ("x.yaml", "assess {GOOD} --reform {x}"),
    "a scenario": ("x.yaml", "compare {GOOD} {x}"),
    "a common factor": ("x.yaml", "uncertainty {GOOD} --common {x}"),
    "assumptions": ("x.yaml", "population generate {x} -o out.csv"),
    "a table": ("x.csv", POPULATION),
    "a table in Excel": ("x.xlsx", POPULATION),
    "a table in Parquet": ("x.parquet", POPULATION),
    "a folder as a population": ("folder/x.yaml", "population gather {d}/folder -o out.csv"),
    "a folder of standards": ("folder/x.yaml", "LSSTD_STANDARDS={d}/folder show x"),
    "a workbook": ("x.xlsx", IMPORT),
    "a sheet": ("x.csv", IMPORT),
    "a file to merge into": ("x.yaml", "import {GOOD} --into {x}"),
    "a Word template": ("x.docx", "application {GOOD} -o out.docx --template {x}"),
    "a report template": ("x.ipynb", "report {GOOD} --template {x} -o out"),
    "a folder of reports": ("folder/x.yaml", "report {d}/folder -o out"),
    **{f"a report ({kind})": (f"x.{kind}", "verify {x}") for kind in ("html", "docx", "xlsx", "pdf")},
    "an input of verify": ("x.csv", "verify {GOOD} --input {x}"),
}
FEW = ("an assessment", "a table", "a workbook", "a Word template", "a report (html)")
CASES = [
    *(Case(f"a pipe as {name}", file, make.fifo, command) for name, (file, command) in READERS.items()),
    *(Case(f"a device as {name}", READERS[name][0], make.zeros, READERS[name][1]) for name in FEW),
    *(Case(f"6 GB as {name}", READERS[name][0], make.large, READERS[name][1]) for name in FEW),
    *(Case(f"{name}, missing", READERS[name][0], "", READERS[name][1].replace("{x}", "{d}/missing/" + READERS[name][0])) for name in FEW),
    *(Case(f"a folder that is missing: {command}", "x", "", command) for command in ("population gather {d}/missing -o out.csv", "report {d}/missing -o out", "impact {REFORM} --population {d}/missing", "LSSTD_STANDARDS={d}/missing show x")),
    Case("a pipe as the standard that is named", "s.yaml", make.fifo, "assess {d}/named.yaml"),
    # YAML and JSON
    Case("many keys", "x.json", lambda: make.keys(60_000), ASSESS),
    Case("very many keys", "x.json", lambda: make.keys(900_000), ASSESS),
    Case("many keys in YAML", "x.yaml", lambda: HEAD + "facts:\n" + "".join(f"  k{n}: 1\n" for n in range(900_000)), ASSESS),
    Case("many groups", "x.yaml", lambda: f"{HEAD}subject:\n  groups:\n" + "".join(f"    k{n}: a\n" for n in range(900_000)), ASSESS),
    Case("many lists", "x.json", lambda: '{"facts": [' + "[]," * 5_000_000 + "[]]}", ASSESS),
    Case("nested 900 deep", "x.json", lambda: make.nested(900), ASSESS),
    Case("nested 200 deep", "x.json", lambda: make.nested(200), ASSESS),
    Case("nested 200 deep in a reform", "x.json", lambda: make.nested(200, '{{"reform": "x", "standard": "hlj-base-evaluation", "changes": {{"lines.AAA": {0}}}}}'), "assess {GOOD} --reform {x}"),
    Case("nested 900 deep in a standard", "x.json", lambda: make.nested(900, '{{"standard": {0}}}'), "show {x}"),
    Case("nested a million deep", "x.json", lambda: make.nested(1_000_000), ASSESS),
    Case("nested deep in YAML", "x.yaml", lambda: make.nested(1_000_000), ASSESS),
    Case("a long key around many", "x.yaml", lambda: f"{HEAD}{'k' * 100_000}:\n" + "".join(f"  k{n}: 1\n" for n in range(100_000)), ASSESS),
    Case("long keys, nested", "x.yaml", lambda: "".join(f"{' ' * n}{'k' * 900}:\n" for n in range(38)) + "".join(f"{' ' * 38}k{n}: 1\n" for n in range(150_000)), ASSESS),
    Case("many tag directives", "x.yaml", lambda: "".join(f"%TAG !a{n}! x\n" for n in range(300_000)) + "--- a\n", ASSESS),
    Case("brackets in one line", "x.yaml", lambda: "standard: ]" + "[" * 500_000, ASSESS),
    Case("invisible signs in each line", "x.yaml", lambda: "a: \u200b\n" * 2_000_000, ASSESS),
    Case("doubtful values in each line", "x.yaml", lambda: HEAD + "facts:\n" + "".join(f"  k{n}: a：b #c\n" for n in range(200_000)), ASSESS),
    Case("a long line of invisible signs", "x.yaml", lambda: "a: " + "\u200b" * 4_000_000, ASSESS),
    Case("long texts in messages", "x.yaml", lambda: HEAD + "facts:\n" + "".join(f"  {'k' * 60_000}{n}: 1\n" for n in range(150)), ASSESS),
    Case("a long name of a standard", "x.yaml", lambda: f"standard: {'s' * 5_000_000}\n", ASSESS),
    Case("repeated keys", "x.yaml", lambda: HEAD * 400_000, ASSESS),
    Case("chances of 400 digits", "x.yaml", lambda: answer("{chances: [[0, " + "1" * 400 + "], [5, 0.5]]}"), ASSESS),
    Case("a score of 400 digits", "x.yaml", lambda: answer("{score: " + "1" * 400 + "}"), ASSESS),
    Case("a score of 4,000 digits", "x.json", lambda: '{"standard": "hlj-base-evaluation", "answers": {"village_rooms": {"score": ' + "1" * 4000 + "}}}", ASSESS),
    Case("odds of 400 digits", "x.yaml", lambda: "common: x\nlevels: [{weight: 1, odds: " + "1" * 400 + "}]\n", "uncertainty {GOOD} --common {x}"),
    Case("a fact of 400 digits", "x.yaml", lambda: f"{HEAD}facts: {{live_rooms: {'1' * 400}}}\n", ASSESS),
    Case("a threshold of 400 digits", "x.yaml", lambda: make.reform("conditions.area.tests.office_area: " + "1" * 400), "assess {GOOD} --reform {x}"),
    Case("points of 400 digits", "x.yaml", lambda: make.reform("criteria.village_rooms.max_score: " + "1" * 400), "assess {GOOD} --reform {x}"),
    Case("a line of 400 digits", "x.yaml", lambda: make.reform("lines.AAAA: " + "1" * 400), "assess {GOOD} --reform {x}"),
    Case("a tiny range", "x.yaml", lambda: of_ten("{range: [1e-300, 9.9]}"), "uncertainty {x}"),
    Case("tiny chances", "x.yaml", lambda: of_ten("{chances: [[1e-300, 0.5], [9, 0.5]]}"), "uncertainty {x}"),
    Case("a fine range", "x.yaml", lambda: of_ten("{range: [0.001, 9.9]}"), "uncertainty {x}", 0),
    Case("a very fine range", "x.yaml", lambda: of_ten("{range: [0.0000001, 9.9]}"), "uncertainty {x}", 0),
    Case("many chances", "x.yaml", lambda: of_ten("{chances: [" + ", ".join(f"[{n / 5_000}, 0.00002]" for n in range(50_000)) + "]}"), "uncertainty {x}", 0),
    Case("10,000 common levels", "x.yaml", lambda: "common: x\nlevels:\n" + "".join(f"  - {{weight: 0.0001, odds: {1 + n / 10_000}}}\n" for n in range(10_000)), "uncertainty {GOOD} --common {x}"),
    Case("a control character in a reform's reason", "x.yaml", make.reform("lines.AAAA: 440", reason='"a\\e[31mb"'), "impact {x} --table -o out.docx", 0),
    Case("a control character in a name", "x.json", '{"standard": "hlj-base-evaluation", "subject": {"name": "a\\u0000b"}}', "report {x} --to docx,xlsx -o out", 0),
    Case("half a character in a name", "x.json", '{"standard": "hlj-base-evaluation", "subject": {"name": "a\\ud800b"}}', "report {x} --to html,docx -o out"),
    Case("half a character in a key", "x.json", '{"standard": "hlj-base-evaluation", "facts": {"a\\ud800b": 1}}', ASSESS),
    Case("no character in a name", "x.yaml", f'{HEAD}subject: {{name: "a\\uFFFEb"}}\n', "report {x} --to docx -o out", 0),
    Case("a long period", "x.yaml", lambda: f"{HEAD}facts: {{live_rooms: {{value: 1, period: '2024{' ' * 200_000}x'}}}}\n", ASSESS),
    Case("a long number as text", "x.csv", lambda: csv_of("id,live_rooms", f"a,{'1' * 100_000}x", "b,2"), POPULATION),
    # standards, reforms, scenarios, evidence
    Case("very many rows", "x.json", lambda: make.standard(criteria={f"r{n}": {"indicator": "nobody", "clause": "1", "text": "x", "gloss": "x", "max_score": 1} for n in range(12_000)}), "show {x}"),
    Case("very many facts", "x.json", lambda: make.standard(facts={f"r{n}": {"kind": "number", "label": "x", "years_since": "x"} for n in range(15_000)}), "show {x}"),
    Case("indicators in a long chain", "x.json", lambda: make.standard(indicators={f"i{n}": {"parent": f"i{n + 1}", "clause": "1", "label": "x", "level": 1, "max_score": 1} for n in range(12_000)}), "show {x}"),
    Case("very many bands", "x.json", lambda: make.standard(bands=[{"grade": f"g{n}", "printed": "x", "lower": {"value": n}, "upper": {"value": n + 1}} for n in range(12_000)]), "show {x}"),
    Case("very many changes", "x.yaml", lambda: "reform: x\n" + HEAD + "changes:\n" + "".join(f"  criteria.k{n}.max_score: 1\n" for n in range(90_000)), "assess {GOOD} --reform {x}"),
    Case("two reforms of many changes", "x.yaml", lambda: "reform: x\n" + HEAD + "changes:\n" + "".join(f"  criteria.k{n}.max_score: 1\n" for n in range(90_000)), "assess {GOOD} --reform {x} --reform {x}"),
    Case("very many additions", "x.json", lambda: json.dumps({"reform": "x", "standard": "hlj-base-evaluation", "add": {"criteria": [{"id": f"k{n}"} for n in range(50_000)]}}), "assess {GOOD} --reform {x}"),
    Case("very many that are dropped", "x.json", lambda: json.dumps({"reform": "x", "standard": "hlj-base-evaluation", "drop": [f"criteria.k{n}" for n in range(90_000)]}), "assess {GOOD} --reform {x}"),
    Case("very many answers in a scenario", "x.yaml", lambda: "scenario: x\nanswers:\n" + "".join(f"  k{n}: met\n" for n in range(90_000)), "compare {GOOD} {x}"),
    Case("a scenario on itself", "x.yaml", "scenario: x\nbase: x.yaml\n", ASSESS),
    Case("very many pieces of evidence", "x.yaml", lambda: f"{HEAD}answers:\n  village_rooms:\n    state: met\n    evidence:\n" + "".join(f"      - {{file: a{n}.pdf}}\n" for n in range(60_000)), "evidence {x}"),
    # tables
    Case("100,000 columns", "x.csv", lambda: csv_of(",".join(["id", *(f"c{n}" for n in range(100_000))]), "a", "b"), POPULATION),
    Case("100,000 columns of one name", "x.csv", lambda: csv_of(",".join(["id", *["c"] * 100_000]), "a", "b"), POPULATION),
    Case("100,000 columns below the heads", "x.csv", lambda: csv_of("id,village_rooms", "a" + "," * 100_000, "b,1"), POPULATION),
    Case("long names of columns", "x.csv", lambda: csv_of(",".join(["id", *(f"{'c' * 3000}{n}" for n in range(900))]), "a", "b"), POPULATION),
    Case("a field over 131,072 characters", "x.csv", lambda: csv_of("id,village_rooms", f"{'a' * 140_000},1", "b,1"), POPULATION),
    Case("a head over 131,072 characters", "x.csv", lambda: csv_of(f"id,{'v' * 140_000}", "a,1", "b,1"), POPULATION),
    Case("a sheet with a long field", "x.csv", lambda: csv_of("编号,自评", f"{'a' * 140_000},1"), IMPORT),
    Case("a quotation without end", "x.csv", lambda: 'id,village_rooms\n"' + "a,\n" * 2_000_000, POPULATION),
    Case("long names of subjects", "x.csv", lambda: csv_of("id,village_rooms", *(f"{'a' * 30_000}{n},1" for n in range(50))), "report {x} -o out"),
    Case("many wrong cells", "x.csv", lambda: csv_of("id,village_rooms", *(f"a{n},x{n}" for n in range(200_000))), POPULATION),
    Case("many nameless lines", "x.csv", lambda: csv_of("id,village_rooms", *["total,x"] * 200_000), POPULATION),
    Case("a control character in a group", "x.csv", "id,group.region,village_rooms\na,\x1b[31m,1\nb,x,1\n", POPULATION, 0),
    Case("a zero byte in a table", "x.csv", lambda: "id,village_rooms\n" + "a,1\n" * 2000 + "\0" * 50, POPULATION),
    Case("nothing but commas", "x.csv", lambda: "id\n" + ("," * 5000 + "\n") * 3000, POPULATION),
    Case("a table of 100 million rows", "x.parquet", lambda: make.parquet(100_000_000, 1), POPULATION),
    Case("a table of 20,000 columns", "x.parquet", lambda: make.parquet(10, 20_000), POPULATION),
    Case("long texts in Parquet", "x.parquet", lambda: make.parquet(100_000, 1, "x" * 100_000), POPULATION),
    # workbooks
    Case("far cells, imported", "x.xlsx", lambda: make.far_cells(20_000), IMPORT),
    Case("far cells as a table", "x.xlsx", lambda: make.far_cells(20_000), POPULATION),
    Case("far cells, verified", "x.xlsx", lambda: make.far_cells(20_000), "verify {x}"),
    *(Case(f"30,000 merged cells, {verb}", "x.xlsx", lambda: make.merged(30_000), command) for verb, command in (("imported", IMPORT), ("as a table", POPULATION), ("verified", "verify {x}"))),
    *(Case(f"merged cells without names, {verb}", "x.xlsx", lambda: make.merged(30_000, ""), command) for verb, command in (("imported", IMPORT), ("as a table", POPULATION), ("verified", "verify {x}"))),
    *(Case(f"the whole sheet merged, {verb}", "x.xlsx", lambda: make.merged(1, "A1:XFD1048576"), command) for verb, command in (("imported", IMPORT), ("as a table", POPULATION), ("verified", "verify {x}"))),
    *(Case(f"{what}, {verb}", "x.xlsx", content, command)
      for what, content in {
        "a row far below": lambda: xlsx(make.HEADS + row(1_000_000_000, cell("A1000000000", "a"))),
        "many small rows": lambda: xlsx(make.HEADS + "".join(f'<row r="{n}" x="{n * 7919}"/>' for n in range(2, 900_000))),
        "many empty cells": lambda: xlsx(make.HEADS + "<row>" + "".join(f'<c x="{n * 7919}"/>' for n in range(900_000)) + "</row>"),
        "many cells": lambda: xlsx(make.HEADS + "".join(row(n, *(f"<c><v>{m}</v></c>" for m in range(20))) for n in range(2, 40_000))),
        "many sheets of one part": lambda: xlsx(make.HEADS + row(2, cell("A2", "a")) * 500, sheets=20_000),
        "a long format": lambda: xlsx(make.HEADS + "".join(row(n, f'<c r="A{n}" s="0"><v>1</v></c>') for n in range(2, 30_000)),  styles='<numFmts><numFmt numFmtId="170" formatCode="' + "0;" * 60_000 + '"/></numFmts><cellXfs><xf numFmtId="170"/></cellXfs>'),
        "one long text many times": lambda: xlsx(make.HEADS + "".join('<row><c t="s"><v>0</v></c></row>' for _ in range(60_000)), shared=f"<si><t>{'long ' * 100_000}</t></si>"),
        "a number of 4,000 digits": lambda: xlsx(make.HEADS + row(2, cell("A2", "a"), f"<c><v>{'1' * 4000}</v></c>")),
      }.items() for verb, command in (("imported", IMPORT), ("as a table", POPULATION), ("verified", "verify {x}"))),
    Case("a control character in a sheet", "x.xlsx", lambda: xlsx(make.HEADS + row(2, cell("A2", "a_x001B_"), cell("B2", 1)) + row(3, cell("A3", "b"), cell("B3", 1))), POPULATION, 0),
    # drafts
    *(Case(f"a draft of {what}, {verb}", "x.docx", content, command, status)
      for what, content, status in (
        ("300,000 paragraphs", lambda: make.docx("".join(f"<w:p><w:r><w:t>{n * 7919}</w:t></w:r></w:p>" for n in range(300_000))), 1),
        ("a paragraph of 600,000 pieces", lambda: make.docx("<w:p>" + "<w:r><w:t>a</w:t></w:r>" * 600_000 + "</w:p>"), 1),
        ("tags that do not close", lambda: make.docx("<w:p></w:r>"), 1),
        ("text boxes in each other", lambda: make.docx(make.boxed(40)), 0),
        ("cells over as many columns as there are", lambda: make.docx(make.wide_cells("1000000000")), 0),
        ("cells over x columns", lambda: make.docx(make.wide_cells("x")), 0),
      ) for verb, command in (("looked at", "lint {x}"), ("with comments", "lint {x} -o out.docx"))),
    Case("a draft of 10,000 findings", "x.docx", lambda: make.docx("".join(f"<w:p><w:r><w:t>{n})应当{n}个；</w:t></w:r></w:p>" for n in range(9900))), "lint {x} -o out.docx"),
    *(Case(f"a text of {what}", "x.txt", content, "lint {x}", status)
      for what, content, status in (
        ("a million lines", "5.1 应\n" * 1_000_000, 1),
        ("7 million characters in one line", "DB23/T " * 1_000_000, 1),
        ("2,400 annexes", lambda: "".join(f"附录A\n表A.{n}\n 内容 分值\n a 5\n" for n in range(2400)), 0),
        ("one sentence over 9,900 lines", ("“" + "应" * 90 + "\n") * 9900, 0),
      )),
    # templates
    Case("a template with a table without columns", "x.docx", lambda: make.docx(make.wide_cells("1")), "application {GOOD} -o out.docx --template {x}"),
    Case("a template of 300,000 paragraphs", "x.docx", lambda: make.docx("".join(f"<w:p><w:r><w:t>{n * 7919} {{{{ form.base_name }}}}</w:t></w:r></w:p>" for n in range(300_000))), "application {GOOD} -o out.docx --template {x}"),
    Case("a template nested deep", "x.docx", lambda: make.docx("<w:p>" * 3000 + "</w:p>" * 3000), "application {GOOD} -o out.docx --template {x}"),
    Case("a template with a long text", "x.docx", lambda: make.docx("<w:p><w:r><w:t>" + " ".join(f"{{{{{n * 7919}" for n in range(200_000)) + "</w:t></w:r></w:p>"), "application {GOOD} -o out.docx --template {x}"),
    Case("a template that counts", "x.docx", lambda: make.docx("<w:p><w:r><w:t>{{ 'a' * 9999999999 }}</w:t></w:r></w:p>"), "application {GOOD} -o out.docx --template {x}"),
    Case("a notebook nested deep", "x.ipynb", lambda: make.nested(900, '{{"cells": {0}}}'), "report {GOOD} --template {x} -o out"),
    Case("a notebook nested deep beside its cells", "x.ipynb", lambda: make.notebook()[:-1] + ', "x": ' + "[" * 900 + "]" * 900 + "}", "report {GOOD} --template {x} -o out"),
    Case("tags that are a number", "x.ipynb", lambda: make.notebook(tags=5), "report {GOOD} --template {x} -o out"),
    Case("a source that is a number", "x.ipynb", lambda: make.notebook().replace('["assessment', '[5, "assessment'), "report {GOOD} --template {x} -o out"),
    Case("parameters nested very deep", "x.ipynb", lambda: make.notebook("x = " + "-" * 100_000 + "1"), "report {GOOD} --template {x} -o out"),
    Case("parameters of a type nested deep", "x.ipynb", lambda: make.notebook("x: " + "list[" * 150 + "int" + "]" * 150 + " = []"), "report {GOOD} --template {x} -o out"),
    Case("a parameter nested deep", "x", "", "report {GOOD} --template impact --set readings=" + "[" * 50_000),
    # reports
    Case("a page of open comments", "x.html", lambda: "<!--" * 500_000, "verify {x}"),
    Case("a page of open tags", "x.html", lambda: "<" * 2_000_000, "verify {x}"),
    Case("a report with many lines more", "x.html", lambda: make.report(40), "verify {x}", 1),
    Case("a page of small tags", "x.html", lambda: make.page("<a>" * 2_000_000), "verify {x}"),
    Case("a page with an open drawing", "x.html", lambda: make.page("<svg>" + "<g>" * 1_000_000), "verify {x}"),
    Case("a page whose tag is long", "x.html", lambda: make.page("<svg><g " + 'a="b" ' * 500_000 + ">"), "verify {x}"),
    Case("a record nested deep", "x.html", lambda: make.page(record=make.nested(900, '{{"lsstd": "1", "basis": {{"standard": {0}}}}}')), "verify {x}"),
    Case("a record of many lists", "x.html", lambda: make.page(record='{"basis": [' + "[]," * 8_000_000 + "[]]}"), "verify {x}"),
    Case("a record that is a list", "x.html", lambda: make.page(record="[]"), "verify {x}"),
    Case("a record with half a character", "x.html", lambda: make.page(record='"\\ud800"'), "verify {x}"),
    Case("a document of many paragraphs", "x.docx", lambda: make.docx("".join(f'<w:p x="{n * 7919}"/>' for n in range(900_000))), "verify {x}"),
    Case("a document nested deep", "x.docx", lambda: make.docx("<w:p>" * 3000 + "</w:p>" * 3000), "verify {x}"),
    Case("a PDF that grows", "x.pdf", lambda: make.pdf(b" " * 400_000_000), "verify {x}"),
    Case("a PDF of many strokes", "x.pdf", lambda: make.pdf(b"0 0 m " * 5_000_000), "verify {x}"),
    Case("a PDF of pages in a circle", "x.pdf", lambda: make.pdf(b"", "2 0 R"), "verify {x}"),
    Case("a PDF of one page many times", "x.pdf", lambda: make.pdf(b"BT (x) Tj ET " * 1000, "3 0 R " * 20_000, 20_000), "verify {x}"),
    *(Case(f"costs {what}", "x.yaml", HEAD + "unit: 万元\ncosts:\n" + content, "plan {GOOD} --target AAA --costs {x}")
      for what, content in {
        "of 400 digits": f"  village_rooms: {{cost: {'9' * 400}}}\n",
        "of things unknown": "".join(f"  k{n}: {{cost: 1}}\n" for n in range(20_000)),
        "in a circle": "  village_rooms: {cost: 1, after: [village_rooms]}\n",
      }.items()),
    # assumptions
    Case("a thousand million steps", "x.yaml", lambda: make.assumptions("steps: 2 ", "steps: 1000000000"), "population generate {x} -o out.csv"),
    Case("many regions", "x.yaml", lambda: make.assumptions("regions: {", "regions: {" + ", ".join(f"k{n}: 1" for n in range(150_000)) + ", "), "population generate {x} -n 10 -o out.csv"),
    Case("a wide spread", "x.yaml", lambda: make.assumptions("spread: 0.6}", "spread: 1e308}"), "population generate {x} -n 10 -o out.csv"),
    Case("a scale without bounds", "x.yaml", lambda: make.assumptions("scale: 0.6", "scale: 1e308"), "population generate {x} -n 10 -o out.csv"),
    # what is written to
    Case("a pipe to write to", "x.yaml", make.fifo, "import {TABLE} -o {x}"),
    Case("a pipe as a page to write to", "x.html", make.fifo, "impact {REFORM} --population {TABLE} -o {x}"),
    Case("a device to write to", "x.html", make.zeros, "impact {REFORM} --population {TABLE} -o {x}"),
]
