"""Golden values for ptbTokenize of @rsdix/metrics, and its table of characters.

Run from the repository root with: pycocoevalcap==1.2 (for CoreNLP 3.4.1's jar), Java.
Writes packages/metrics/src/fixtures/ptb.json.gz and packages/metrics/src/ptb/character-classes.ts. Nothing here is needed to run
or test the packages.
"""

import gzip
import json
import random
import subprocess
import tempfile
from pathlib import Path

import pycocoevalcap

ROOT = Path(__file__).resolve().parent.parent / "packages/metrics/src"
JAR = Path(next(iter(pycocoevalcap.__path__))) / "tokenizer/stanford-corenlp-3.4.1.jar"

NOUNS = """plane planes building buildings tree trees pond road roads river bridge harbor boats houses area baseball-field storage tank
stadium playground viaduct lot cars neighbourhood meadow bareland desert mountain beach ocean waves runway terminal airport church
school center square factory farmland forest island beaach buidings""".split()
ADJECTIVES = """green gray grey white large small many several two three 5 dense well-arranged t-shaped L-shaped 3-storey colourful
rectangular piecies of residential parking 1,234 5.5 2nd 1990s""".split()
LINKS = """near|next to|beside|in front of|on both sides of|around|with|in the middle of|is|are|there are|and|, and|while""".split("|")
HARD = """at 50% of|approx. 5 km. from|about 1.5 km from|e.g.|i.e.|No. 5|no.|St.|etc.|vs.|U.S.|10m*20m|100 m²|it's|isn't|there's|can't|cannot|
gonna|owner's|houses'|(left)|[right]|"big"|'old'|--|;|:|/|and/or|..|...|!|?!|~|&|#1|@x|#tag|a@b.com|http://a.b/c|www.rsicd.org|<br>|<a b="c">|
😀|½|1/2|10,000|10:30 a.m.|3'6"|25°C|–|’s|“x”|«x»|555 1234|(555) 123-4567|1-800-555-1234|:-)|^_^|O'Hare|rock 'n' roll|'tis|y'all|Mr. Smith|
Inc.|Jan. 5|3/4|1 1/2|$5|US$|€5|£5|C++|AT&T|R&D|image.jpg|1.tif|U.S.-based|a. b. c.|I. The|naïve|café|湖|мост|‑|­|\u00a0|\u3000|\u200b|\t""".replace("\n", "").split("|")
STOPS = [".", " .", "", "..", " . ", "!", ",", " etc.", " St.", " No.", " p.m.", " a.", " U.S.", "houses.many", " ?", "。"]

# METRICS.md 1.
KNOWN = """Many planes are parked near a terminal.
There are some grey roofs in the neighbourhood, with colourful cars.
it's a baseball-field (with white lines) -- near trees.
there are two storey houses.many trees are planted around
A 3-storey building; the owner's car, 1,234 trees and 5.5 acres
This isn't a "lake" ... it's a pond!
the river cannot be crossed , can't it ?
US Army base at 50% capacity, 2/3 full
buildings ' roofs are red and the cars' colors are white
Mr. Smith's house is on Main St. near the park.
two x 10m*20m
the #1 place is @home; 100m² area – nice’s
five 7-foot tall people do 10 push ups!!
the area has approx. 5 km. of road
a lot{empty}[full]<ok>
two-storeyed well-arranged houses,and roads""".split("\n")

# What goes on in the next caption.
ENDS = ['x <a b="c', 'd"> y', '<a b="c', "", 'd">', "it is no.", "5 trees", "etc.", "", "The U.S.", "A lake", "a.", "In it", "rock '", "n' roll"]

PIECES = """a b the lake Lake TREES can boat is it i u.s U.S etc mr St no fig e g A B C The In x y 1 2 10 555 1234 1,234 5.5 2nd m km
approx Inc al Jan kept storey l d o n j t s re ve ll em til cannot é É ñ . . , ; : ! ? - - -- --- ... .. ' ' " ` `` '' ( ) [ ] { } < > / \\ & %
# @ * + = _ ^ ~ | $ £ € ° ² ½ – — … “ ” ‘ ’""".split()
ODD = ["😀", "👍🏽", "𝔸", "\u00a0", "\u2003", "\u200b", "\ufeff", "\u00ad", "\u0301", "\u0663", "\u2011", "\t", "\x07", "₂", "»", "¢", "☺", "ﬁ", "İ", "ß"]

# Signs before small numbers, and which small sigma a capital one becomes.
SIGNS = ["dB m⁻²", "x⁺³ y₋₂ ⁻⁻² ⁺₁ ⁻", "5⁻²湖⁻²"]
SIGMAS = [f"{before}Σ{after}" for before in ("h", "h۝", "h三", "hカー", "hʰ", "ª") for after in ("", "三f", "あ", "ʰ", "۝f", "ª", "5")]

