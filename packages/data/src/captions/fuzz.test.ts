import type { RsdixError } from "@rsdix/internal";
import { describe, expect, it } from "vitest";
import { nwpuJson, rsicdJson, s2lcdXml } from "../../test/make-annotations";
import { memoryFiles } from "../../test/memory-files";
import { createRandom } from "../create-random";
import { parseKarpathy } from "../parse-karpathy";
import { stringifyCaptionsCsv } from "./csv";
import { stringifyCaptionsJsonLines } from "./json-lines";
import { captionsCsv, captionsJsonLines, karpathy, nwpuCaptions, s2lcd } from "./loaders";

const dataset = parseKarpathy(rsicdJson(3), "json");
const forms = [
  ["Karpathy's JSON", "a.json", JSON.stringify(rsicdJson(3)), karpathy],
  ["NWPU's JSON", "dataset_nwpu.json", JSON.stringify(nwpuJson(["x", "y"], 2)), nwpuCaptions],
  ["XML", "a.xml", s2lcdXml(3), s2lcd],
  ["CSV", "a.csv", stringifyCaptionsCsv(dataset), captionsCsv],
  ["JSON lines", "a.jsonl", stringifyCaptionsJsonLines(dataset), captionsJsonLines],
] as const;
const PIECES = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "\\",
  "\n",
  "<",
  ">",
  "&",
  "<!DOCTYPE x>",
  "null",
  "-1",
  "1e9",
  '"__proto__":',
  "../",
  "\u0000",
  "\uFEFF",
];

/** Every form's images, so that whatever is read finds some. */
const images = Object.fromEntries(
  [1, 2, 3]
    .flatMap((i) => [`airport_${i}.jpg`, `x/x_00${i}.jpg`, `y/y_00${i}.jpg`, `S2A_L1C_20150925_N0204R065_${i - 1}.tif`])
    .map((name) => [name, ""]),
);

describe.each(forms)("%s, changed at random", (_, name, text, load) => {
  it("is read or refused with a typed error that names the file", async () => {
    const random = createRandom(1);
    const bytes = new TextEncoder().encode(text);
    let refused = 0;
    for (let round = 0; round < 300; round++) {
      const at = random.int(bytes.length);
      const to = Math.min(bytes.length, at + random.int(random.int(4) === 0 ? bytes.length : 12));
      const piece =
        random.int(5) === 0 ? Uint8Array.of(128 + random.int(128)) : new TextEncoder().encode(PIECES[random.int(PIECES.length)]!);
      const changed = Uint8Array.from([...bytes.subarray(0, at), ...piece, ...bytes.subarray(to)]);
      for (const onError of ["throw", "skip"] as const) {
        try {
          const set = await load(memoryFiles({ ...images, [name]: changed }, "set"), { onError });
          expect(set.images.length).toBeGreaterThan(0);
          for (const { filename, sentences } of set.images) expect([filename.includes(".."), sentences.length > 0]).toEqual([false, true]);
        } catch (error) {
          const { code, message } = error as RsdixError;
          refused++;
          expect(["FILE_CORRUPT", "EMPTY_DATA", "FILE_NOT_FOUND"]).toContain(code);
          if (code !== "FILE_NOT_FOUND") expect(message).toContain(`set/${name}`);
        }
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(600);
  });
});

it("shows values that are too deep, and finds keys beside texts of megabytes", async () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const withRaw = (raw: string) =>
    memoryFiles({ "a.json": `{"images":[{"filename":"a.jpg","imgid":0,"split":"val","sentences":[{"raw":${raw}}]}]}`, "a.jpg": "" });
  await expect(karpathy(withRaw(deep))).rejects.toMatchObject({
    code: "FILE_CORRUPT",
    message: expect.stringMatching(/raw must be text, got a value that is too deep to show/),
  });
  const long = JSON.stringify("a\\".repeat(4_000_000));
  await expect(karpathy(withRaw(`${long},"raw":"b"`))).rejects.toMatchObject({
    code: "FILE_CORRUPT",
    message: expect.stringMatching(/the key "raw" a second time/),
  });
});
