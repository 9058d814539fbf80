import type { AddedToken } from "./tokenizer-file";

/** Cuts a text at added tokens: `{ token }` where one stood, `{ text }` between. */
export type Section = { readonly token: AddedToken; readonly text?: never } | { readonly text: string; readonly token?: never };

/** A function that cuts texts at the tokens, of two that begin alike at the longer; white space beside them goes where they say so. */
export function tokenSplitter(tokens: readonly AddedToken[]): (text: string) => Section[] {
  if (tokens.length === 0) return (text) => (text === "" ? [] : [{ text }]);
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  const longestFirst = [...byContent.keys()].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(`(${longestFirst.map((content) => content.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|")})`, "u");
  return (text) => {
    const parts = text.split(pattern); // text, token, text, token, …, text
    return parts.flatMap((part, i): Section[] => {
      if (i % 2 === 1) return [{ token: byContent.get(part)! }];
      const left = i > 0 && byContent.get(parts[i - 1]!)!.rstrip ? part.trimStart() : part;
      const both = i + 1 < parts.length && byContent.get(parts[i + 1]!)!.lstrip ? left.trimEnd() : left;
      return both === "" ? [] : [{ text: both }];
    });
  };
}
