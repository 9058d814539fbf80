import { describe, expect, it } from "vitest";
import { type ShardPlan, shardsOf } from "./plan";

const plan: ShardPlan = {
  task: "embed",
  source: { kind: "list", name: "dataset.json", sha256: "of the list", items: 10, parts: 4 },
  key: { model: "its hash", preprocessing: "bicubic" },
  columns: { embedding: "float32[]", caption: "string" },
};

describe("shardsOf", () => {
  it("cuts lists into parts that differ by one at most, and takes archives by their names", () => {
    expect(shardsOf(plan).map(({ first, end }) => [first, end])).toEqual([
      [0, 2],
      [2, 5],
      [5, 7],
      [7, 10],
    ]);
    const source = { kind: "webdataset", pattern: "https://host/a/{train,val}/t ü-{08..10}.tar?key=1" } as const;
    const names = shardsOf({ ...plan, source }).map(({ name }) => name);
    expect(names).toEqual(["0-t__-08", "1-t__-09", "2-t__-10", "3-t__-08", "4-t__-09", "5-t__-10"]);
  });

  it("refuses plans that can't be", () => {
    const refuse = (given: object, message: RegExp) => expect(() => shardsOf({ ...plan, ...given })).toThrow(message);
    refuse({ task: "" }, /task must be a name/);
    refuse({ key: { model: 1 } }, /key must hold texts/);
    refuse({ columns: {} }, /columns is empty/);
    refuse({ columns: { id: "string" } }, /every result has an id/);
    refuse({ columns: { a: "float64" } }, /columns\.a must be one of string, float32\[\], got "float64"/);
    refuse({ source: { kind: "s3" } }, /source\.kind must be "webdataset" or "list", got "s3"/);
    refuse({ source: { kind: "list", name: "a", sha256: "b", items: 3, parts: 4 } }, /source\.parts/);
    refuse(
      { source: { kind: "list", name: "a", sha256: "b", items: 3, parts: 2, images: ["a"] } },
      /a text for each of 2 parts, got \["a"\]/,
    );
    refuse({ source: { kind: "webdataset", pattern: "" } }, /source\.pattern must be a text/);
  });
});
