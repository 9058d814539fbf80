/** What the thread that reads a file is asked. */
export type EmbeddingsRequest =
  | { readonly kind: "open"; readonly path: string }
  | { readonly kind: "dim" }
  | { readonly kind: "group"; readonly index: number; readonly dim: number };

/** What it answers. */
export type EmbeddingsReply = { readonly value: unknown } | { readonly code: string; readonly message: string };
