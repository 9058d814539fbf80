"""Seeded captions of remote sensing images: what the golden scripts and the benchmark of @rsdix/metrics score. Needs no library.

A scene (things with a number and adjectives, and how they lie) is described several times, each time by another sentence shape and other words; the
candidate describes the same scene, one changed a little, or another one. The shapes are those of RSICD, UCM-Captions, Sydney-Captions, RSITMD and
NWPU-Captions. The same seed gives the same captions.

    python golden/captions.py IMAGES REFERENCES SEED > captions.json      {"candidates": [...], "references": [[...], ...]}
"""

import json
import random
import sys

from captions_words import ACTIVE, AMERICAN, AROUND, CROSSING, ING, MANY, NEAR, NUMBERS, PASSIVE, SCENES, SIDES, SINGLE, THINGS


def words_of(text):
    return [word.replace("=", " ") for word in text.split()]


class Thing:
    """What one thing of a scene is: its kind, its number (1, an exact number, or 0 for many) and up to two adjectives."""

    def __init__(self, rng, kind):
        self.kind = kind
        self.count = 1 if kind in SINGLE else rng.choice([1, 1, 1, 0, 0, 0, 2, 3, 4, 5, 6, 10])
        self.adjectives = rng.sample(words_of(THINGS[kind][1]), min(rng.choice([0, 1, 1, 2]), len(words_of(THINGS[kind][1]))))

    @property
    def plural(self):
        return self.count != 1

    def name(self, rng, plural=None):
        return rng.choice(words_of(THINGS[self.kind][0])).split("/")[self.plural if plural is None else plural]

    def say(self, rng, definite=0.0):
        """A noun phrase: not every description names every adjective, or counts."""
        kept = [adjective for adjective in self.adjectives if rng.random() < 0.6]
        phrase = rng.choice([" and ", " ", ", "]).join(kept) + (" " if kept else "") + self.name(rng)
        if rng.random() < definite:
            return f"the {phrase}"
        if self.count == 1:
            return f"{'an' if phrase[0] in 'aeio' else 'a'} {phrase}" if rng.random() < 0.9 else f"one {phrase}"
        if self.count == 0:
            return f"{rng.choice(MANY)} {phrase}".strip()
        return f"{rng.choice(NUMBERS[self.count])} {phrase}"


def be(thing):
    return "are" if thing.plural else "is"


def ing(verb):
    return ING.get(verb, f"{verb}ing")


class Scene:
    def __init__(self, rng, about=None):
        kinds = (about or rng.choice(SCENES)).split()
        self.about = " ".join(kinds)
        self.things = [Thing(rng, kind) for kind in kinds]
        self.things[1].count = 1
        self.where = rng.choice([NEAR, NEAR, SIDES, AROUND])

    def varied(self, rng):
        """The same kind of scene with another number, colour or place."""
        other = Scene(rng, self.about)
        other.things = [mine if rng.random() < 0.4 else its for mine, its in zip(self.things, other.things)]
        return other

    def place(self, rng, thing):
        return f"{rng.choice(self.where)} {thing.say(rng, 0.4)}"

    def others(self, rng):
        return rng.sample(self.things[2:], min(len(self.things) - 2, rng.choice([1, 1, 2, 3])))


def listed(rng, phrases):
    if len(phrases) == 1:
        return phrases[0]
    return f"{rng.choice([' , ', ', ']).join(phrases[:-1])}{rng.choice([' and ', ' and ', ', and ', ' , as well as '])}{phrases[-1]}"


def there_are(rng, s):
    a, b = s.things[:2]
    tail = rng.choice(["", f" {s.place(rng, b)}", f" {s.place(rng, b)}", f" with {s.others(rng)[0].say(rng)}"])
    return f"there {be(a)} {a.say(rng)}{tail}"


def passive(rng, s):
    a, b = s.things[:2]
    verb = rng.choice(words_of(PASSIVE.get(a.kind, "located situated")))
    return f"{a.say(rng, 0.1)} {be(a)} {verb} {s.place(rng, b)}"