# Where an apostrophe, a hyphen, a full stop or a mark is part of a word, and where it isn't.
MARKS = """the O'Hare-style roof|an o’clock-shaped lake|four-o'clock|trompe-l'oeil|l'aé-a|d'a-b|o'5-b|o'hare-b_c's|l'The_rock|a_o'bc|O&apos;Hare-style
runway A. Mr. x|U.S. Ms. x|b A. Mrs. x|b A. mr. x|the pro- and anti- x|Anti-, pro-|non- x|the '80S are|’80S|'10s|&APOS;90s|'80\u3000x
cap'n|cap’n's|C'mon|c’mon|s'mores|S’MORES|c'est|c’est|c`est|nor'easter's|li'l|li’l|Nat'l|ev'rybody|o'o|o`o|O’os|somethin' x|dunkin’.|nothin'
it&apos;s|&apos;s|&apos;S x|don&apos;t|owner&apos;ll|&apos;t|&apos;em|&APOS;s|&apos;|&QUOT;|&AMP; A&AMP;B&aMP;C|inn't|aNN'T|don\u00ad't|do\u00adn't
€a.com|€A.com|€a.COM/x.html y|“www.a.org|#a.com|#A.com|a—b.com|it’s.com|½a.edu,|😀a.net|€a.comx|http://a.b\u00a0c
non-U.S.-based|a-U.S.-b-U.S.|1,2-U.S.-b|a.b-c.d.-e|a-U.-b|non-U.S x|sino-U.S|Canada-u.s x|pre-U.S x|non-U.S, x|etc.-a x|etc.-ab x|a.b-c., x|a-e.g..: x
5.x=y|5.x:y|5.x)|5.x, y|5.c++|a.x=y|1.jpg!|1.jpg)|a\u00adb.c x|a、 1.、 2|No.\u30005|A.\u3000The x|inc.\u2003X|(555)\u00a0123-4567|a\x85|y'\u0323|mo'aé\u00adb|\u00adMs.:
J'y|j'5|s&ls|S&amp;LS5|s&l|&md;|&ht; &Qc;|a&odq;b|&qx;|</b/>|</b a>|<b a@c>|<b@c d='e'>|<a@>|<a@b>|(--x)|(x--)|(--)|(-x)|www.a:.comb/.com_
a/3-storey-baseball-field|a-b-c-d/e|1\\/2|5 1\\/2|+(555)123-4567|++12 (555)123-4567|+12 555-1234567|12-(555)1234567"""
MARKED = MARKS.replace("\n", "|").split("|")
MARKED_PIECES = """o' O’ l' d‘ O` o&apos; &apos; &APOS; 's 't n't 'll n' clock Hare oeil four rock trompe a bc ann U.S. u.s. U.S U. e.g. A. B. Mr. Ms. MR.
Mr anti pro Anti- pro- non- eu- - -- '80S 80S ’90S 1980S cap'n c'mon s'mores c'est nor'easter li'l ev'ry nat'l o'o somethin' dunkin' € “ # % & * … a.com
.com www. .de .net x.edu /x/y.html 5 5. .x .x= .jpg .jpg) .c++ .py : ; ) ( , . ! ? / _ é \u00ad ‐ 1.5 1,2 b_c 2nd 😀 ² @ lake The C.D""".split()

# Opening quotes and addresses written as entities, stars with strokes, blanks wider than a plain one, digits of other scripts, acronyms with a hyphen.
RARE_PIECES = """&quot; &QUOT; \\* \\*\\* &lt; &LT; < &gt; a@b.com a@b &lt;a@b.c \u3000 \u2003 \u00a0 \u2009 .com a.com .net/x .org .edu ５ ٣ 555 1234 555-1234 (555)
+1 +12 1/2 non-U.S. U.S.-U.K. u.s.-u.s.s.r EU-U.S. sino-u.s Mr. The <b> </b> However x. a $5 é - . , ' " ( ) &amp; www.a.de http://a.b"""
RARE_PIECES = RARE_PIECES.replace("\n", " ").split(" ")


def tokenize(lines):
    """The reference's raw tokens, a line each."""
    with tempfile.NamedTemporaryFile("w", encoding="utf8", newline="") as file:
        file.write("\n".join(lines))
        file.flush()
        command = ["java", "-cp", str(JAR), "edu.stanford.nlp.process.PTBTokenizer", "-preserveLines", "-lowerCase", file.name]
        return subprocess.run(command, capture_output=True, check=True).stdout.decode("utf8").split("\n")


