import { fail } from "./error";

/**
 * The SHA-256 of bytes, in hexadecimal, in Node and in pages. MISSING_DEPENDENCY where a browser has none: it does on pages that came by https, or from this
 * machine; `what` says what needs it.
 */
export async function sha256(bytes: Uint8Array, what = "Telling files by their contents"): Promise<string> {
  if (!globalThis.crypto?.subtle) fail("MISSING_DEPENDENCY", `${what} needs WebCrypto: serve the page by https.`);
  const hash = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
