"""The original's published tables, as data for `rsdix report`.

Usage: python3 golden/train_published.py PAGE

PAGE is a Markdown page with the tables of the original's README. Writes packages/train/src/report/published.json: rows as printed, and the printed averages,
which the report marks as such. The averages that the report reckons itself are also written to packages/train/src/fixtures/published-averages.json,
the golden values of its test. Needs no library.
"""

import json
import re
import sys
from pathlib import Path
from statistics import fmean

SOURCE = Path(__file__).resolve().parent.parent / "packages/train/src"
CAPTION_SETS = ("RSICD", "UCMD", "NWPU")
# What the tables' subsets hold: the averages printed for the models that report only those sets tell.
SETS = {
    "all thirteen": None,
    "A": lambda name: name != "RSICD",
    "B": ("EuroSAT-RGB", "RESISC45", "AID"),
    "C": ("RESISC45", "AID", "WHU-RS19"),
    "D": ("RSI-CB256", "EuroSAT-RGB", "PatternNet", "RESISC45", "AID"),
}


def cells_of(line):
    # A last cell that is empty is the end of the line, not a value.
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    return cells[:-1] if cells and cells[-1] == "" else cells


def value_of(cell):
    return None if cell == "-" else float(cell)


def clean(name):
    lock = {"🔒": "locked", "🔓": "unlocked"}
    for sign, word in lock.items():
        name = name.replace(sign, word)
    for short, long in (("SBS-MSE", "SBS-MSE"), ("SBS", "SBERT-sim"), ("M", "METEOR"), ("S", "SPICE"), ("R", "ROUGE-L")):
        name = re.sub(rf"^{short}(?= [↑↓])", long, name)
    name = re.sub(r"^B-(\d)(?= ↑)", r"BLEU-\1", name)
    name = re.sub(r" [↑↓]", "", name)
    return re.sub(r"^(RSDiX\S*) \((\S+)\)$", r"\1 \2", name)  # one name in all tables


def tables_of(page):
    """(header, rows, caption) of each table; a caption is the sentence after it."""
    lines = [line for line in page.splitlines()]
    found, i = [], 0
    while i < len(lines):
        if i + 1 < len(lines) and re.fullmatch(r"[-|]+", lines[i + 1].strip()):
            header, rows = cells_of(lines[i]), []
            i += 2
            while i < len(lines) and "|" in lines[i] and not (i + 1 < len(lines) and re.fullmatch(r"[-|]+", lines[i + 1].strip())):
                rows.append(cells_of(lines[i]))
                i += 1
            caption = lines[i].strip() if i < len(lines) and "|" not in lines[i] else ""
            found.append((header, rows, caption))
        else:
            i += 1
    return found


def zero_shot(header, rows):
    models = [clean(name) for name in header[1:]]
    scores, printed = [], []
    for label, *values in rows:
        row = {"label": clean(label), "values": [value_of(value) for value in values]}
        assert len(row["values"]) == len(models), row
        (printed if label.startswith(("Average", "SBS-MSE")) else scores).append(row)
    return {"models": models, "rows": scores, "printed": printed}


def captions(header, rows):
    columns, named, model = [clean(name) for name in header if name not in ("Model", "Dataset")], [], None
    for row in rows:
        if "Dataset" in header:
            if row[0] not in CAPTION_SETS:
                model, *row = row
            dataset, *values = row
        else:
            model, *values = row
            dataset = None
        values = [value_of(value) for value in values if value != ""]
        assert len(values) == len(columns), (model, dataset, values)
        named.append({"model": model, **({"dataset": dataset} if dataset else {}), "values": values})
    return {"metrics": columns, "rows": named}


def main():
    tables = tables_of(Path(sys.argv[1]).read_text())
    data = {"sets": {}, "zeroShot": [], "captions": []}
    for header, rows, caption in tables:
        caption = re.sub(r"\bour\b", "the", caption.replace("🔒/🔓", "Locked/unlocked"))  # they are the authors', not ours
        if header[0] == "Subset":
            data["zeroShot"][-1]["printed"] += zero_shot(header, rows)["printed"]
            data["zeroShot"][-1]["caption"] = caption
        elif header[0] == "Dataset":
            data["zeroShot"].append({"caption": caption, **zero_shot(header, rows)})
        else:
            data["captions"].append({"caption": caption, **captions(header, rows)})
    names = [row["label"] for row in data["zeroShot"][0]["rows"]]
    for title, members in SETS.items():
        data["sets"][title] = [name for name in names if members is None or (members(name) if callable(members) else name in members)]

    averages = []
    for table in data["zeroShot"]:
        columns = range(len(table["models"]))
        values = {row["label"]: row["values"] for row in table["rows"]}
        sets = {title: [[values[name][i] for name in members] for i in columns] for title, members in data["sets"].items()}
        averages.append({title: [None if None in column else fmean(column) for column in each] for title, each in sets.items()})
    (SOURCE / "report/published.json").write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    (SOURCE / "fixtures/published-averages.json").write_text(json.dumps(averages) + "\n")


main()
