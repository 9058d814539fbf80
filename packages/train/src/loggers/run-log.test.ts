import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refusal } from "../../../../test/refusal";
import { scratchFolder as folder } from "../../../../test/scratch-folder";
import { openRunLog } from "./run-log";

describe("openRunLog", () => {
  it("appends, drops a torn last line, keeps what is wanted", () => {
    const path = join(folder(), "deep", "run.jsonl");
    let log = openRunLog(path);
    for (const step of [1, 2, 3]) log.write({ step });
    writeFileSync(path, '{"step":4', { flag: "a" });
    log = openRunLog(path);
    log.write({ step: 5 });
    expect(log.records()).toEqual([1, 2, 3, 5].map((step) => ({ step })));
    log.keep((record) => (record.step as number) <= 2);
    log.write({ step: 3 });
    expect(log.records()).toEqual([1, 2, 3].map((step) => ({ step })));
  });

  it("refuses a log that is broken in the middle", () => {
    const path = join(folder(), "run.jsonl");
    writeFileSync(path, 'x\n{"step":1}\n');
    expect(() => openRunLog(path)).toThrow(/line 1 is not a JSON object/);
    writeFileSync(path, '5\n{"step":1}\n');
    expect(() => openRunLog(path)).toThrow(/line 1 is not a JSON object/);
    expect(() => openRunLog(join(path, "below-a-file.jsonl"))).toThrow(refusal("WRITE_FAILED"));
  });
});
