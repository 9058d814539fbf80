import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { scratchFolder } from "../../../test/scratch-folder";
import { cli } from "./run-cli";

const docs = fileURLToPath(new URL("../../../docs/metrics", import.meta.url));

/** To ten digits: of a root or a power, engines differ in the last one (Node 24 beside Node 20). */
const rounded = (text: string) => text.replace(/-?\d+\.\d+(?:e-?\d+)?/g, (number) => Number(number).toPrecision(10));

it("the figure and tables of docs/metrics are what the command on that page gives now", async () => {
  const [, command] = /\nnpx rsdix (study docs\/metrics\/captions\.csv [^\n]*)\n/.exec(readFileSync(join(docs, "study.md"), "utf8"))!;
  const out = scratchFolder();
  const args = command!.split(" ").map((arg) => (arg === "docs/metrics/study" ? out : arg.replace(/^docs\/metrics(?=\/)/, docs)));
  expect(await cli(args)).toMatchObject({ code: 0, err: "" });
  for (const name of ["study.json", "study.tsv", "study.svg"]) {
    expect(rounded(readFileSync(join(out, name), "utf8")), name).toBe(rounded(readFileSync(join(docs, "study", name), "utf8")));
  }
});
