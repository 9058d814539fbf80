import type { App } from "./app";

/** Registers the service worker, which keeps the page for when there is no network, and says when it is ready. */
export async function keepOffline(app: App, note: HTMLElement): Promise<void> {
  const show = () => {
    const ready = navigator.serviceWorker.controller !== null;
    note.textContent = navigator.onLine ? (ready ? "Works offline" : "") : "Offline";
  };
  addEventListener("online", show);
  addEventListener("offline", show);
  try {
    await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { scope: import.meta.env.BASE_URL });
    navigator.serviceWorker.addEventListener("controllerchange", show);
    await navigator.serviceWorker.ready;
    show();
  } catch (error) {
    app.say(`The page can't be kept for offline use: ${(error as Error).message}`);
  }
}
