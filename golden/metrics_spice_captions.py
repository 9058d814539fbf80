"""Captions for the SPICE goldens: a seeded grammar in the habits of RSICD, UCM-captions, NWPU-captions and RSITMD, and what was written by hand.

Templates and word lists are those of no training text of the parser in packages/metrics.
"""

import random
from pathlib import Path

HAND_WRITTEN = Path(__file__).resolve().parent / "metrics_spice_hand_written.txt"

# Scene: things that are many, things that are one, the place, colours that occur, what the scene is called.
SCENES = {
    "airport": (["planes", "airplanes", "luggage carts", "boarding bridges"], ["terminal building", "runway", "control tower"], "airport", ["white", "gray"]),
    "bare land": (["tracks", "weeds", "stones"], ["dirt road", "path"], "bare land", ["brown", "yellow", "khaki"]),
    "baseball": (["baseball diamonds", "bleachers", "trees"], ["baseball diamond", "parking lot", "dugout"], "ballpark", ["green", "brown"]),
    "beach": (["waves", "umbrellas", "tourists", "palm trees"], ["beach", "sea", "boardwalk"], "seaside", ["yellow", "blue", "white"]),
    "bridge": (["cars", "piers", "ships"], ["bridge", "river", "highway"], "river", ["gray", "dark green"]),
    "church": (["cars", "trees", "houses"], ["church", "dome", "cross"], "town square", ["red", "white"]),
    "commercial": (["tall buildings", "shops", "cars", "billboards"], ["crossroads", "department store"], "commercial area", ["gray", "blue"]),
    "desert": (["sand dunes", "ripples", "hills"], ["desert", "oasis"], "desert", ["yellow", "golden"]),
    "farmland": (["fields", "ridges", "tractors", "greenhouses"], ["farmhouse", "farmland", "canal"], "countryside", ["green", "yellow"]),
    "forest": (["trees", "conifers", "clearings"], ["forest", "stream"], "forest", ["dark green", "green"]),
    "harbor": (["boats", "yachts", "fishing vessels", "containers"], ["harbor", "breakwater", "dock"], "marina", ["white", "blue"]),
    "industrial": (["factory buildings", "trucks", "chimneys", "storage tanks"], ["warehouse", "power plant"], "industrial park", ["blue", "white", "gray"]),
    "intersection": (["vehicles", "zebra crossings", "traffic lights"], ["intersection", "gas station"], "downtown", ["white", "black"]),
    "meadow": (["bushes", "tussocks", "footpaths"], ["meadow", "pond"], "meadow", ["green", "light green"]),
    "mountain": (["mountains", "ridges", "snowfields"], ["mountain", "valley", "summit"], "mountain range", ["green", "white", "brown"]),
    "park": (["trees", "benches", "paths", "flower beds"], ["park", "lake", "pavilion"], "park", ["green", "blue"]),
    "parking": (["cars", "trucks", "parking spaces"], ["parking lot", "supermarket"], "parking area", ["red", "white", "black"]),
    "playground": (["trees", "goalposts", "basketball courts", "spectators"], ["playground", "running track", "football field"], "school", ["green", "red"]),
    "port": (["cargo ships", "cranes", "containers", "piers"], ["port", "freighter"], "port", ["white", "orange"]),
    "railway": (["trains", "railway tracks", "platforms"], ["railway station", "train station", "locomotive"], "railway station", ["gray", "white"]),
    "residential": (["houses", "villas", "driveways", "swimming pools"], ["road", "cul-de-sac", "lawn"], "residential area", ["red", "gray", "orange"]),
    "resort": (["villas", "swimming pools", "sunshades"], ["resort", "hotel", "golf course"], "resort", ["blue", "white"]),
    "river": (["trees", "boats", "sandbanks", "fishermen"], ["river", "bend", "weir"], "valley", ["green", "turbid"]),
    "school": (["teaching buildings", "dormitories", "students"], ["school", "campus", "lecture hall"], "school", ["red", "white"]),
    "stadium": (["seats", "stands", "cars"], ["stadium", "roof", "pitch"], "sports center", ["white", "green", "blue"]),
    "tanks": (["storage tanks", "pipelines", "oil trucks"], ["oil depot", "refinery"], "factory", ["white", "rusty"]),
    "tennis": (["tennis courts", "players", "lamps"], ["tennis court", "clubhouse", "net"], "sports park", ["blue", "green"]),
    "viaduct": (["cars", "lanes", "ramps", "pillars"], ["viaduct", "overpass", "toll station"], "city", ["gray", "black"]),
    "island": (["rocks", "huts", "coral reefs"], ["island", "lighthouse", "ocean"], "bay", ["green", "blue"]),
    "golf": (["bunkers", "putting greens", "golf carts"], ["golf course", "pond", "clubhouse"], "country club", ["green", "sandy"]),
}
SIZES = ["large", "small", "big", "huge", "tiny", "long", "narrow", "wide", "tall"]
SHAPES = ["round", "rectangular", "circular", "square", "oval", "straight", "curved", "irregular", "semicircular"]
MANY = ["many", "some", "several", "lots of", "a few", "two", "three", "four", "five", "six", "a lot of", "dozens of", "a row of", "two rows of", "plenty of", "a group of", "a number of"]
SIDE = ["next to", "near", "beside", "close to", "in front of", "around", "behind", "by", "along", "on both sides of", "on one side of", "in the middle of", "at the edge of", "on the left of", "to the right of", "at the corner of"]
PUT = ["parked", "located", "planted", "scattered", "built", "arranged", "distributed", "docked", "lined up", "situated"]
HOW = ["neatly", "densely", "orderly", "closely", "irregularly"]


