import { describe, expect, it } from "vitest";
import { rsicdJson } from "../../test/make-annotations";
import { memoryFiles } from "../../test/memory-files";
import { rsicd } from "./loaders";

describe("the loading of captions", () => {
  const files = memoryFiles({ "dataset_rsicd.json": JSON.stringify(rsicdJson(1)), "RSICD_images/airport_1.jpg": "" });
  /** Loads them, and does something as the annotation is read. */
  const load = (stop: AbortController, asItIsRead: () => void) => {
    const read = (name: string) => {
      asItIsRead();
      return files.read(name);
    };
    return rsicd({ ...files, read }, { signal: stop.signal });
  };

  it("stops when it is told to", async () => {
    const stop = new AbortController();
    await expect(load(stop, () => stop.abort(new Error("enough")))).rejects.toMatchObject({ code: "ABORTED" });
    expect((await load(new AbortController(), () => undefined)).images).toHaveLength(1);
  });

  it("hears a stop between the pieces of its work, such as parsing and finding images, each of which ends first", async () => {
    for (let turns = 0; turns < 3; turns++) {
      const stop = new AbortController();
      const soon = (left: number): unknown => setTimeout(() => (left === 0 ? stop.abort(new Error("enough")) : soon(left - 1)));
      await expect(load(stop, () => soon(turns))).rejects.toMatchObject({ code: "ABORTED" });
    }
  });
});
