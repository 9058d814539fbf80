import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import { bestValidation, UnknownMetric } from "./trial-loss";

it("A metric is found by the original's name of it, and by its own before any other", async () => {
  const folder = scratchFolder();
  const validation = (metrics: object) => `${JSON.stringify({ type: "validation", metrics })}\n`;
  await writeFile(join(folder, "log.jsonl"), validation({ rougeL: 0.5, Loss: 2 }) + validation({ rougeL: 0.25, Loss: 1, loss: 3 }));
  const found = await Promise.all(["rouge_l", "ROUGE-L", "rougeL", "Loss"].map((metric) => bestValidation(folder, metric, "min")));
  expect(found).toEqual([0.25, 0.25, 0.25, 1]);
  expect(await bestValidation(folder, "rouge_l", "max")).toBe(0.5);
  await writeFile(join(folder, "log.jsonl"), validation({ Loss: 1 }) + validation({ loss: 3 }) + validation({ loss: null, LOSS: 0 }));
  expect(await bestValidation(folder, "loss", "min")).toBe(3); // one number of the whole log, whichever spelling comes first
  await expect(bestValidation(folder, "bleu", "min")).rejects.toBeInstanceOf(UnknownMetric);
  await expect(bestValidation(folder, "bleu", "max")).rejects.toBeInstanceOf(UnknownMetric);
});
