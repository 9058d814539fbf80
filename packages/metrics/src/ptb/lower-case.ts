const SIGMA = /\u03a3/g;
// What Java takes for one word when it looks for the letters around a sigma: Chinese and Japanese ones are none of its.
const AROUND = /(?:(?![\p{scx=Han}\p{scx=Hira}\p{scx=Kana}])[\p{L}\p{M}\p{N}\p{Cf}_.'\u2019-])+/gu;
const CASED = /(?![ªº])\p{Cased}/u;

/** The token in small letters as Java writes them: a sigma ends a word also after digits, and before what isn't a letter with a case. */
export function lowerCase(token: string): string {
  if (!token.includes("\u03a3")) return token.toLowerCase();
  const written = token.replace(AROUND, (word) =>
    word.replace(SIGMA, (_, at: number) => (CASED.test(word.slice(0, at)) && !CASED.test(word.slice(at + 1)) ? "\u03c2" : "\u03c3")),
  );
  return written.toLowerCase();
}
