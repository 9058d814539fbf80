/** How a BERT vocabulary was made: text must be treated the same way. */
export interface BertTextOptions {
  /** Make letters small. Default true, as for the "uncased" models. */
  readonly lowercase?: boolean;
  /** Remove accents; as `lowercase` unless told otherwise. */
  readonly stripAccents?: boolean;
  /** Make each Chinese character a word. Default true. */
  readonly splitChinese?: boolean;
  /** Remove control characters. Default true. */
  readonly cleanText?: boolean;
}

// The blocks of ideographs that BERT's authors list; kana and hangul are not among them. One block starts at U+2B920 in the reference
// (Rust's), at U+2B820 in theirs.
const CHINESE =
  /[\u4e00-\u9fff\u3400-\u4dbf\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b920}-\u{2ceaf}\uf900-\ufaff\u{2f800}-\u{2fa1f}]/gu;
// Unassigned code points stay: later versions of Unicode assign them.
const CONTROL = /(?![\t\n\r])[\ufffd\p{Cc}\p{Cf}\p{Co}]/gu;
const WORDS = /[^\p{White_Space}\p{P}!-/:-@[-`{-~]+|[\p{P}!-/:-@[-`{-~]/gu;

/** The words of a text as BERT's vocabulary was made from: what its authors call basic tokenization. */
export function bertWords(text: string, options: BertTextOptions): string[] {
  const { lowercase = true, stripAccents = lowercase, splitChinese = true, cleanText = true } = options;
  let result = text;
  if (cleanText) result = result.replace(CONTROL, "");
  if (splitChinese) result = result.replace(CHINESE, " $& ");
  if (stripAccents) result = result.normalize("NFD").replace(/\p{Mn}/gu, "");
  // Letter by letter, as the reference: of a whole word JavaScript would make a last capital sigma a final one.
  if (lowercase) result = result.replaceAll("Σ", "σ").toLowerCase();
  return result.match(WORDS) ?? [];
}
