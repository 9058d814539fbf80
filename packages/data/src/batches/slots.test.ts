import { expect, it } from "vitest";
import { slots } from "./slots";

it("lets through what fits, in order, and alone what is larger than all", async () => {
  const gate = slots(10);
  const through: string[] = [];
  const take = (name: string, weight: number) => gate.take(weight).then(() => through.push(name));
  const settled = () => new Promise((resolve) => setTimeout(resolve));
  const all = [take("a", 4), take("b", 6), take("c", 1), take("huge", 99), take("d", 1)];
  await settled();
  expect(through).toEqual(["a", "b"]);
  gate.free(4);
  await settled();
  expect(through).toEqual(["a", "b", "c"]);
  gate.free(6);
  await settled();
  expect(through).toEqual(["a", "b", "c"]); // "huge" waits for "c", and "d" doesn't pass it
  gate.free(1);
  await settled();
  expect(through).toEqual(["a", "b", "c", "huge"]);
  gate.free(99);
  await Promise.all(all);
  const waits = gate.take(10);
  gate.stop();
  await expect(waits).rejects.toMatchObject({ code: "ABORTED" });
  await expect(gate.take()).rejects.toMatchObject({ code: "ABORTED" });
});