def participle(rng, s):
    a, b = s.things[:2]
    verb = rng.choice(words_of(PASSIVE.get(a.kind, "located")) + [ing(v) for v in ACTIVE.get(a.kind, "lie").split()])
    return f"{a.say(rng)} {verb} {s.place(rng, b)}"


def progressive(rng, s):
    a, b = s.things[:2]
    verb = rng.choice(ACTIVE.get(a.kind, "lie stand").split())
    form = f"{be(a)} {ing(verb)}" if rng.random() < 0.5 else verb if a.plural else f"{verb}s"
    return f"{a.say(rng, 0.2)} {form} {s.place(rng, b)}"


def bare(rng, s):
    a, b = s.things[:2]
    return f"{a.say(rng)} {s.place(rng, b)}"


def copula(rng, s):
    a, b = s.things[:2]
    return f"{a.say(rng, 0.3)} {be(a)} {s.place(rng, b)}"


def surrounded(rng, s):
    b = s.things[1]
    verb = rng.choice(["surrounded by", "surrounded by", "encircled by", "lined with", "covered with", "full of"])
    return f"{b.say(rng, 0.5)} is {verb} {listed(rng, [t.say(rng) for t in [s.things[0], *s.others(rng)][: rng.choice([1, 2, 3])]])}"


def listing(rng, s):
    things = [s.things[0], *s.others(rng)]
    verb = "are" if len(things) > 1 or things[0].plural else "is"
    return f"{listed(rng, [t.say(rng) for t in things])} {verb} {s.place(rng, s.things[1])}"


def with_sides(rng, s):
    b, c = s.things[1], s.others(rng)[0]
    return f"{b.say(rng)} with {s.things[0].say(rng)} and {c.say(rng)} on {rng.choice(['both sides', 'one side', 'two sides', 'its left side'])}"


def inverted(rng, s):
    a, b = s.things[:2]
    verb = rng.choice([be(a), be(a), f"there {be(a)}"])
    before = rng.choice([*SIDES[:4], "next to", "in the centre of", "in the middle of", "in the upper left corner of"])
    place = f"{before} the {b.name(rng)}"
    return f"{place} {verb} {a.say(rng)}"


def one_and_other(rng, s):
    a, b, c = s.things[:3]
    join = rng.choice([f"while {c.say(rng)} {be(c)}", f"and {c.say(rng)} {be(c)}", f"with {c.say(rng)}"])
    return f"{a.say(rng)} {be(a)} on one side of the {b.name(rng)} {join} on the other side"


def picture(rng, s):
    frame = rng.choice(["this is", "it is", "the picture shows", "we can see", "the image contains", "you can see"])
    return f"{frame} {s.things[1].say(rng)} with {listed(rng, [t.say(rng) for t in [s.things[0], *s.others(rng)][: rng.choice([1, 2])]])}"


def have(rng, s):
    a, b = s.things[:2]
    verb = rng.choice(["has", "contains", "includes", "consists of"])
    return f"the {b.name(rng)} {verb} {listed(rng, [t.say(rng) for t in [a, *s.others(rng)][: rng.choice([1, 2])]])}"


def relative(rng, s):
    a, b = s.things[:2]
    clause = rng.choice([f"which {be(a)}", f"that {be(a)}"])
    return f"there {be(a)} {a.say(rng)} {clause} {s.place(rng, b)}"


def adjective(rng, s):
    a, b = s.things[:2]
    colour = rng.choice(a.adjectives or ["white", "different in size", "very dense", "not very tall"])
    return f"the {a.name(rng)} {s.place(rng, b)} {be(a)} {colour}"


def crossing(rng, s):
    for a in s.things:
        if a.kind in CROSSING:
            b = next(t for t in s.things if t is not a)
            base, third, participial = rng.choice(CROSSING[a.kind].split()).split("/")
            return f"{a.say(rng)} {rng.choice([base if a.plural else third, participial])} {b.say(rng, 0.5)}"
    return bare(rng, s)


