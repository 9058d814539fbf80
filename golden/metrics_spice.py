"""Golden values for SPICE of @rsdix/metrics: the scores and tuples of SPICE 1.0 (Java) on captions of remote sensing language.

Run from the repository root with: pycocoevalcap==1.2, Java 11 to 17, and the jars stanford-corenlp-3.6.0.jar and stanford-corenlp-3.6.0-models.jar
in the folder of RSDIX_CORENLP (from Maven Central). A Java without a JavaScript engine (15 and later) also wants nashorn-core-15.4.jar with
asm 9.5 there. Takes about half an hour. Writes packages/metrics/src/fixtures/spice.json and, with what CoreNLP alone makes of the captions
written by hand, spice-labels.json. Nothing here is needed to run or test the packages.
"""

import json
import os
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from metrics_spice_captions import hand_written, image_sets

SPICE = Path(find_spec("pycocoevalcap.spice").origin).parent
METRICS = Path(__file__).resolve().parent.parent / "packages/metrics"
FIXTURES = METRICS / "src/fixtures"
CLASSES = {"Object": "object", "Attribute": "attribute", "Relation": "relation", "Color": "colour", "Size": "size", "Cardinality": "cardinality"}
# What FST and LMDB, which SPICE keeps its cache with, look into.
OPENED = "lang math util util.concurrent util.concurrent.atomic net text io nio time lang.reflect lang.ref lang.invoke security".split()


# Two things of the candidate match one of the references.
ABOVE_ONE = [
    {"candidate": "a dwelling and a family .", "references": ["a home ."]},
    {"candidate": "a dwelling , a family and a tree .", "references": ["a home and a tree ."]},
]


def run_java(sets):
    """SPICE's own report: an entry an image, with the tuples of both sides."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "spice"
        shutil.copytree(SPICE, home)
        for jar in Path(os.environ["RSDIX_CORENLP"]).glob("*.jar"):
            shutil.copy(jar, home / "lib")
        (home / "cache").mkdir()
        images = [{"image_id": i, "test": s["candidate"], "refs": s["references"]} for i, s in enumerate(sets)]
        (home / "in.json").write_text(json.dumps(images), encoding="utf-8")
        opens = [f"--add-opens=java.base/java.{name}=ALL-UNNAMED" for name in OPENED] + ["--add-opens=java.sql/java.sql=ALL-UNNAMED"]
        command = ["java", "-Xmx4G", *opens, "-cp", "spice-1.0.jar:lib/*", "edu.anu.spice.SpiceScorer", "in.json"]
        subprocess.run([*command, "-detailed", "-subset", "-silent", "-cache", "cache", "-out", "out.json"], cwd=home, check=True)
        return json.loads((home / "out.json").read_text(encoding="utf-8"))


def fixture(sets, report, above_one):
    captions = sorted({c for s in sets for c in [s["candidate"], *s["references"]]})
    number = {caption: i for i, caption in enumerate(captions)}
    entries = {entry["image_id"]: entry for entry in report}
    tuples = {}
    images = []
    for i, s in enumerate(sets):
        entry = entries[i]
        tuples[number[s["candidate"]]] = ";".join(",".join(t["tuple"]) for t in entry["test_tuples"])
        images.append([number[s["candidate"]], [number[r] for r in s["references"]], round(entry["scores"]["All"]["f"] or 0, 6), int(s["hand"])])
    classes = {}
    for theirs, ours in CLASSES.items():
        values = [e["scores"][theirs]["f"] for e in report if e["scores"][theirs]["f"] is not None]
        classes[ours] = {"f": sum(values) / len(values), "images": len(values)}
    above = [{**s, "f": e["scores"]["All"]["f"]} for s, e in zip(ABOVE_ONE, above_one)]
    return {"aboveOne": above, "captions": captions, "tuples": [tuples.get(i) for i in range(len(captions))], "images": images, "classes": classes}


def labels(captions):
    """Each caption with its sentences: words, tags, lemmas, heads (the count of words for the root), names of arcs, collapsed arcs."""
    with tempfile.TemporaryDirectory() as folder:
        texts, out = Path(folder) / "texts.txt", Path(folder) / "labelled.txt"
        texts.write_text("\n".join(captions) + "\n", encoding="utf-8")
        jars = f"{os.environ['RSDIX_CORENLP']}/*:{SPICE}/lib/*"
        subprocess.run(["java", "-Xmx2G", "-cp", jars, METRICS / "scripts/spice/LabelCaptions.java", texts, out], check=True)
        return read_labels(out.read_text(encoding="utf-8"))


def read_labels(text):
    entries, rows = [], []
    for line in text.split("\n"):
        if line.startswith("#t "):
            entries.append({"caption": line[3:], "sentences": []})
        elif line.startswith("#c"):
            words, tags, lemmas, heads, names = zip(*rows)
            heads = [int(h) - 1 if int(h) > 0 else len(rows) for h in heads]
            sentence = [" ".join(words), " ".join(tags), " ".join(lemmas), heads, " ".join(names), line[3:]]
            entries[-1]["sentences"].append(sentence)
            rows = []
        elif line:
            rows.append(line.split("\t"))
    return entries


def write(name, value):
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    (FIXTURES / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sets = image_sets()
    write("spice-labels.json", labels([caption for caption in hand_written() if caption != ""]))
    write("spice.json", fixture(sets, run_java(sets), run_java(ABOVE_ONE)))
