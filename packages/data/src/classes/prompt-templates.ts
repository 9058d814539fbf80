const CLIP_NOUNS = ["satellite imagery", "aerial imagery", "satellite photo", "aerial photo", "satellite view", "aerial view"];

/**
 * Prompts that papers classify aerial and satellite images with; `{class}` is where a class's name goes.
 *
 * - `rsdix`: RSDiX's one prompt, which its zero-shot scores are published with.
 * - `clip`: the eighteen of CLIP's authors for RESISC45.
 * - `clipEurosat`: the three of CLIP's authors for EuroSAT.
 * - `remoteClip`: RemoteCLIP's one.
 *
 * @example
 * ```ts
 * import { PROMPT_TEMPLATES } from "@rsdix/data";
 * if (PROMPT_TEMPLATES.clip.length !== 18) throw new Error("expected CLIP's eighteen");
 * ```
 * @see RSDiX; Radford et al., https://arxiv.org/abs/2103.00020 (section 3.1.4); Liu et al., https://arxiv.org/abs/2306.11029 (section IV)
 */
export const PROMPT_TEMPLATES: Readonly<Record<"rsdix" | "clip" | "clipEurosat" | "remoteClip", readonly string[]>> = {
  rsdix: ["Aerial photograph of {class}"],
  clip: ["", "a ", "the "].flatMap((article) => CLIP_NOUNS.map((noun) => `${noun} of ${article}{class}.`)),
  clipEurosat: ["", "a ", "the "].map((article) => `a centered satellite photo of ${article}{class}.`),
  remoteClip: ["a satellite photo of {class}."],
};
