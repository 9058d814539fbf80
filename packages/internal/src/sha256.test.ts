import { createHash } from "node:crypto";
import { afterEach, expect, it, vi } from "vitest";
import { refusal } from "../../../test/refusal";
import { sha256 } from "./index";

afterEach(() => void vi.unstubAllGlobals());

it("is that of node:crypto, of a part of a buffer, too", async () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => i);
  for (const part of [bytes, bytes.subarray(7, 20), new Uint8Array()])
    expect(await sha256(part)).toBe(createHash("sha256").update(part).digest("hex"));
});

it("says what needs it where a page has none", async () => {
  vi.stubGlobal("crypto", {});
  await expect(sha256(new Uint8Array())).rejects.toThrow(
    refusal("MISSING_DEPENDENCY", /^Telling files by their contents needs WebCrypto: serve the page by https\.$/),
  );
  await expect(sha256(new Uint8Array(), "Telling runs apart")).rejects.toThrow(refusal("MISSING_DEPENDENCY", /^Telling runs apart needs/));
});
