import { fail } from "@rsdix/internal";

/**
 * Whose names a block's weights have: `"clip"` for Hugging Face's CLIP and SigLIP (`self_attn.q_proj.weight`), `"bert"` for its BERT
 * (`attention.self.query.weight`), `"torch"` for PyTorch's `nn.MultiheadAttention` and `nn.TransformerEncoderLayer`
 * (`self_attn.in_proj_weight`: queries, keys and values in one matrix).
 */
export type BlockNames = "clip" | "bert" | "torch";

/** What the layers of attention are called. */
export interface AttentionNames {
  /** What makes queries, keys and values; a layer that is named again makes the next columns too. Up to and including what `weight` follows. */
  readonly inputs: readonly [q: string, k: string, v: string];
  /** The layer after the heads are joined. */
  readonly out: string;
}

/** What the layers of a block are called. */
interface LayerNames {
  readonly attention: AttentionNames;
  /** What stands before the names of attention. */
  readonly attentionPrefix: string;
  readonly norm1: string;
  readonly fc1: string;
  readonly fc2: string;
  readonly norm2: string;
}

const NAMES: Record<BlockNames, LayerNames> = {
  clip: {
    attention: { inputs: ["q_proj.", "k_proj.", "v_proj."], out: "out_proj" },
    attentionPrefix: "self_attn.",
    norm1: "layer_norm1",
    fc1: "mlp.fc1",
    fc2: "mlp.fc2",
    norm2: "layer_norm2",
  },
  bert: {
    attention: { inputs: ["self.query.", "self.key.", "self.value."], out: "output.dense" },
    attentionPrefix: "attention.",
    norm1: "attention.output.LayerNorm",
    fc1: "intermediate.dense",
    fc2: "output.dense",
    norm2: "output.LayerNorm",
  },
  torch: {
    attention: { inputs: ["in_proj_", "in_proj_", "in_proj_"], out: "out_proj" },
    attentionPrefix: "self_attn.",
    norm1: "norm1",
    fc1: "linear1",
    fc2: "linear2",
    norm2: "norm2",
  },
};

/** The names that `names` stands for. */
export function layerNames(names: BlockNames): LayerNames {
  if (Object.hasOwn(NAMES, names)) return NAMES[names];
  fail("INVALID_ARGUMENT", `names must be one of ${Object.keys(NAMES).join(", ")}, got "${String(names)}".`);
}
