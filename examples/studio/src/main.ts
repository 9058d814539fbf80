import { Client } from "./client";
import { App } from "./ui/app";
import { backendPanel } from "./ui/backend-panel";
import { captionPanel } from "./ui/caption-panel";
import { classifyPanel } from "./ui/classify-panel";
import { card, h } from "./ui/dom";
import { imagesPanel } from "./ui/images-panel";
import { mapPanel } from "./ui/map-panel";
import { modelPanel } from "./ui/model-panel";
import { keepOffline } from "./ui/offline";
import { scenePanel } from "./ui/scene-panel";
import { searchPanel } from "./ui/search-panel";
import { tabs } from "./ui/tabs";
import { tunePanel } from "./ui/tune-panel";

const worker = new Worker(new URL("./worker/main.ts", import.meta.url), { type: "module", name: "studio" });
const client = new Client(worker, document.baseURI, (text) => app.fail(new Error(text)));
const app = new App(client);
const offline = h("span", { class: "offline" });

/** For the browser's console: `await studio.client.call("memory", {})`. */
Object.assign(globalThis, { studio: app });

document.querySelector("#app")!.append(
  h(
    "header",
    {},
    h(
      "div",
      {},
      h("h1", {}, "rsdix studio"),
      h("p", {}, "Caption, classify, search and fine-tune remote sensing images. Nothing leaves this browser."),
    ),
    offline,
  ),
  h(
    "main",
    { id: "main", tabindex: -1 },
    h("div", { class: "steps" }, backendPanel(app), modelPanel(app), imagesPanel(app)),
    card(
      "tasks",
      "4. What to do",
      tabs(
        "What to do",
        {
          Captions: captionPanel(app),
          Classes: classifyPanel(app),
          Search: searchPanel(app),
          Map: mapPanel(app),
          "Sentinel-2": scenePanel(app),
          "Fine-tune": tunePanel(app),
        },
        () => void (app.busy === 0 && app.say("")), // what was said was of another tab
      ),
    ),
  ),
  h("footer", {}, app.status),
  app.alerts,
);
if (!isSecureContext) offline.textContent = "Over plain http browsers keep no model, train none, and open no page offline: use https.";
else if (import.meta.env.PROD && "serviceWorker" in navigator) void keepOffline(app, offline);
