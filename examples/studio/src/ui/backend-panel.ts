import type { BackendName, BackendSpeed, BackendState, ModelState } from "../protocol";
import type { App } from "./app";
import { card, field, h, select } from "./dom";
import { taskControls } from "./task";

const NAMES = { webgpu: "WebGPU", webgl: "WebGL", wasm: "WebAssembly" } as const;
const nameOf = (name: string) => NAMES[name as BackendName] ?? name;
const speedOf = (gflops: number) => `${gflops < 0.1 ? "less than 0.1" : gflops < 10 ? gflops.toFixed(1) : Math.round(gflops)} GFLOP/s`;

/** Which backend computes, how fast it is, and why not another. */
export function backendPanel(app: App): HTMLElement {
  const choice = select({ auto: "The fastest that works", ...NAMES });
  const now = h("p", { class: "now" }, "Starting…");
  const why = h("p", { class: "why" });
  const rows = h("tbody");
  const table = h(
    "table",
    { hidden: true },
    h("caption", {}, "Product of matrices, measured here"),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Backend"), h("th", { scope: "col" }, "Speed"))),
    rows,
  );
  const show = (backend: BackendState, model: ModelState | undefined) => {
    if (model?.version !== app.model?.version) app.unsaved.clear(); // what was trained is lost
    app.model = model;
    app.backend = backend;
    const on = backend.adapter ? ` on ${backend.adapter}` : "";
    now.replaceChildren(h("strong", {}, nameOf(backend.name)), `${on}, ${speedOf(backend.gflops)}`);
    why.textContent = explain(backend, choice.value);
    app.changed();
  };
  async function start(name: BackendName | "auto"): Promise<void> {
    choice.disabled = true;
    try {
      const { backend, model } = await app.client.call("startBackend", { name });
      show(backend, model);
      app.say(`Computing with ${nameOf(backend.name)}.`);
    } catch (error) {
      app.fail(error);
      if (app.backend) choice.value = app.backend.name;
    } finally {
      choice.disabled = false;
    }
  }
  app.client.onMoved = ({ asked, backend, model }) => {
    choice.value = asked;
    show(backend, model);
  };
  choice.addEventListener("change", () => void start(choice.value as BackendName | "auto"));
  const measure = taskControls(app, "Measure all", async ({ signal }) => {
    rows.replaceChildren();
    table.hidden = false;
    const onEvent = ({ name, gflops, note }: BackendSpeed) =>
      rows.append(
        h("tr", {}, h("th", { scope: "row" }, nameOf(name)), h("td", {}, gflops ? speedOf(gflops) : "not here", h("small", {}, note))),
      );
    const { backend, model } = await app.client.call("measureBackends", {}, { onEvent, signal });
    show(backend, model);
    return "Measured.";
  });
  void start("auto");
  return card("backend", "1. Backend", now, why, field("Compute with", choice), measure.element, table);
}

/** What the library tells programmers to write, in the words of the page. */
const inWordsOfThePage = (reason: string) =>
  reason
    .replace(/To take it all the same: startBackend\("webgpu"\)\./, 'To take it all the same, choose WebGPU under "Compute with".')
    .replace("slower than wasm", "slower than WebAssembly");

/** Says clearly when there is no WebGPU, and what happens instead. */
function explain({ name, device, rejected }: BackendState, asked: string): string {
  if (device === "cpu" && name !== "wasm" && name !== "cpu") return "By software, not by a graphics card: WebAssembly is faster here.";
  if (name === "webgpu") return "";
  const missing = rejected.find((each) => each.name === "webgpu");
  if (asked !== "auto") return name === "wasm" ? "One thread of the processor, whatever it has." : "";
  const instead =
    name === "webgl"
      ? "WebGL, which uses the graphics card too, computes instead."
      : "The processor computes instead: the same results, more slowly.";
  return `WebGPU isn't used: ${inWordsOfThePage(missing?.reason ?? "it doesn't start here.")} ${instead}`;
}