def article(words):
    return ("an " if words[0] in "aeiou" else "a ") + words


class Scene:
    """What five people may write about one image."""

    def __init__(self, rng, name=None):
        self.rng = rng
        self.many, self.one, self.place, self.colours = SCENES[name or rng.choice(sorted(SCENES))]
        self.things = rng.sample(self.many, 2)
        self.main = rng.choice(self.one)
        self.count = rng.choice(MANY)
        self.colour = rng.choice(self.colours)
        self.shape = rng.choice(SHAPES)
        self.size = rng.choice(SIZES)
        self.greens = rng.choice(["green trees", "lush plants", "green plants", "a green lawn", "bare ground", "buildings", "green meadows", "some low houses"])

    def caption(self):
        rng, (a, b), m, place = self.rng, self.things, self.main, self.place
        n, c, sh, sz, g = self.count, self.colour, self.shape, self.size, self.greens
        if rng.random() < 0.3:
            n = rng.choice(MANY)
        side, put, how = rng.choice(SIDE), rng.choice(PUT), rng.choice(HOW)
        templates = [
            f"{n} {a} are {put} in {article(place)} near {article(m)} .",
            f"{n} {a} are {put} {side} {article(m)} .",
            f"{n} {a} and {b} are {side} {article(m)} .",
            f"{n} {a} and some {b} are around {article(sz + ' ' + m)} .",
            f"{article(m)} is {side} {n} {a} and {g} .",
            f"{article(m)} is surrounded by {g} and {b} .",
            f"{article(c + ' ' + m)} with {a} and {b} is {side} the {place} .",
            f"{article(sh + ' ' + m)} is in the {place} with {n} {a} {rng.choice(['around', 'nearby', 'beside'])} .",
            f"It is {article(sz + ' ' + m)} with {n} {a} beside it .",
            f"it is a piece of {c} {m} .",
            f"this is {article(place)} with {article(m)} and {g} on both sides .",
            f"There are {n} {a} in the {place} .",
            f"There is {article(m)} with {n} {c} {a} on it .",
            f"there are {n} {a} {side} the {sh} {m} .",
            f"there is {article(sz + ' ' + m)} here and {n} {a} {put} {how} .",
            f"{n} {c} {a} {put} {how} in the {place} with some {b} .",
            f"the {m} is {sh} and the {a} are {c} .",
            f"the {place} has {article(m)} and {n} {a} .",
            f"the {sz} {m} has {c} {a} in it .",
            f"on the {rng.choice(['left', 'right'])} of the {m} there are {n} {a} .",
            f"some {a} are in the {place} while others are {side} the {m} .",
            f"{g} surround the {m} , which is full of {a} .",
            f"{article(m)} where {n} {a} are {put} .",
            f"{n} {a} {side} {article(m)} in the {place}",
            f"A {sh} {m} and {c} {a}.",
            f"{c} {a}, {b} and {article(m)} can be seen in the picture.",
            f"The {m} divides the {place} into two parts .",
            f"the {m} winds through the {place} and {g} grow on its banks .",
            f"{article(m)} runs across the {place} with {n} {a} on it .",
            f"{n} {a} lie {side} the {sz} {m} covered with {g} .",
            f"the {a} of the {place} are {c} and {sz} .",
            f"between the {m} and the {place} there is a strip of {g} .",
            f"{article(place)} with {n} {a} , {article(m)} and {g} .",
            f"{n} {a} are moving on the {m} .",
            f"the {place} is very {rng.choice(['crowded', 'empty', 'quiet', 'busy'])} with {n} {a} .",
            f"{article(sz + ' ' + c + ' ' + m)} stands {side} {n} {a} .",
            f"we can see that {n} {a} are {put} {side} the {m} .",
            f"Not far from the {m} is {article(place)} with {g} .",
            f"the {m} , {n} {a} and {g} make up the {place} .",
            f"half of the {place} is covered by {g} .",
        ]
        text = rng.choice(templates)
        if rng.random() < 0.08:
            text = text.replace(" .", "").strip() + rng.choice(["", ".", " !"])
        return text


def hand_written():
    """The lines of the file, in its order; "# empty" stands for an empty caption."""
    lines = HAND_WRITTEN.read_text(encoding="utf-8").split("\n")
    return ["" if line == "# empty" else line for line in lines if line != ""]


def image_sets(scenes=290, seed=20):
    """Images with a candidate and references: every caption of a scene once against its other captions; every tenth against a scene of the same kind.

    Hand-written lines come in groups of five about one image; each is once the candidate.
    """
    rng = random.Random(seed)
    sets = []
    groups = []
    names = sorted(SCENES)
    for i in range(scenes):
        scene = Scene(rng, names[i % len(names)])
        captions = []
        while len(captions) < 6:
            text = scene.caption()
            if text not in captions:
                captions.append(text)
        groups.append(captions)
    for i, captions in enumerate(groups):
        for k, candidate in enumerate(captions):
            others = captions[:k] + captions[k + 1 :]
            if rng.random() < 0.1:
                others = groups[(i + len(names)) % len(groups)][:5]
            sets.append({"candidate": candidate, "references": others[: rng.choice([1, 2, 3, 5, 5])], "hand": False})
    lines = hand_written()
    for start in range(0, len(lines), 5):
        group = lines[start : start + 5]
        for k, candidate in enumerate(group):
            sets.append({"candidate": candidate, "references": group[:k] + group[k + 1 :], "hand": True})
    return sets
