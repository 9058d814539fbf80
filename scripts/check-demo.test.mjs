import { expect, it } from "vitest";
import { shortfalls, staleScores } from "./check-demo.mjs";

const good = {
  patches: 3000,
  classes: Array(11).fill("class"),
  chanceTop1: 1 / 11,
  clip: { top1: 0.8 },
  baselines: { colourNearestNeighbour: 0.7 },
  captioner: { bleu4: 0.4, corpus: { bleu4: 0.45 } },
  bestFixedCaption: { bleu4: 0.2, corpus: { bleu4: 0.25 } },
};

it("lets a summary pass that keeps the promises", () => {
  expect(shortfalls(good)).toEqual([]);
});

it.each([
  ["patches", { patches: 2999 }],
  ["classes", { classes: Array(12).fill("class") }],
  ["seven times chance", { clip: { top1: 0.6 }, baselines: { colourNearestNeighbour: 0.5 } }],
  ["colour baseline", { clip: { top1: 0.7 } }],
  ["below 0.35 BLEU-4", { bestFixedCaption: { bleu4: 0.36, corpus: { bleu4: 0.25 } }, captioner: { bleu4: 0.9, corpus: { bleu4: 0.9 } } }],
  [
    "below 0.35 corpus BLEU-4",
    { bestFixedCaption: { bleu4: 0.2, corpus: { bleu4: 0.36 } }, captioner: { bleu4: 0.9, corpus: { bleu4: 0.9 } } },
  ],
  ["BLEU-4 at least 1.3 times", { captioner: { bleu4: 0.25, corpus: { bleu4: 0.45 } } }],
  ["corpus BLEU-4 at least 1.3 times", { captioner: { bleu4: 0.4, corpus: { bleu4: 0.3 } } }],
])("names what falls short: %s", (name, change) => {
  const found = shortfalls({ ...good, ...change });
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(name);
});

it("finds scores that README shows and a run on wasm doesn't give", () => {
  const readme =
    "```text\n7. Scores on regions never seen\n  InfoNCE alone  82.6 %\n  chance  9.1 %\n  It is ahead by 2.9 points.\n8. Report\n  10 s\n```\n";
  const printed = [
    "7. Scores on regions never seen",
    "  InfoNCE alone  82.6 %",
    "  chance  9.1 %",
    "  It is behind by 1 points.",
    "8. Report",
  ];
  expect(staleScores(printed, readme)).toEqual([]);
  expect(staleScores(printed.with(1, "  InfoNCE alone  72.6 %"), readme)).toEqual([
    "expected what README shows, as nearly as engines compute the same: InfoNCE alone  82.6 %",
  ]);
});
