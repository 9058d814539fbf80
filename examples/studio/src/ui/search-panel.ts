import type { App } from "./app";
import { counted, field, h, reveal } from "./dom";
import { taskControls } from "./task";

/** Images by a text. */
export function searchPanel(app: App): HTMLElement {
  const text = h("input", { type: "search", placeholder: "a river beside a road" });
  const results = h("ol", { class: "hits", "aria-label": "Images found" });
  const run = taskControls(app, "Search", async ({ signal, progress }) => {
    const { hits, unread } = await app.client.call("search", { text: text.value, count: 24 }, { signal, onEvent: progress });
    results.replaceChildren(
      ...hits.map(({ id, score }) => {
        const { url, name } = app.images.get(id)!;
        return h(
          "li",
          {},
          h("img", { src: url, alt: "", decoding: "async" }),
          h("p", { class: "name" }, name),
          h("small", {}, `cosine ${score.toFixed(3)}`),
        );
      }),
    );
    reveal(results);
    app.failUnread(unread);
    return `${counted(hits.length, "image", "images")}, the best first: ${app.images.get(hits[0]!.id)!.name}.`;
  });
  app.addEventListener("change", () => app.images.size === 0 && results.replaceChildren());
  text.addEventListener("keydown", (event) => event.key === "Enter" && void run.start());
  return h("div", {}, h("div", { class: "row" }, field("Describe what you look for", text), run.element), results);
}
