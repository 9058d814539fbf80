import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { readFixture } from "../../test/read-fixture";
import { ptbTokenize } from "./ptb-tokenize";

const golden = await readFixture<{ captions: string[]; tokens: string[] }>("ptb");

describe("ptbTokenize", () => {
  it("gives the tokens of CoreNLP 3.4.1, caption by caption", () => {
    expect(golden.captions.length).toBeGreaterThan(6900);
    const ours = ptbTokenize(golden.captions, { keepPunctuation: true });
    const wrong = golden.captions.flatMap((caption, i) =>
      ours[i] === golden.tokens[i] ? [] : [{ caption, ours: ours[i], reference: golden.tokens[i] }],
    );
    expect(wrong).toEqual([]);
  });

  // Of CoreNLP 3.4.1's jar.
  it.each([
    ["a -LRB- white -RRB- roof", "a -lrb- white -rrb- roof"],
    ["a -lcb- x -Rcb- roof -lsb- y -rsb- end", "a -lcb- x -rcb- roof -lsb- y -rsb- end"],
    ["foo -LRB-white", "foo -lrb- white"],
    ["x-LRB-y a-lrb-b", "x-lrb-y a-lrb-b"],
    ["-lrb LRB- and -LRBx-", "lrb lrb and lrbx"],
  ])("keeps brackets that are tokens already: %s", (caption, tokens) => {
    expect(ptbTokenize([caption])).toEqual([tokens]);
  });

  it.each([
    ["the AT&T., a lake", "the at&t. , a lake"],
    ["AT&T. lake", "at&t . lake"],
    ["an Ed.D. The x", "an ed.d. . the x"],
    ["a Bancorp., x", "a bancorp. , x"],
    ["http://a.b/c{d www.a.com/c{d", "http://a.b/c -lcb- d www.a.com/c{d"],
  ])("reads full stops and braces as it does: %s", (caption, tokens) => {
    expect(ptbTokenize([caption], { keepPunctuation: true })).toEqual([tokens]);
  });

  it.each([
    ["&quot;a lake&quot; &quot;$5 &QUOT;x", "`` a lake '' `` $ 5 &quot; x"],
    ["a\\*\\*\\*\\* b", "a \\*\\*\\* \\* b"],
    ["&lt;a@b.com&gt; &LT;x@y x&lt;a@b.c", "&lt;a@b.com&gt; &lt;x@y x&lt;a@b.c"],
    ["x \u3000.com y \u2003b.net z\t\u00a0.org", "x . com y b.net z . org"],
    ["x\u3000.com", "x\u3000.com"],
    ["５555 123 4567 (555) 123-4567５", "５555 123 4567 -lrb-555-rrb-\u00a0123-4567 ５"],
    ["non-U.S. <b> a Sino-U.S. The x", "non-u.s. . <b> a sino-u.s. . the x"],
    ["U.S.-U.K. Mr. x u.s.-u.s.s.r x", "u.s.-u.k. . mr. x u.s.-u.s.s.r x"],
  ])("reads entities, wide blanks and acronyms with a hyphen as it does: %s", (caption, tokens) => {
    expect(ptbTokenize([caption], { keepPunctuation: true })).toEqual([tokens]);
  });

  it("drops what coco-caption drops, and no more", () => {
    const dropped = new Set(["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"]);
    const expected = golden.tokens.map((line) =>
      line
        .split(" ")
        .filter((token) => !dropped.has(token))
        .join(" "),
    );
    expect(ptbTokenize(golden.captions)).toEqual(expected);
  });

  it("reads a caption on its own where nothing at its end depends on the next", () => {
    const captions = [
      "A 3-storey building; the owner's car, 1,234 trees and 5.5 acres",
      "buildings ' roofs are red and the cars' colors are white",
    ];
    expect(captions.map((caption) => ptbTokenize([caption])[0])).toEqual(ptbTokenize(captions));
    expect(ptbTokenize(["it is no.", "5 trees"])[0]).toBe("it is no.");
    expect(ptbTokenize(["it is no."])[0]).toBe("it is no");
  });

  it("keeps a caption one caption, whatever breaks its lines", () => {
    const captions = ["a\nb", "a\r\nb", "a\u2028b", "a\vb\f", "\n"];
    expect(ptbTokenize(captions)).toEqual(["a b", "a b", "a b", "a b", ""]);
    expect(ptbTokenize([])).toEqual([]);
    expect(ptbTokenize(["", ""])).toEqual(["", ""]);
  });

  it("takes any string, also halves of a pair and what a long one has no end of", () => {
    expect(ptbTokenize(["\ud83d a \ude00", "\ufffe\uffff\0"])).toEqual(["a", ""]);
    for (const part of ["€a.", "a-U.S.-", "o'ab_", "&apos;", "a,", "<a ", "a-", "a.", "'", "1 ", "a@", "(", "http://a", "&#", "a'a"]) {
      expect(ptbTokenize([part.repeat(1000)])).toHaveLength(1);
    }
  });

  it("refuses what it cannot read", () => {
    const invalid = (message: string) => refusal("INVALID_ARGUMENT", message);
    expect(() => ptbTokenize("a" as unknown as string[])).toThrow(invalid("captions must be an array of strings, got string"));
    expect(() => ptbTokenize(["a", 3 as unknown as string])).toThrow(invalid(/captions\[1\] must be a string, got number/.source));
    expect(() => ptbTokenize(new Array<string>(1))).toThrow(invalid("must be a string, got undefined"));
    expect(() => ptbTokenize(["a", "b ".repeat(5001)])).toThrow(invalid("has 10002 characters, more than the 10000"));
    expect(() => ptbTokenize([], { keepPunctuation: 1 as unknown as boolean })).toThrow(
      invalid("keepPunctuation must be true or false, got 1"),
    );
    expect(() => ptbTokenize([], { lowerCase: true } as object)).toThrow(refusal("UNKNOWN_OPTION"));
  });
});
