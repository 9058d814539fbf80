import { fail } from "@rsdix/internal";

/** The SHA-256 of bytes, in hexadecimal. MISSING_DEPENDENCY where a browser has none: it does on pages that came by https, or from this machine. */
export async function sha256(bytes: Uint8Array): Promise<string> {
  if (!globalThis.crypto?.subtle) fail("MISSING_DEPENDENCY", "Telling files by their contents needs WebCrypto: serve the page by https.");
  const hash = await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>);
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
