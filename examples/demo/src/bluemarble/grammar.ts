/**
 * A small grammar for captions. In a skeleton, `{a|b|c}` is a choice between words (one may be empty) and `{slot}` a choice
 * between the words given for the slot; choices nest. Earlier alternatives are likelier, as in captions that people write: there is a usual
 * way to say it, and others.
 */
import { fail } from "@rsdix/internal";

/** The words a slot may take, likeliest first. */
export type Slots = Readonly<Record<string, readonly string[]>>;

/** Chooses one of `count` alternatives, counted from 0. */
export type Choose = (count: number) => number;

/** How fast later alternatives become less likely: the second of two is taken in 43 of 100 cases. */
const DECAY = 0.4;

/**
 * Draws an alternative with the likelihood of its place: a power of its number.
 *
 * @param next a stream of numbers in [0, 1)
 * @returns the chooser
 */
export function skewed(next: () => number): Choose {
  return (count) => {
    let total = 0;
    for (let i = 0; i < count; i++) total += (i + 1) ** -DECAY;
    let rest = next() * total;
    for (let i = 0; i < count; i++) {
      rest -= (i + 1) ** -DECAY;
      if (rest < 0) return i;
    }
    return count - 1;
  };
}

/** A pair of braces without braces between them; the choices inside a choice are made first. */
const INNERMOST = /\{([^{}]*)\}/g;

/**
 * Writes one caption.
 *
 * @param skeletons the sentences to choose from, likeliest first
 * @param slots the words of the slots
 * @param choose how to choose
 * @returns words separated by single spaces; "a" before a vowel becomes "an"
 * @throws RsdixError INVALID_ARGUMENT when a skeleton names a slot that has no words
 */
export function write(skeletons: readonly string[], slots: Slots, choose: Choose): string {
  let text = pick(skeletons, choose);
  while (text.includes("{")) {
    const before = text;
    text = text.replace(INNERMOST, (_, body: string) => {
      const words = body.includes("|") ? body.split("|") : slots[body];
      if (!words?.length) return fail("INVALID_ARGUMENT", `The skeleton "${before}" names the slot {${body}}, which has no words.`);
      return pick(words, choose);
    });
    if (text === before) fail("INVALID_ARGUMENT", `The skeleton "${text}" has a brace without its partner.`);
  }
  return text
    .replace(/ +/g, " ")
    .trim()
    .replace(/\ba (?=[aeiou])/g, "an ");
}

function pick<T>(from: readonly T[], choose: Choose): T {
  return from[choose(from.length)]!;
}
