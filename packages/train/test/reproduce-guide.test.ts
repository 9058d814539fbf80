import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parseConfig } from "../src/config/load-config";
import type { FitKind } from "../src/config/schemas";
import { publishedAverages, publishedResults } from "../src/report/published";
import { cli } from "./run-cli";

const page = readFileSync(new URL("../../../docs/guides/reproduce-the-paper.md", import.meta.url), "utf8");
const { sets, zeroShot, captions } = publishedResults();
type Values = readonly (number | null)[];

/** The tables of the page that begin with a column of this name: the heads, and the rows' cells. */
function tablesOf(head: string): { heads: string[]; rows: string[][] }[] {
  const tables = [...page.matchAll(/(?:^\|.*\n)+/gm)].map(([table]) => table.trim().split("\n"));
  const cells = (row: string) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  return tables.map(([heads, , ...rows]) => ({ heads: cells(heads!), rows: rows.map(cells) })).filter(({ heads }) => heads[0] === head);
}

const named = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
const written = (digits: number) => (value: number | null) => (value === null ? "" : value.toFixed(digits));

/** A row of a table, by the models that it has in the page's table. */
function column(models: readonly string[], rowOf: (table: (typeof zeroShot)[number]) => Values | undefined): Values {
  return models.map((model) => {
    const table = zeroShot.find((each) => each.models.includes(model) && rowOf(each) !== undefined)!;
    return rowOf(table)![table.models.indexOf(model)]!;
  });
}

it("has the published accuracy of all models on all sets, averages over named sets, and those printed", () => {
  const tables = tablesOf("set");
  expect(tables.flatMap(({ heads }) => heads.slice(1)).sort()).toEqual([...new Set(zeroShot.flatMap(({ models }) => models))].sort());
  for (const { heads, rows } of tables) {
    const models = heads.slice(1);
    const meanOf = (set: string) => column(models, (table) => publishedAverages(table, sets).find((each) => each.set === set)?.values);
    const means = Object.keys(sets).map((set) => [`mean of ${set}`, ...meanOf(set).map(written(2))]);
    const found = rows.filter(([label]) => !label!.startsWith("as printed"));
    expect(found).toEqual([
      ...sets["all thirteen"]!.map((set) => [
        set,
        ...column(models, (table) => table.rows.find(({ label }) => label === set)?.values).map(written(2)),
      ]),
      ...means.filter(([, ...values]) => values.some((value) => value !== "")),
    ]);
    for (const [label, ...values] of rows.filter((row) => !found.includes(row))) {
      const digits = label!.includes("SBS-MSE") ? 3 : 2;
      const printed = models.map((model) =>
        zeroShot.flatMap((table) =>
          table.printed
            .filter((row) => label === `as printed: ${row.label}`)
            .map((row) => written(digits)(row.values[table.models.indexOf(model)] ?? null)),
        ),
      );
      values.forEach((value, i) => {
        expect([...printed[i]!, ""], `${label}: ${models[i]}`).toContain(value);
      });
    }
  }
});

it("has the published scores of all captioners", () => {
  expect(tablesOf("model").map(({ rows }) => rows)).toEqual(
    captions.map(({ rows }) =>
      rows.map(({ model, dataset, values }) => [model, ...(dataset === undefined ? [] : [dataset]), ...values.map(written(3))]),
    ),
  );
  expect(tablesOf("model").map(({ heads }) => heads.filter((head) => !/^(model|set)$/.test(head)))).toEqual(
    captions.map(({ metrics }) => metrics),
  );
});

it("names every configuration, and the weights that each begins with", () => {
  const configs = new URL("../configs/", import.meta.url);
  const rows = tablesOf("configuration").flatMap(({ rows }) => rows);
  expect(rows.flatMap(([cell]) => named(cell!)).sort()).toEqual(readdirSync(configs).sort());
  for (const [files, weights] of rows) {
    for (const file of named(files!)) {
      const text = readFileSync(new URL(file, configs), "utf8");
      const used = [...text.matchAll(/^ +(?:model|gpt_model|sentence_bert_model): (\S+)/gm)].map(([, name]) => name!);
      expect(
        used.filter((name) => !weights!.includes(`\`${name}\``)),
        file,
      ).toEqual([]);
    }
  }
});

