import { afterAll, expect, it, vi } from "vitest";
import { keptModels } from "../src/worker/storage";

vi.hoisted(() => vi.stubGlobal("self", { caches: true, location: { origin: "http://localhost", href: "http://localhost/" } })); // as a worker has it
afterAll(() => {
  vi.unstubAllGlobals();
});

it("a model that another tab removes while the kept ones are listed is only not among them", async () => {
  const url = (id: string) => `http://localhost/kept-models/${id}/index.json`;
  const index = { id: "a", name: "mine", bytes: 3, files: [] };
  const cache = {
    keys: async () => ["a", "gone"].map((id) => new Request(url(id))),
    match: async (request: Request) => (request.url === url("a") ? Response.json(index) : undefined),
  };
  vi.stubGlobal("caches", { open: async () => cache });
  expect(await keptModels()).toEqual([index]);
});
