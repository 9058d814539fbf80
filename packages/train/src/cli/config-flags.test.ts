import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { expect, it } from "vitest";
import { scratchFolder } from "../../../../test/scratch-folder";
import type { FitKind } from "../config/schemas";
import { addConfigFlags, configOfFlags } from "./config-flags";

/** What a flag's value becomes in the configuration. */
function valueGiven(flag: string, text: string, kind: FitKind = "clip"): unknown {
  const command = new Command().exitOverride();
  addConfigFlags(command, kind);
  command.parse([`--${flag}=${text}`], { from: "user" });
  const [section, name] = flag.split(".") as [string, string];
  return (configOfFlags(command.opts())[section] as Record<string, unknown>)[name];
}

it("takes several names with commas between them, as other commands do, or as a list", () => {
  for (const several of ["a.json,b.json", "a.json, b.json", "[a.json, b.json]"])
    expect(valueGiven("data.annotations_files", several)).toEqual(["a.json", "b.json"]);
  expect(valueGiven("data.img_dirs", "RSICD,UCMD,RSITMD")).toEqual(["RSICD", "UCMD", "RSITMD"]);
  expect(valueGiven("data.additional_test_annotation_files", "null,b.json")).toEqual([null, "b.json"]);
  expect(valueGiven("trainer.logger", "tsv,tensorboard")).toEqual(["tsv", "tensorboard"]);
  expect(valueGiven("trainer.logger", "tensorboard")).toEqual(["tensorboard"]);
  expect(valueGiven("model.metrics", "rougeL,bleu", "clipcap")).toEqual(["rougeL", "bleu"]);
  expect(valueGiven("model.freeze", "a{1,2}")).toBe("a{1,2}"); // a pattern, to be written as a list
});

it("takes a name with commas for one where there is such a file, and where it is in quotes", () => {
  const file = join(scratchFolder(), "a,b.json");
  expect(valueGiven("data.annotations_files", file)).toHaveLength(2);
  writeFileSync(file, "");
  expect(valueGiven("data.annotations_files", file)).toEqual([file]);
  expect(valueGiven("data.annotations_files", '"a,b.json"')).toBe("a,b.json");
});

it.each(["2024", "1e5", "true", "a: b.json", "{x}"])("takes the name %s as it was typed, whatever it is in YAML", (text) => {
  expect(valueGiven("data.img_dirs", text)).toEqual([text]);
  expect(valueGiven("model.model", text)).toBe(text);
});

it("leaves numbers, true and null to the fields that take them", () => {
  expect(valueGiven("model.lr", "1e-5")).toBe(1e-5);
  expect(valueGiven("data.augment_text_data", "true")).toBe(true);
  expect(valueGiven("model.checkpoint_path", "null")).toBe(null);
  expect(valueGiven("data.additional_test_annotation_files", "null")).toBe(null);
});
