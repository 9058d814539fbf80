import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../../../test/scratch-folder";

/** A folder with a grid file whose trials run a script, given their folder and a number x from 0 to 6; `args` are of the command that searches. */
export function preparedSearch(script: string): { folder: string; out: string; args: string[] } {
  const folder = scratchFolder();
  writeFileSync(join(folder, "trial.mjs"), script);
  const command = JSON.stringify([process.execPath, join(folder, "trial.mjs"), "{folder}", "{m.x}"]);
  writeFileSync(join(folder, "grid.yaml"), `command: ${command}\nattr_keys: {m: {x: "0.0,6.0"}}\n`);
  const out = join(folder, "out");
  mkdirSync(out);
  return { folder, out, args: ["--grid-file", join(folder, "grid.yaml"), "--out", out] };
}