def possessive(rng, s):
    a, b = s.things[:2]
    return rng.choice(
        [
            f"the {b.name(rng)}'s {a.name(rng)} {be(a)} {rng.choice(a.adjectives or ['clean'])}",
            f"the colour of the {a.name(rng)} is {rng.choice(['white', 'grey', 'dark green', 'blue and red'])}",
            f"the shape of the {b.name(rng)} is {rng.choice(['rectangular', 'a square', 'irregular', 'like a fan'])}",
            f"{a.say(rng)} of different {rng.choice(['sizes', 'colours', 'shapes'])} {be(a)} {s.place(rng, b)}",
            f"some of the {a.name(rng, True)} are {rng.choice(['white', 'grey', 'larger than others', 'empty'])}",
        ]
    )


SHAPES = [there_are, there_are, passive, passive, participle, progressive, bare, copula, surrounded, listing, with_sides, inverted, one_and_other]
SHAPES += [picture, have, relative, adjective, crossing, possessive]


def describe(rng, scene):
    """One caption: a sentence or two, in American or British spelling, with the full stop set off, glued or left out."""
    text = rng.choice(SHAPES)(rng, scene)
    draw = rng.random()
    if draw < 0.12:
        join = rng.choice([" . ", ". ", " and ", " , and ", " while ", ", ", "."])
        text += join + rng.choice(SHAPES)(rng, scene)
    elif draw < 0.17:
        text += rng.choice([" , which is very large", " in the suburb", " from above", " in this area", " and so on", " at the same time", " nearby"])
    if rng.random() < 0.6:
        for british, american in AMERICAN.items():
            text = text.replace(british, american)
    if rng.random() < 0.04:
        text = misspelt(rng, text)
    if rng.random() < 0.45:
        text = text[0].upper() + text[1:]
    return text + rng.choice([" .", " .", " .", ".", ".", ""])


def misspelt(rng, text):
    words = text.split(" ")
    at = rng.randrange(len(words))
    word = words[at]
    if len(word) > 3:
        i = rng.randrange(1, len(word) - 1)
        words[at] = rng.choice([word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], word[: i - 1] + word[i] + word[i - 1] + word[i + 1 :]])
    return " ".join(words)


def disturbed(rng, text):
    """A reference as a captioner may garble it: words dropped, doubled, moved or replaced."""
    words = []
    for word in text.split(" "):
        draw = rng.random()
        if draw < 0.08:
            continue
        words.append(rng.choice(["green", "many", "road", "building", "trees", "the", "near"]) if draw < 0.16 else word)
        if draw > 0.96:
            words.append(word)
    if rng.random() < 0.2 and len(words) > 4:
        cut = rng.randrange(1, len(words))
        words = words[cut:] + words[:cut]
    return " ".join(words) or "a road ."


def candidate_for(rng, scene, references):
    draw = rng.random()
    if draw < 0.04:
        return rng.choice(references)
    if draw < 0.45:
        return describe(rng, scene)
    if draw < 0.62:
        return disturbed(rng, rng.choice(references))
    if draw < 0.86:
        return describe(rng, scene.varied(rng))
    if draw < 0.97:
        return describe(rng, Scene(rng))
    thing = scene.things[0].say(rng)
    return f"{' and '.join([thing] * rng.choice([2, 3, 4]))} {scene.place(rng, scene.things[1])} ."


def images(count, references=5, seed=0):
    """Seeded images: `count` pairs of a candidate and a list of `references` captions. No caption is empty."""
    rng = random.Random(seed)
    out = []
    for _ in range(count):
        scene = Scene(rng)
        captions = [describe(rng, scene) for _ in range(references)]
        out.append((candidate_for(rng, scene, captions), captions))
    return out


def main():
    count, references, seed = map(int, sys.argv[1:])
    made = images(count, references, seed)
    json.dump({"candidates": [c for c, _ in made], "references": [r for _, r in made]}, sys.stdout)


if __name__ == "__main__":
    main()