def caption(rng):
    words = []
    for _ in range(rng.randint(2, 5)):
        words += ["a"] * (rng.random() < 0.4) + [rng.choice(ADJECTIVES), rng.choice(NOUNS), rng.choice(LINKS if rng.random() < 0.7 else HARD)]
    text = "".join(word + (" " if rng.random() < 0.97 else rng.choice(["", "  ", ".", ", ", ". ", " .", "-", "/"])) for word in words).strip()
    return (text.capitalize() if rng.random() < 0.3 else text) + rng.choice(STOPS)


def fuzz(rng):
    text = ""
    for _ in range(rng.randint(1, 8)):
        text += rng.choice(ODD if rng.random() < 0.08 else PIECES) + " " * (rng.random() < 0.35)
    return text


def marked(rng, pieces=MARKED_PIECES):
    return "".join(rng.choice(pieces) + " " * (rng.random() < 0.25) for _ in range(rng.randint(1, 6)))


def characters(rng):
    """Any characters of Unicode's first plane, among letters and marks; no line breaks and no halves of pairs."""
    text = ""
    for _ in range(rng.randint(1, 10)):
        code = rng.choice([rng.randint(0x80, 0x24FF), rng.randint(0x80, 0xFFFF), *map(ord, "aB1. '-")])
        text += "" if 0xD800 <= code < 0xE000 or code in (0x2028, 0x2029) else chr(code)
    return text


def fixture():
    rng = random.Random(1603)
    lines = KNOWN + HARD + ENDS + ["", " "] + [caption(rng) for _ in range(3000)] + [fuzz(rng) for _ in range(1500)] + [characters(rng) for _ in range(400)] + SIGNS + SIGMAS
    lines += MARKED + [marked(rng) for _ in range(1000)] + [marked(rng, RARE_PIECES) for _ in range(800)]
    tokens = tokenize(lines)
    assert len(tokens) == len(lines), "a line was broken"
    data = json.dumps({"captions": lines, "tokens": tokens}, ensure_ascii=False).encode()
    (ROOT / "fixtures/ptb.json.gz").write_bytes(gzip.compress(data, 9, mtime=0))


# In the alphabet of src/ptb/spell.ts by themselves.
BY_ITSELF = set("\u00ad²³¹«»¢£¤¼½¾⅓⅔⁄…–—―‐‑֊₠€‘’‚“”‛‹›„‟٫٬、\x80\x85\x91\x92\x93\x94\x96\x97⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉⁺⁻₊₋")
LINE_BREAKS = "\x0b\x0c\u2028\u2029"


def class_of(char, among, after_one, alone, negative):
    if char in BY_ITSELF:
        return "X"
    if char in LINE_BREAKS:
        return "N"
    if char == "\u00a0" or "\u2000" <= char <= "\u200a" or char == "\u3000":
        return "W"
    if alone == "":
        return "U"
    if " " in among:
        return "S"
    return "D" if " " not in negative else "M" if " " in after_one else "L"


def classes():
    codes = [code for code in range(0x80, 0x10000) if not 0xD800 <= code < 0xE000 and chr(code) not in LINE_BREAKS]
    lines = [text for char in map(chr, codes) for text in (f"a{char}b", f"1{char}2", char, f"x -{char}")]
    found = tokenize(lines + ["x"])
    by_code = {code: class_of(chr(code), *found[4 * i : 4 * i + 3], found[4 * i + 3][2:]) for i, code in enumerate(codes)}
    runs = []
    for code in range(0x80, 0x10000):
        kind = by_code.get(code, "N" if chr(code) in LINE_BREAKS else "U")
        if runs and runs[-1][0] == kind:
            runs[-1][1] += 1
        else:
            runs.append([kind, 1])
    text = "".join(kind + ("" if length == 1 else base36(length)) for kind, length in runs)
    lines = [text[i : i + 120] for i in range(0, len(text), 120)]
    (ROOT / "ptb/character-classes.ts").write_text(HEADER + " +\n".join(f'  "{line}"' for line in lines) + ";\n")


HEADER = """/**
 * What the reference takes each character from U+0080 to U+FFFF for, found by giving it every one of them (golden/metrics_ptb.py):
 * runs of a class and their lengths in base 36, none for one. L letter, M mark that can't follow a number, D digit, S symbol,
 * W white space, N line break, U dropped, X by itself in the rules.
 */
export const CHARACTER_CLASSES =
"""


def base36(number):
    return (base36(number // 36) if number >= 36 else "") + "0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]


if __name__ == "__main__":
    fixture()
    classes()
