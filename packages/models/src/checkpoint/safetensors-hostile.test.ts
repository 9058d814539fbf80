import { describe, it } from "vitest";
import { expectRefusedWithinBounds } from "../../test/hostile";
import { headerEntry as entry, safetensorsFile as file } from "../../test/safetensors-files";

const f32 = entry("F32", [1], [0, 4]);
/** A header of nearly 8 MB: the same text again and again, each time with a number of its own. */
const many = (open: string, text: (i: number) => string, close: string, bytes = 7_900_000) => {
  const parts: string[] = [];
  for (let i = 0, length = 0; length < bytes; i++) {
    parts.push(text(i));
    length += parts[i]!.length + 1;
  }
  return file(open + parts.join(",") + close);
};
/** A file that says it is of any size, and goes on with zeros. */
const endless = (start: Uint8Array, size: number) => ({ start, size });

const terabytes = file(`{"a":${entry("U8", [4e12], [0, 4e12])}}`);

const files: [string, () => Uint8Array | ReturnType<typeof endless>, string][] = [
  ["an empty file", () => new Uint8Array(), "FILE_CORRUPT"],
  ["seven bytes", () => new Uint8Array(7), "FILE_CORRUPT"],
  ["zeros", () => new Uint8Array(64), "FILE_CORRUPT"],
  ["a cut-off header", () => file(`{"a":${f32}}`, 4).slice(0, 30), "FILE_CORRUPT"],
  ["cut-off data", () => file(`{"a":${f32}}`, 3), "FILE_CORRUPT"],
  ["a tail", () => file(`{"a":${f32}}`, 5), "FILE_CORRUPT"],
  ["a header of 8 EB", () => file("{}", 0, 1n << 63n), "FILE_TOO_LARGE"],
  ["a header of 100 MB in a file of 1 TB", () => endless(file("{}", 0, 100_000_000n), 1e12), "FILE_TOO_LARGE"],
  ["a header of 8 MB of zeros in a file of 1 TB", () => endless(file("", 0, 8_000_000n), 1e12), "FILE_CORRUPT"],
  ["a million open lists", () => file(`{"a":${"[".repeat(1_000_000)}`), "FILE_CORRUPT"],
  ["eight million open objects", () => file("{".repeat(7_999_000)), "FILE_CORRUPT"],
  ["lists four million deep", () => file(`{"a":${"[".repeat(3_900_000)}${"]".repeat(3_900_000)}}`), "FILE_CORRUPT"],
  ["two million empty lists", () => file(`{"a":[${"[],".repeat(2_000_000)}[]]}`), "FILE_CORRUPT"],
  ["a million names in metadata", () => many('{"__metadata__":{', (i) => `"${i}":""`, "}}"), "FILE_CORRUPT"],
  [
    "a shape of four million sizes",
    () => file(`{"a":{"dtype":"F32","shape":[${"1,".repeat(3_900_000)}1],"data_offsets":[0,4]}}`, 4),
    "FILE_CORRUPT",
  ],
  ["100,000 arrays in one place", () => many("{", (i) => `"a${i}":${f32}`, "}"), "FILE_CORRUPT"],
  ["a name of 8 MB", () => file(`{"${"a".repeat(7_900_000)}":${f32}}`, 3), "FILE_CORRUPT"],
  ["text of 8 MB without an end", () => file(`{"${"\\\\".repeat(3_900_000)}`), "FILE_CORRUPT"],
  ["a dtype of 8 MB", () => file(`{"a":${entry("x".repeat(7_900_000), [1], [0, 4])}}`, 4), "FILE_CORRUPT"],
  ["a dtype that is a list", () => file(`{"a":${entry(["F32"], [1], [0, 4])}}`, 4), "FILE_CORRUPT"],
  ["a wrong dtype", () => file(`{"a":${entry("F64", [1], [0, 4])}}`, 4), "FILE_CORRUPT"],
  ["an unknown dtype", () => file(`{"a":${entry("F8_E5M2", [4], [0, 4])}}`, 4), "FILE_CORRUPT"],
  ["overlapping arrays", () => file(`{"a":${entry("F32", [2], [0, 8])},"b":${entry("F32", [2], [4, 12])}}`, 12), "FILE_CORRUPT"],
  ["offsets of 2^53", () => file(`{"a":${entry("F32", [1], [2 ** 53, 2 ** 53 + 4])}}`, 4), "FILE_CORRUPT"],
  ["an array of 4 TB in a file of 4 TB", () => endless(terabytes, terabytes.length + 4e12), "OUT_OF_MEMORY"],
  ["sizes of 2^80 and 0", () => file(`{"a":${entry("F32", [2 ** 40, 2 ** 40, 0], [0, 4])}}`, 4), "FILE_CORRUPT"],
  [
    "int8 without a scale",
    () => file(`{"__metadata__":{"rsdix_storage":"int8-symmetric"},"a":${entry("I8", [2, 2], [0, 4])}}`, 4),
    "FILE_CORRUPT",
  ],
  [
    "a scale of another shape",
    () =>
      file(
        `{"__metadata__":{"rsdix_storage":"int8-symmetric"},"a":${entry("I8", [2, 2], [12, 16])},"a.scale":${entry("F32", [3, 1], [0, 12])}}`,
        16,
      ),
    "FILE_CORRUPT",
  ],
  ["storage of a kind that nobody knows", () => file(`{"__metadata__":{"rsdix_storage":"int1"},"a":${f32}}`, 4), "FILE_CORRUPT"],
];

