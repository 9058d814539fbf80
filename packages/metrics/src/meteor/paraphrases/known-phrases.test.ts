import { createRandom } from "@rsdix/internal";
import { expect, it } from "vitest";
import { KnownPhrases } from "./known-phrases";
import { addToHash, LeftPhrases } from "./paraphrase-index";

it("says of every phrase what the table says, first and again, also when more are asked than it keeps", () => {
  // Each left phrase: a number below 50, and for even ones 0, 1, 2 ... behind it.
  const phrases = Array.from({ length: 50 }, (_, n) => [n, ...Array.from({ length: n % 2 ? 0 : n % 5 }, (_, k) => k)]);
  const leftStarts = new Int32Array(51);
  phrases.forEach((phrase, n) => {
    leftStarts[n + 1] = leftStarts[n]! + phrase.length;
  });
  const none = new Int32Array(1);
  const right = { rightStarts: new Int32Array(51), rightWordStarts: none, rightLengths: new Uint8Array(0), rightWords: new Uint16Array(0) };
  const lefts = new LeftPhrases({ words: [], leftStarts, leftWords: Uint16Array.from(phrases.flat()), ...right });
  const known = new KnownPhrases(lefts);
  const random = createRandom(3);
  let found = 0;
  for (let round = 0; round < 6000; round++) {
    const start = random.int(3);
    const words = Int32Array.from([
      ...new Array(start).fill(7),
      ...phrases[random.int(50)]!,
      ...Array.from({ length: 6 }, () => random.int(round)),
    ]);
    for (let again = 0; again < 2; again++) {
      let phrase = known.start(words.length - start);
      let hash = 0;
      for (let length = 1; start + length <= words.length; length++) {
        hash = addToHash(hash, words[start + length - 1]!);
        phrase = known.longer(phrase, words, start, length);
        const left = lefts.find(words, start, length, hash);
        if (left !== known.leftOf(phrase) || lefts.mayGoOn(hash) !== known.goesOn(phrase)) throw new Error(`${words}: ${length} words`);
        if (left !== -1) found++;
      }
    }
  }
  expect(found).toBeGreaterThanOrEqual(12_000);
});
