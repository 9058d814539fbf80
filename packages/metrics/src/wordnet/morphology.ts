import { ADJECTIVE_ENDINGS, NOUN_ENDINGS, VERB_ENDINGS } from "@rsdix/internal";

/** WordNet's rules of detachment by its letter of a part of speech. */
export const DETACHMENT = { n: NOUN_ENDINGS, v: VERB_ENDINGS, a: ADJECTIVE_ENDINGS, r: [] } as const;
