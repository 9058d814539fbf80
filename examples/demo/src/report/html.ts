/** Markup that is already safe: made by `html` or vouched for by `trusted`. */
export class Html {
  /** @param markup the markup */
  constructor(readonly markup: string) {}
}

/** What a template may hold: markup as it is, text and numbers escaped, lists one after the other. */
export type Part = Html | string | number | readonly Part[];

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/**
 * Template tag: everything put in is escaped, unless it is markup itself. Captions, class names and file names are data, whoever made them.
 *
 * @param pieces the literal markup
 * @param parts what goes between
 * @returns the markup
 */
export function html(pieces: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(pieces.reduce((before, piece, index) => before + render(parts[index - 1]!) + piece));
}

/**
 * Vouches for markup that another library made.
 *
 * @param markup it
 * @returns it, never escaped again
 */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/**
 * Escapes text for an element or a quoted attribute.
 *
 * @param text any text
 * @returns the text without characters that mean something to HTML
 */
export function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

function render(part: Part): string {
  if (part instanceof Html) return part.markup;
  if (typeof part === "object") return part.map(render).join("");
  return escapeText(String(part));
}