it("names the encoder that SBERT-sim has unless told otherwise, that of the published numbers", async () => {
  const [, encoder] = /--sentence-bert <model>[^(]*\(default:\s+"([^"]+)"\)/.exec((await cli(["eval", "clipcap", "--help"])).out)!;
  expect(encoder).toBe("sentence-transformers/paraphrase-TinyBERT-L6-v2");
  expect(page).toContain(`\`${encoder}\``);
  expect(readFileSync(new URL("../../metrics/README.md", import.meta.url), "utf8")).toContain(`fromPretrained("${encoder}")`);
});

const RATES = { "B/32": 5e-4, "B/16": 5e-4, "L/14": 4e-4 } as const;
const STARTS = { "B/32": "openai/clip-vit-base-patch32", "B/16": "openai/clip-vit-base-patch16", "L/14": "openai/clip-vit-large-patch14" };
const GPT2 = { B: "gpt2", M: "gpt2-medium", L: "gpt2-large", XL: "gpt2-xl" } as const;

/** What a run of the flags of a row's cell would have. */
async function configured(kind: FitKind, cell: string): Promise<Record<string, unknown>> {
  const [flags] = named(cell);
  const configs = fileURLToPath(new URL("../configs/", import.meta.url));
  const words = flags!.split(" ").map((word) => (word.endsWith(".yaml") ? join(configs, word) : word));
  const { code, out, err } = await cli(["fit", kind, ...words, "--print-config"]);
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining("data.annotations_files, data.img_dirs") });
  return parseConfig(out, cell).model as Record<string, unknown>;
}

it("has a row for each published encoder, whose flags give its size, its rate and its teacher", async () => {
  const { rows } = tablesOf("encoder")[0]!;
  expect(rows.map(([model]) => model)).toEqual(tablesOf("set")[0]!.heads.slice(1));
  for (const [model, flags, rate] of rows) {
    const size = /\w\/\d+$/.exec(model!)![0] as keyof typeof RATES;
    const isSiglip = model!.includes("SigLIP");
    const isTaught = model!.includes("S-BERT");
    expect(await configured("clip", flags!), model).toMatchObject({
      ...{ model: isSiglip ? "google/siglip-base-patch16-224" : STARTS[size], lr: RATES[size] },
      ...{ use_sentence_bert_as_teacher: isTaught, use_sigmoid_loss: isSiglip },
      ...(isTaught && { sentence_bert_model: "sentence-transformers/all-MiniLM-L6-v2", sentence_bert_mode: "similarity" }),
    });
    expect(Number(rate), model).toBe(RATES[size]);
  }
});

it("has a row for each published captioner, locked and unlocked where there are scores, on an encoder of the table above", async () => {
  const { rows } = tablesOf("captioner")[0]!;
  const published = captions.filter(({ metrics }) => metrics.some((metric) => metric.includes("(unlocked)")));
  const scored = published.flatMap(({ rows, metrics }) =>
    rows.map(({ model, values }) => {
      const has = (which: string) => values.some((value, i) => value !== null && metrics[i]!.includes(which));
      return [model, has("(locked)"), has("(unlocked)")];
    }),
  );
  expect(rows.map(([model, , locked, unlocked]) => [model, locked !== "", unlocked !== ""])).toEqual(scored);
  const encoders = tablesOf("encoder")[0]!.rows.map(([model]) => model);
  for (const [model, encoder, ...cells] of rows) {
    expect(encoders).toContain(encoder);
    const [, size, letter] = /(\w\/\d+)-(\w+)$/.exec(model!)!;
    const family = model!.includes("SigLIPCap") ? "RSDiX-SigLIP B/16" : `RSDiX-CLIP-S-BERT ${size}`;
    expect(encoder, model).toBe(family);
    for (const [i, cell] of cells.entries())
      if (cell !== "")
        expect(await configured("clipcap", cell), model).toMatchObject({
          ...{ gpt_model: GPT2[letter as keyof typeof GPT2], freeze_clip_encoder: i === 0, clipcap_lr: 1e-3 },
          ...(i === 1 && { lr: 1e-5 }),
        });
  }
});
