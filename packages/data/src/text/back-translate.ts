import { checkOptions, checkRange, checkSignal, fail, show } from "@rsdix/internal";
import type { Random } from "../create-random";
import { untilAborted } from "../until-aborted";

/** Translates texts from one language into another, both as ISO 639-1 codes ("en", "fr"): one text for each, in their order. */
export type Translate = (
  texts: readonly string[],
  from: string,
  to: string,
  signal?: AbortSignal,
) => Promise<readonly string[]> | readonly string[];

/** Options of `backTranslate`. */
export interface BackTranslateOptions {
  /** The translator: a model's call, or that of a service. */
  readonly translate: Translate;
  /** Where the draws come from, such as `createRandom(seed).fork(epoch)`. */
  readonly random: Random;
  /** The languages that one is drawn from for each caption; Spanish, French, Italian, Portuguese and Romanian unless told otherwise. */
  readonly languages?: readonly string[];
  /** The captions' language; "en" unless told otherwise. */
  readonly from?: string;
  /** How likely a caption is translated, 0 to 1; 0.5 unless told otherwise. */
  readonly probability?: number;
  /** Stops at once, without waiting for the translator, which is given it too. */
  readonly signal?: AbortSignal;
}

const OPTIONS = ["translate", "random", "languages", "from", "probability", "signal"] as const;

/**
 * Says captions in other words by translating them and back: into a Romance language that is drawn for each caption, and back into
 * English. Captions of one language go to the translator together, one language after the other, so that a translator needs one model at a
 * time.
 *
 * @param captions - sentences; one is never lost: where a translation comes back blank, the caption stays as it was.
 * @param options - `translate`, `random`, `languages` (Romance), `from` ("en"), `probability` (0.5), `signal`.
 * @returns a caption for each, in their order. Which ones are translated, and through what, depends on `random` alone.
 * @throws RsdixError INVALID_ARGUMENT for captions or languages that are no texts, a probability beyond 0 to 1, and for a translator that
 * gives another number of texts or something else than texts; ABORTED; UNKNOWN_OPTION. What the translator throws comes through as it is.
 * @example
 * ```ts
 * import { backTranslate, createRandom } from "@rsdix/data";
 * const translate = (texts: readonly string[], _from: string, to: string) => texts.map((text) => (to === "en" ? text.slice(3) : `${to} ${text}`));
 * const [caption] = await backTranslate(["a river"], { translate, random: createRandom(1), probability: 1 });
 * if (caption !== "a river") throw new Error(`got ${caption}`);
 * ```
 * @see Sennrich et al., "Improving neural machine translation models with monolingual data", 2016, https://arxiv.org/abs/1511.06709
 */
export async function backTranslate(captions: readonly string[], options: BackTranslateOptions): Promise<string[]> {
  checkOptions(options, OPTIONS, "backTranslate");
  const { translate, random, languages = ["es", "fr", "it", "pt", "ro"], from = "en", probability = 0.5, signal } = options ?? {};
  checkTexts(captions, "captions");
  checkTexts(languages, "languages");
  if (typeof from !== "string") fail("INVALID_ARGUMENT", `from must be a language such as "en", got ${show(from)}.`);
  if (languages.length === 0 || languages.includes(from)) {
    fail("INVALID_ARGUMENT", `languages must be at least one, and none the captions' own "${from}", got [${languages.join(", ")}].`);
  }
  if (typeof translate !== "function") fail("INVALID_ARGUMENT", `translate must be a function, got ${show(translate)}.`);
  if (typeof random?.next !== "function") fail("INVALID_ARGUMENT", `random must be what createRandom(seed) gives, got ${show(random)}.`);
  checkRange(probability, "probability", { min: 0, max: 1 });
  checkSignal(signal);

  const drawn = captions.map(() => (random.next() < probability ? languages[random.int(languages.length)] : undefined));
  const result = [...captions];
  for (const language of new Set(languages)) {
    const indices = [...result.keys()].filter((i) => drawn[i] === language);
    if (indices.length === 0) continue;
    const call = async (texts: readonly string[], source: string, target: string) => {
      const stopped = () => "Back-translation was stopped.";
      const translated = await untilAborted(signal, stopped, () => translate(texts, source, target, signal));
      checkTranslated(translated, texts.length, `${source} to ${target}`);
      return translated;
    };
    const there = await call(
      indices.map((i) => captions[i]!),
      from,
      language,
    );
    const back = await call(there, language, from);
    indices.forEach((index, i) => {
      if (there[i]!.trim() !== "" && back[i]!.trim() !== "") result[index] = back[i]!;
    });
  }
  return result;
}

function checkTexts(texts: readonly string[], name: string): void {
  if (!Array.isArray(texts)) fail("INVALID_ARGUMENT", `${name} must be a list of texts, got ${show(texts)}.`);
  texts.forEach((text: unknown, i) => {
    if (typeof text !== "string") fail("INVALID_ARGUMENT", `${name}[${i}] must be a text, got ${show(text)}.`);
  });
}

function checkTranslated(texts: readonly string[], count: number, way: string): void {
  if (!Array.isArray(texts) || texts.length !== count) {
    const got = Array.isArray(texts) ? `${texts.length}` : show(texts);
    fail("INVALID_ARGUMENT", `translate must give a text for each of ${count}, got ${got} (${way}).`);
  }
  texts.forEach((text: unknown, i) => {
    if (typeof text !== "string") fail("INVALID_ARGUMENT", `translate must give texts, got ${show(text)} for number ${i} (${way}).`);
  });
}
