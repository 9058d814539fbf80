/** The token in small letters as Java writes them: a sigma ends a word also after digits, and before what isn't a letter with a case. */
export function lowerCase(token: string): string {
  if (!token.includes("\u03a3")) return token.toLowerCase();
  // Here and not above: classes of letters take their time where they are made, even if nothing is read by them.
  const isCased = (text: string) => /(?![ªº])\p{Cased}/u.test(text);
  // What Java takes for one word when it looks for the letters around a sigma: Chinese and Japanese ones are none of its.
  const around = /(?:(?![\p{scx=Han}\p{scx=Hira}\p{scx=Kana}])[\p{L}\p{M}\p{N}\p{Cf}_.'\u2019-])+/gu;
  const written = token.replace(around, (word) =>
    word.replace(/\u03a3/g, (_, at: number) => (isCased(word.slice(0, at)) && !isCased(word.slice(at + 1)) ? "\u03c2" : "\u03c3")),
  );
  return written.toLowerCase();
}
