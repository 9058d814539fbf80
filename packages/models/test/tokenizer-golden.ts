import { readFileSync } from "node:fs";

interface Batch {
  readonly texts: string[];
  readonly ids: number[][];
  readonly mask: number[][];
}

interface TokenizerGolden {
  readonly size: number;
  readonly ids: number[][];
  readonly decoded: string[];
  readonly truncated: number[];
  readonly batch?: Batch;
}

interface Golden {
  readonly texts: string[];
  readonly clip: TokenizerGolden & { readonly skeleton: unknown };
  readonly gpt2: TokenizerGolden & { readonly skeleton: unknown };
  readonly bert: TokenizerGolden & {
    readonly skeleton: { readonly model: object };
    readonly cased: number[][];
    readonly pairs: (Omit<Batch, "texts"> & { readonly pairs: [string, string][]; readonly limit: number; readonly types: number[][] })[];
  };
  readonly siglip: TokenizerGolden & {
    readonly skeleton: { readonly model: object; readonly normalizer: { readonly normalizers: Record<string, unknown>[] } };
  };
  readonly siglipBytes: TokenizerGolden & { readonly model: string };
}

/** The golden ids. Read here, as importing JSON fails on half a surrogate pair. */
export function tokenizerGolden(): Golden {
  return JSON.parse(readFileSync(new URL("../src/fixtures/tokenizers.json", import.meta.url), "utf8"));
}
