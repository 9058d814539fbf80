/** Markup that is safe: made by `html`, or vouched for by `trusted`. */
export class Html {
  constructor(readonly markup: string) {}
}

/** What a template holds: markup as it is, text and numbers escaped, lists one item after the other. */
type Part = Html | string | number | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
/** Characters that HTML forbids, and those that turn the direction of the text around them. */
const FORBIDDEN = /(?![\t\n])\p{Cc}|\p{Cs}|\p{Noncharacter_Code_Point}|[\u202a-\u202e\u2066-\u2069]/gu;

/** Template tag: what is put in is escaped unless it is markup. Names, settings and paths are data, whoever wrote them. */
export function html(pieces: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(pieces.reduce((before, piece, i) => before + render(parts[i - 1]!) + piece));
}

/** Vouches for markup that a library made. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** Text for an element or a quoted attribute. */
export function escapeText(text: string): string {
  return text.replaceAll(FORBIDDEN, "\ufffd").replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter]!);
}

function render(part: Part): string {
  if (part instanceof Html) return part.markup;
  return typeof part === "object" ? part.map(render).join("") : escapeText(String(part));
}
