import { describe, expect, it, vi } from "vitest";
import { attribute, type Element, elementsOf, plain, textOf } from "../../test/html-elements";
import { runRecords, stepRecord, validationRecord } from "../../test/run-records";
import type { FitRecord } from "../fit/records";
import type { Evaluation } from "./evaluation";
import { publishedResults } from "./published";
import { renderRunReport } from "./render-run-report";

const HOSTILE = `</title></svg></style></pre><script>alert("x")</script><img src='https://example.com/x.png' onerror=alert(1)> & "so" \u0000\u202e`;
const SHOWN = HOSTILE.replace("\u0000", "\ufffd").replace("\u202e", "\ufffd");

function isIn(element: Element, id: string): boolean {
  for (let node = element; node; node = node.parentNode as Element) if (node.attrs && attribute(node, "id") === id) return true;
  return false;
}

const section = (elements: Element[], id: string) => plain(elements.find((element) => attribute(element, "id") === id)!);
const titles = (elements: Element[]) =>
  elements.filter(({ tagName, parentNode }) => tagName === "strong" && parentNode?.nodeName === "figcaption").map(plain);
const pictures = (elements: Element[]) => elements.filter((element) => attribute(element, "role") === "img");

const SCORES: Evaluation = {
  kind: "scores",
  title: "scores",
  dataset: "EuroSAT-RGB",
  models: [{ model: "mine", scores: { "score@1": 0.4567 } }],
};

