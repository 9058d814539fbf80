"""Golden values of METEOR 1.5: its jar scores seeded captions, captions by hand and captions of few words, without a paraphrase table, with a made-up
one and with its own; splits texts; and stems words. Needs Java and pycocoevalcap 1.2, which has the jar and the table.

    python golden/metrics_meteor.py        writes packages/metrics/src/fixtures/meteor.json.gz
"""

import gzip
import json
import os
import random
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import captions
import captions_by_hand

METEOR = Path(find_spec("pycocoevalcap").submodule_search_locations[0]) / "meteor"
JAR = METEOR / "meteor-1.5.jar"
OUT = Path(__file__).parents[1] / "packages/metrics/src/fixtures/meteor.json.gz"
JAVA = ["java", "-Xmx2G", "-Dfile.encoding=UTF-8", "-Duser.language=en", "-Duser.country=US"]

# Pairs of one reference that stand in the specification, each for a rule of its own.
SINGLE = """
many planes are parked near a terminal . | many planes are parked near a terminal .
the quick brown fox | fox brown quick the
a big green tree is near a pond . | a large green tree stands beside a pond .
the harbor has boats . | boats docked in the harbour .
it 's a baseball field . | it's a baseball field.
gray roofs | grey roofs
a plane is parked on the runway | an airplane is parked on a runway
boats docked in harbor | a boat is docked in the harbor
big dense residential area with many houses | large residential areas densely packed with houses
houses | house
houses near houses | a house
houses near houses | the house near
tree trees tree | trees tree trees
a a a a a | a pond
some houses are next to a river . | some houses are near a river .
many trees are near a lake . | a large number of trees are in the vicinity of a lake .
a man is speaking | a man speaks
rain falls | rain is falling hard on a surface
"""
SEVERAL = [
    ("a man is speaking", ["a man speaks", "someone speaks", "a man is speaking while a bird is chirping in the background"]),
    ("a man is speaking", ["a man speaks.", "someone speaks.", "a man is speaking while a bird is chirping in the background"]),
    ("many planes are parked near a terminal", ["many planes are parked next to a long building in an airport", "several aircraft are parked near the terminal", "some airplanes are parked near a terminal in an airport with parking lots"]),
    ("the ||| lake", ["the lake", "a lake"]),
    ("a | b", ["a | b c"]),
]

# A table of our own: both directions of some, several for one phrase, longer and shorter ones, one phrase in two places.
TABLE = """
next to = near; near = next to; beside = next to; close to = near; a large number of = many; a lot of = many; many = a large number of; lots of = many; in the
vicinity of = near; on both sides of = along; surrounded by = in the middle of; is = are; are = is; there are = are; there is a = a; a = the; the = a; a = an;
of the = of; of = of the; on the = on; parked = are parked; are parked in = parked in; two = a pair of; a pair of = two; a pair of = the two; green trees = trees;
trees = green trees; some green trees = trees; some = several; several = some; many = several; several = many; buildings = houses; houses = buildings; houses and
trees = trees; in two sides of = on both sides of; is near = near; near a = beside a; and = with; with = and; some trees and = trees and; next to = beside; near = by;
a river = water; the picture = the image; the image contains = there is; in the middle = in; with a = and a; and a = with a
"""

# The smallest table of use, with a pair for a phrase on one side and one for phrases of several lengths.
SMALL_TABLE = "next to = near; a large number of = many; in the vicinity of = near"
SMALL = [
    ("some houses are next to a river .", ["some houses are near a river ."]),
    ("many trees are near a lake .", ["a large number of trees are in the vicinity of a lake ."]),
]

# Lines of statistics from METEOR's own examples.
STATISTICS = [
    "13 13 5 3 8 8 3 3 0 0 0 0 0 0 0 0 0 0 0 0 3 11 11",
    "29 31 12 13 14 14 9 9 0 0 0 0 0 0 0 0 3 3 0 0 10 26 26",
    "15 14 4 3 6 6 2 2 1 1 0 0 1 1 0 0 2 2 1 1 3 13 13",
]

FEW = "a the of in near is house houses building tree trees big large lake next to with and some many several".split()
ATOMS = (
    "a b s A I S U 1 2 9 . . ' ' , , - - ` “ ” ‘ ’ — – … ( % ! é É Ж ж _ No Mr v vs e.g i.e pp Art St etc lake lake. U.S '' ... .. -- 😀 日 ½ Đ ß 's 1,234 well-kept".split(" ")
    + [" "] * 12
    + ["\u00a0", "\t", "\u2028", "\x85", "\x0b", "\x01", "\u3000"]
)
ENDINGS = "s es ed ing ly ies 's s' ' ful fulness ness ation ational izer ization alism ality ousness iveness eed eedly ingly edly ogi y e er est ement ment al able ible ive ll li".split()
WORDS = "skis skies dying lying tying idly gently ugly early only singly sky news howe atlas cosmos bias andes inning outings herring proceed exceeds succeeded generously communism arsenal yes say toy hoping hopping falling agreed feed 'tis a be".split()


