import { fail, type RsdixError } from "@rsdix/internal";
import { detectModel } from "@rsdix/models";

type Kind = Awaited<ReturnType<typeof detectModel>>;

/** What each kind of model is called, and what takes it. */
const KINDS: Readonly<Record<Kind, readonly [name: string, takenBy: string]>> = {
  clip: ["a CLIP", "rsdix eval clip, rsdix embed and rsdix fit clip take it"],
  siglip: ["a SigLIP", "rsdix eval clip, rsdix embed and rsdix fit clip take it"],
  clipcap: ["a captioner", "rsdix caption and rsdix eval clipcap take it"],
  gpt2: ["a GPT-2", "rsdix fit clipcap takes it, as --model.gpt_model"],
  bert: ["a Sentence-BERT", "rsdix eval clipcap takes it, as --sentence-bert"],
};

/** What is loaded, and what of. */
interface Loading {
  readonly source: string;
  /** Kinds that would do. */
  readonly kinds: readonly Kind[];
  /** The same in words: "a captioner". */
  readonly wanted: string;
  readonly signal: AbortSignal;
}

/** Loads a model; where the source holds one of another kind, the error says which, and what takes it. */
export async function ofKind<T>({ source, kinds, wanted, signal }: Loading, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if ((error as RsdixError).code !== "CHECKPOINT_MISMATCH") throw error;
    const kind = await detectModel(source, { signal }).catch(() => undefined);
    if (kind === undefined || kinds.includes(kind)) throw error;
    const [name, takenBy] = KINDS[kind];
    return fail("CHECKPOINT_MISMATCH", `${source} holds ${name}, not ${wanted}: ${takenBy}.`, error);
  }
}
