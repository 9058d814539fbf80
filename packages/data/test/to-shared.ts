/** A copy in memory that threads share; pages that aren't isolated have it through WebAssembly alone. */
export function toShared(bytes: Uint8Array): Uint8Array {
  const pages = Math.ceil(bytes.length / 65_536);
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const shared = new Uint8Array(buffer, 0, bytes.length);
  shared.set(bytes);
  return shared;
}
