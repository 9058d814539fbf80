import type { App } from "./app";

const NEWER = ". There is a newer version: close all tabs of this page, and open it again.";

/** Registers the service worker, which keeps the page for when there is no network, and says when it is ready. */
export async function keepOffline(app: App, note: HTMLElement): Promise<void> {
  let isNewer = false;
  const show = () => {
    const ready = navigator.serviceWorker.controller !== null ? `Works offline${isNewer ? NEWER : ""}` : "";
    note.textContent = navigator.onLine ? ready : "Offline";
  };
  addEventListener("online", show);
  addEventListener("offline", show);
  try {
    const registration = await navigator.serviceWorker.register(`${import.meta.env.BASE_URL}sw.js`, { scope: import.meta.env.BASE_URL });
    const look = () => {
      isNewer = registration.waiting !== null && registration.active !== null;
      show();
    };
    registration.addEventListener("updatefound", () => registration.installing?.addEventListener("statechange", look));
    look();
    navigator.serviceWorker.addEventListener("controllerchange", show);
    await navigator.serviceWorker.ready;
    show();
  } catch (error) {
    app.say(`The page can't be kept for offline use: ${(error as Error).message}`);
  }
}