describe("renderRunReport", () => {
  it("is one well-formed page that loads nothing, runs nothing and is read without seeing it", async () => {
    const elements = elementsOf(await renderRunReport(runRecords(0, 40), { settings: "model: b32", evaluations: [SCORES] }));
    for (const element of elements) {
      expect(["script", "iframe", "object", "embed", "base", "form"]).not.toContain(element.tagName);
      for (const { name, value } of element.attrs) {
        expect(name).not.toMatch(/^(on|src|srcset|data$|action|xlink)/);
        if (name === "href") expect(value).toBe("data:,");
        expect(value).not.toMatch(/url\(|@import/);
      }
      if (element.tagName === "svg")
        expect(attribute(element, "aria-hidden") === "true" || attribute(element, "role") === "img").toBe(true);
    }
    const policy = elements.find((element) => attribute(element, "http-equiv") === "Content-Security-Policy")!;
    expect(attribute(policy, "content")).toContain("default-src 'none'");
    for (const picture of pictures(elements))
      expect(attribute(picture, "aria-label")).toMatch(/: .* from .* at step 1?\d to .* at step 40$/);
  });

  it("shows what a run did", async () => {
    const elements = elementsOf(await renderRunReport(runRecords(0, 40), { settings: "model:\n  lr: 1e-5" }));
    expect(titles(elements)).toEqual([
      ...["Loss", "Learning rate", "Gradient norm", "Accuracy in the batch", "scale", "Validation: loss", "Items a second", "Memory"],
    ]);
    expect(pictures(elements)).toHaveLength(8);
    const training = section(elements, "training");
    for (const part of ["minimised: 3 → 0.075", "contrastive: 2 → 0.05", "distillation: 1 → 0.025", "0 → 0.975"])
      expect(training).toContain(part);
    const header = plain(elements.find(({ tagName }) => tagName === "header")!);
    for (const part of [
      "Training of clip",
      "of 40: finished",
      "Last loss0.075at first 3",
      "Best loss0.02validation at step 40",
      "1 min 20 s",
      "32mean",
    ])
      expect(header).toContain(part);
    expect(section(elements, "validations")).toContain("Steploss 100.2000 200.1000");
    expect(section(elements, "checkpoints")).toContain("40checkpoints/step-40–");
    expect(section(elements, "settings")).toBe("Settingsmodel: lr: 1e-5");
    expect(section(elements, "published")).toContain("6 tables");
  });

  it("shows rates by group, and more parts of the loss than a figure has colours", async () => {
    const loss = { total: 1, ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`part ${i}`, i])) };
    const records = [1, 2].map((step) => stepRecord(step, { loss, learningRates: { towers: 1e-5, head: 1e-3 } }));
    const elements = elementsOf(await renderRunReport(records));
    expect(titles(elements).slice(0, 3)).toEqual(["Loss", "Loss (2)", "Learning rate"]);
    expect(section(elements, "training")).toContain("towers: 1.00e-5 → 1.00e-5");
    expect(section(elements, "training")).toContain("part 7: 7 → 7");
  });

  it("shows what a resumed run did twice once, as it was the last time", async () => {
    const again = [stepRecord(4, { steps: 9, loss: { total: 7 } }), stepRecord(5, { steps: 9, loss: { total: 9 } })];
    const elements = elementsOf(
      await renderRunReport([...runRecords(0, 5, 9), { type: "start", task: "clip", step: 3, steps: 9 }, ...again]),
    );
    expect(attribute(pictures(elements)[0]!, "aria-label")).toContain("minimised from 3 at step 1 to 9 at step 5");
    const header = plain(elements.find(({ tagName }) => tagName === "header")!);
    expect(header).toContain("of 9: not ended, or stopped");
    expect(header).toContain("Time in steps10 s");
  });

  it.each([
    ["one step", [stepRecord(1)]],
    ["a start alone", runRecords(0, 0, 5)],
    ["a validation alone", [validationRecord(3, { loss: 1 })]],
    [
      "no number at all",
      [1, 2, 3].map((step) =>
        stepRecord(step, { loss: { total: Number.NaN }, logs: { accuracy: Number.NaN }, gradientNorm: Number.POSITIVE_INFINITY }),
      ),
    ],
    [
      "numbers at the edge",
      [1, 2, 3].map((step) =>
        stepRecord(step, {
          loss: { total: (step === 3 ? 1.7e308 : 3e38) * (step % 2 ? 1 : -1) },
          seconds: 0,
          itemsPerSecond: Number.POSITIVE_INFINITY,
        }),
      ),
    ],
    ["no records", []],
  ] as [string, FitRecord[]][])("of %s is whole, and shows no number that is none", async (_, records) => {
    const markup = await renderRunReport(records, { published: false });
    elementsOf(markup);
    expect(/.{0,60}(?:NaN|undefined|Infinity|\[object)/.exec(markup.replace(/<style>.*<\/style>/s, ""))?.[0]).toBe(undefined);
  });

  it("says how many values are no number", async () => {
    const records = Array.from({ length: 30 }, (_, i) => stepRecord(i + 1, { gradientNorm: i < 3 ? Number.NaN : 1 }));
    expect(section(elementsOf(await renderRunReport(records)), "training")).toContain("1 → 1 3 values are no number.");
  });

  it("of ten thousand steps is a small page, and of many logs one of so many figures", async () => {
    const long = await renderRunReport(runRecords(0, 10_000), { published: false });
    expect(long.length).toBeLessThan(200_000);
    expect(section(elementsOf(long), "validations")).toContain("the newest 30 of 1000");
    const logs = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`log ${i}`, i]));
    const elements = elementsOf(await renderRunReport([stepRecord(1, { logs })], { published: false }));
    expect(pictures(elements)).toHaveLength(40);
    expect(section(elements, "training")).toMatch(/Not drawn, as a page holds 40 figures: log 37, .*, log 56, 45 more\./);
  });

  it("escapes whatever comes from files", async () => {
    const records: FitRecord[] = [
      { type: "start", task: HOSTILE, step: 0, steps: 2 },
      ...[1, 2].map((step) =>
        stepRecord(step, {
          task: HOSTILE,
          loss: { total: 1, [HOSTILE]: 2 },
          logs: { [HOSTILE]: 3, "a.b[0]": 1 },
          learningRates: { [HOSTILE]: 1, b: 2 },
        }),
      ),
      validationRecord(2, { [HOSTILE]: 1 }),
      { type: "checkpoint", task: HOSTILE, step: 2, location: HOSTILE, best: { metric: HOSTILE, value: 1 } },
      { type: "end", task: HOSTILE, step: 2, reason: "finished", best: { metric: HOSTILE, value: 1, step: 2 } },
    ];
    const classes = [{ label: HOSTILE, probability: 1 }];
    const evaluations: Evaluation[] = [
      { kind: "scores", title: HOSTILE, dataset: "AID", models: [{ model: HOSTILE, scores: { [HOSTILE]: 1, "score@1": 1 } }] },
      { kind: "predictions", title: HOSTILE, images: [{ file: HOSTILE, label: "park", classes }] },
    ];
    const markup = await renderRunReport(records, { settings: HOSTILE, evaluations });
    const elements = elementsOf(markup);
    const names = elements.map(({ tagName }) => tagName);
    expect(names).not.toContain("script");
    expect(names).not.toContain("img");
    expect(names.filter((name) => name === "style")).toHaveLength(1);
    for (const element of elements) expect(element.attrs.map(({ name }) => name)).not.toContain("onerror");
    const shown = SHOWN.replace(/\s+/g, " ");
    for (const id of ["training", "validations", "checkpoints", "settings", "evaluation", "published"])
      expect(section(elements, id)).toContain(shown);
    expect(plain(elements.find(({ tagName }) => tagName === "title")!)).toBe(`Training of ${shown}`);
    expect(titles(elements)).toContain(shown);
  });

  it("shows evaluations, and own numbers beside the published ones of the same data set", async () => {
    const captions: Evaluation = {
      kind: "scores",
      title: "captions_UCMD.tsv",
      models: [{ model: "cap", scores: { meteor: 0.4321, sbert_sim: 0.8765, CIDEr: 1.2 } }],
    };
    const elements = elementsOf(await renderRunReport([], { title: "All", evaluations: [SCORES, captions] }));
    expect(section(elements, "evaluation")).toContain("scores: EuroSAT-RGB Modelscore@1 mine0.457");
    const rows = elements.filter(({ tagName }) => tagName === "tr").map((row) => row.childNodes.map((cell) => textOf(cell)));
    const euroSat = rows.filter(([label]) => label === "EuroSAT-RGB");
    expect(euroSat).toHaveLength(3);
    for (const row of euroSat) expect(row[1]).toBe("45.67");
    expect(rows.filter(([label]) => label === "AID").every(([, own]) => own === "–")).toBe(true);
    expect(rows).toContainEqual(["cap", "UCMD", "0.432", "0.876", ...Array.from({ length: 6 }, () => "–")]);
    expect(section(elements, "published")).toContain("Average (sub. A), as printed");
    const details = elements.find(
      ({ tagName, parentNode }) => tagName === "details" && attribute(parentNode as Element, "id") === "published",
    )!;
    expect(attribute(details, "open")).toBe("");
  });

  it.each([
    ["runs/eval/EuroSAT_RGB.tsv", "EuroSAT-RGB"],
    ["whurs19-scores", "WHU-RS19"],
    ["said.tsv", undefined],
    ["results of AID, zero-shot", "AID"],
    ["NWPU-RESISC45", "RESISC45"],
  ])("takes %s for results of %s", async (title, dataset) => {
    const evaluation: Evaluation = { kind: "scores", title, models: [{ model: "mine", scores: { "score@1": 0.4567 } }] };
    const elements = elementsOf(await renderRunReport([], { evaluations: [evaluation] }));
    const rows = elements.filter(({ tagName }) => tagName === "tr").map((row) => row.childNodes.map((cell) => textOf(cell)));
    expect(rows.filter((row) => row[1] === "45.67").map(([label]) => label)).toEqual(dataset ? [dataset, dataset, dataset] : []);
  });

  it("of very many results is one page that says what it leaves out", async () => {
    const many = Array.from({ length: 200_000 }, (_, i) => i);
    const models = many.slice(0, 1000).map((i) => ({ model: `model ${i}`, scores: { "score@1": 0.5 } }));
    const images = many.map((i) => ({
      file: `${i}.png`,
      label: i < 150_000 ? "park" : `class ${i % 600}`,
      classes: [{ label: "lake", probability: 0.5 }],
    }));
    const page = await renderRunReport([], {
      evaluations: [
        { kind: "scores", title: "AID", models },
        { kind: "predictions", title: "p", images },
      ],
    });
    expect(page.length).toBeLessThan(1_000_000);
    for (const part of ["AID, 500 of 1,000", "hardest first, 500 of 601", "surest mistakes, 30 of 200,000", "the first 12 of 1000 models"])
      expect(page).toContain(part);
  });

  it("sets the best in bold, of measurements and by the direction of the metric; what reads the same is as good", async () => {
    const models = [
      { model: "a", scores: { "score@1": 0.9001, sbsMse: 0.3, METEOR: 0.5 } },
      { model: "b", scores: { "score@1": 0.9002, sbsMse: 0.2 } },
      { model: "c", scores: { "score@1": 0.8, sbsMse: Number.NaN } },
    ];
    const elements = elementsOf(await renderRunReport([], { evaluations: [{ kind: "scores", title: "AID", models }] }));
    const bold = (id: string) =>
      elements
        .filter(({ tagName, parentNode }) => tagName === "strong" && parentNode?.nodeName === "td" && isIn(parentNode as Element, id))
        .map(plain);
    expect(bold("evaluation")).toEqual(["0.900", "0.900", "0.200"]);
    const { zeroShot } = publishedResults();
    const best = zeroShot[0]!.rows.map(({ values }) => Math.max(...values.map((value) => value ?? 0)).toFixed(2));
    expect(bold("published").slice(0, 13)).toEqual(best);
  });

  it("shows predictions by class, and what went wrong", async () => {
    const image = (file: string, label: string, ...said: string[]) => ({
      file,
      label,
      classes: said.map((name, i) => ({ label: name, probability: 0.6 / (i + 1) })),
    });
    const images = [
      image("a", "park", "park", "lake"),
      image("b", "park", "lake", "park"),
      image("c", "lake", "lake", "park"),
      image("d", "sea", "lake", "park"),
    ];
    const found = section(
      elementsOf(await renderRunReport([], { evaluations: [{ kind: "predictions", title: "RSICD", images }], published: false })),
      "evaluation",
    );
    for (const part of ["sea (1)0.00.0", "park (2)50.0100.0", "lake (1)100.0100.0", "all (4)50.075.0", "parklake1", "bparklake0.600"])
      expect(found).toContain(part);
    expect(found.indexOf("sea (1)")).toBeLessThan(found.indexOf("park (2)"));
    const right = [image("a", "park", "park")];
    const perfect = section(
      elementsOf(await renderRunReport([], { evaluations: [{ kind: "predictions", title: "RSICD", images: right }], published: false })),
      "evaluation",
    );
    expect(perfect).toContain("RSICD: every image is recognised.");
  });

  it("refuses options that it has not, and says what to install for the figures", async () => {
    await expect(renderRunReport([], { tittle: "x" } as object)).rejects.toMatchObject({ code: "UNKNOWN_OPTION" });
    vi.doMock("vega-lite", () => {
      throw new Error("no such package");
    });
    vi.resetModules();
    const fresh = await import("./render-run-report");
    await expect(fresh.renderRunReport([stepRecord(1)])).rejects.toMatchObject({
      code: "MISSING_DEPENDENCY",
      message: "Figures are drawn by vega and vega-lite: npm install vega vega-lite.",
    });
    expect(await fresh.renderRunReport([], { evaluations: [SCORES] })).toContain("0.457");
    vi.doUnmock("vega-lite");
  });
});