describe("a hostile safetensors file", () => {
  it.each(files)("is refused fast and within bounds: %s", async (_, make, code) => {
    const made = make();
    const { start, size } = made instanceof Uint8Array ? { start: made, size: undefined } : made;
    await expectRefusedWithinBounds("safetensors", start, code, size);
  });
});

const index = (map: unknown) => JSON.stringify({ metadata: { total_size: 4 }, weight_map: map });
const indexes: [string, string, string][] = [
  ["no JSON", "nothing", "FILE_CORRUPT"],
  ["nothing", "", "FILE_CORRUPT"],
  ["a list", "[]", "FILE_CORRUPT"],
  ["no weight_map", "{}", "FILE_CORRUPT"],
  ["a weight_map that is a list", index(["a.safetensors"]), "FILE_CORRUPT"],
  ["no files", index({}), "FILE_CORRUPT"],
  ["a file above its folder", index({ a: "../a.safetensors" }), "FILE_CORRUPT"],
  ["an absolute path", index({ a: "/etc/a.safetensors" }), "FILE_CORRUPT"],
  ["a path below", index({ a: "b/a.safetensors" }), "FILE_CORRUPT"],
  ["a path of Windows", index({ a: "..\\a.safetensors" }), "FILE_CORRUPT"],
  ["a drive of Windows", index({ a: "c:a.safetensors" }), "FILE_CORRUPT"],
  ["an address", index({ a: "http://x/a.safetensors" }), "FILE_CORRUPT"],
  ["a way out, percent-encoded", index({ a: "..%2fa.safetensors" }), "FILE_CORRUPT"],
  ["a query", index({ a: "a?b=.safetensors" }), "FILE_CORRUPT"],
  ["a NUL", index({ a: "a\0.safetensors" }), "FILE_CORRUPT"],
  ["the folder itself", index({ a: ".." }), "FILE_CORRUPT"],
  ["a hidden file", index({ a: ".a.safetensors" }), "FILE_CORRUPT"],
  ["a file of another kind", index({ a: "passwd" }), "FILE_CORRUPT"],
  ["a number for a file", index({ a: 5 }), "FILE_CORRUPT"],
  ["an array twice", '{"weight_map":{"a":"a.safetensors","a":"a.safetensors"}}', "FILE_CORRUPT"],
  ["1001 files", index(Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [i, `${i}.safetensors`]))), "FILE_CORRUPT"],
  ["a million arrays", index(Object.fromEntries(Array.from({ length: 500_000 }, (_, i) => [i, "a.safetensors"]))), "FILE_CORRUPT"],
  ["lists a million deep", `{"weight_map":${"[".repeat(1_000_000)}`, "FILE_CORRUPT"],
  ["16 MB and more", " ".repeat(16_000_001), "FILE_TOO_LARGE"],
  ["an array that its file lacks", index({ a: "a.safetensors", b: "a.safetensors" }), "FILE_CORRUPT"],
  ["a file with more than it says", index({ b: "a.safetensors" }), "FILE_CORRUPT"],
];

describe("a hostile index", () => {
  it.each(indexes)("is refused fast and within bounds: %s", async (_, text, code) => {
    await expectRefusedWithinBounds("shards", text, code);
  });
});