def few_words(rng):
    """Two captions of few different words, so that there are more alignments than the search follows."""
    caption = [rng.choice(FEW) for _ in range(rng.randint(1, rng.choice([6, 12, 20, 40])))]
    other = [rng.choice(FEW) for _ in range(rng.randint(1, 20))] if rng.random() < 0.5 else rng.sample(caption, len(caption))
    return " ".join(caption), [" ".join(other)]


def pairs():
    rng = random.Random(15)
    made = [(candidate, references[: rng.choice([1, 1, 2, 3, 5])]) for candidate, references in captions.images(1900, 5, 15)]
    single = [line.split(" | ") for line in SINGLE.strip().split("\n")]
    return [(candidate, [reference]) for candidate, reference in single] + SEVERAL + captions_by_hand.PAIRS + captions_by_hand.EMPTY + made + [few_words(rng) for _ in range(200)]


class Meteor:
    def __init__(self, table):
        command = [*JAVA, "-jar", str(JAR), "-", "-", "-stdio", "-l", "en", "-norm", "-a", str(table)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, line, answers=1):
        self.process.stdin.write(f"{line}\n".encode())
        self.process.stdin.flush()
        lines = [self.process.stdout.readline().decode().strip() for _ in range(answers)]
        return lines if answers > 1 else lines[0]

    def score(self, scored):
        """The score of each pair, and that of all."""
        return self.evaluate([self.ask(" ||| ".join(["SCORE", *references, candidate.replace("|||", "").replace("  ", " ")])) for candidate, references in scored])

    def evaluate(self, statistics):
        *each, corpus = map(float, self.ask(" ||| ".join(["EVAL", *statistics]), len(statistics) + 1))
        return {"perImage": each, "corpus": corpus}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def split(texts, folder):
    """How the jar splits texts: it writes alignments with the captions as it splits them."""
    (folder / "texts").write_text("".join(f"{text}\n" for text in texts), newline="\n")
    command = [*JAVA, "-jar", str(JAR), "texts", "texts", "-l", "en", "-norm", "-m", "exact", "-a", "none.gz", "-writeAlignments", "-f", "out"]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    lines = (folder / "out-align.out").open(newline="\n").read().split("\n")
    return [lines[i + 1] for i, line in enumerate(lines) if line.startswith("Alignment\t")]


def stem(words):
    command = [*JAVA, "-cp", str(JAR), "Stemmer", "en"]
    return subprocess.run(command, input="".join(f"{word}\n" for word in words), capture_output=True, text=True, check=True).stdout.split()


def table_of(entries):
    return "".join("0.5\n{}\n{}\n".format(*entry.split(" = ")) for entry in " ".join(entries.split()).split("; "))


def main():
    rng = random.Random(4)
    scored = pairs()
    texts = sorted({f"w {''.join(rng.choice(ATOMS) for _ in range(rng.randint(1, 14)))}{rng.choice(['', 'w'])}" for _ in range(3000)})
    known = sorted({word for candidate, references in scored for text in [candidate, *references] for word in text.lower().split() if word.isascii() and word.isalpha()})
    words = sorted({*WORDS, *known, *(word[: len(word) - rng.randint(0, 1)] + rng.choice(ENDINGS) for word in known for _ in range(4))} - {""})
    table = table_of(TABLE)
    small = table_of(SMALL_TABLE)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, content in (("none.gz", ""), ("table.gz", table), ("small.gz", small)):
            (folder / file).write_bytes(gzip.compress(content.encode()))
        scores = {}
        for kind, path in (("none", folder / "none.gz"), ("table", folder / "table.gz"), ("own", METEOR / "data/paraphrase-en.gz")):
            meteor = Meteor(path)
            scores[kind] = meteor.score(scored)
            if kind == "none":
                statistics = [meteor.evaluate([line])["perImage"][0] for line in STATISTICS]
            meteor.close()
        meteor = Meteor(folder / "small.gz")
        small_scores = meteor.score(SMALL)["perImage"]
        meteor.close()
        tokens = split(texts, folder)
    golden = {
        "pairs": scored,
        "scores": scores,
        "table": table,
        "small": {"table": small, "pairs": SMALL, "perImage": small_scores},
        "statistics": [[[float(value) for value in line.split()], score] for line, score in zip(STATISTICS, statistics)],
        "split": list(zip(texts, tokens)),
        "stems": list(zip(words, stem(words))),
    }
    OUT.write_bytes(gzip.compress(json.dumps(golden, ensure_ascii=False, separators=(",", ":")).encode(), mtime=0))
    print(len(scored), "pairs,", len(texts), "texts,", len(words), "words,", os.path.getsize(OUT), "bytes")


if __name__ == "__main__":
    main()
