import type { Client } from "../client";
import { TaskError } from "../client";
import type { BackendState, CaptionsState, ImageInfo, ModelPart, ModelState, UnreadImage } from "../protocol";
import { h } from "./dom";

/** An image with the address of its thumbnail. */
export interface ShownImage extends Omit<ImageInfo, "thumbnail"> {
  readonly url: string;
}

/** What panels share: what is loaded, and how they say things. */
export class App extends EventTarget {
  backend: BackendState | undefined;
  model: ModelState | undefined;
  captions: CaptionsState | undefined;
  /** Tasks that run. */
  busy = 0;
  /** Names of the models that this browser keeps. */
  keptNames: ReadonlySet<string> = new Set();
  /** Models that were trained, and that only this page has as they are now. */
  readonly unsaved = new Set<ModelPart>();
  readonly images = new Map<number, ShownImage>();
  /** Read out by screen readers when there is time. */
  readonly status = h("p", { class: "status", role: "status", "aria-live": "polite" });
  /** Read out at once. */
  readonly alerts = h("div", { class: "alerts", role: "alert" });
  private readonly sources = new WeakMap<Element, object>();

  constructor(readonly client: Client) {
    super();
    addEventListener("beforeunload", (event) => this.unsaved.size > 0 && event.preventDefault()); // the browser asks whether to leave
  }

  /** Tells all panels that something has changed. */
  changed(): void {
    this.dispatchEvent(new Event("change"));
  }

  /** Calls now and whenever something has changed. */
  follow(update: () => void): void {
    this.addEventListener("change", update);
    update();
  }

  /** Says something in the status line. */
  say(text: string): void {
    this.status.textContent = text;
  }

  /** What to say of a task on the images; nothing where all were removed while its results were drawn, which was said last. */
  ofImages(text: string): string | undefined {
    return this.images.size > 0 ? text : undefined;
  }

  /** Names images that a task left out. */
  failUnread(unread: readonly UnreadImage[]): void {
    const [first] = unread;
    if (first) this.fail(new Error(`${unread.length} of the images can't be read any more. The first: ${first.reason}`));
  }

  /** Shows what went wrong, until it is closed; of a source that is named, until that fails in another way or is done. */
  fail(error: unknown, source?: object): void {
    if (error instanceof TaskError && error.code === "ABORTED") {
      this.say("Stopped.");
      return;
    }
    const { message, code = "" } = error as Error & { code?: string };
    this.say("");
    const text = h("p", {}, code && h("code", {}, code), ` ${message}`);
    const same = [...this.alerts.children].find((each) => each.firstElementChild?.textContent === text.textContent);
    this.done(source, same);
    if (same) {
      if (source) this.sources.set(same, source);
      const count = same.querySelector<HTMLElement>(".count")!;
      const times = 1 + Number(count.dataset.times ?? 1);
      count.dataset.times = String(times);
      count.textContent = `${times} times`;
      return;
    }
    const close = () => {
      const hadFocus = note.contains(document.activeElement);
      note.remove();
      if (hadFocus) (this.alerts.querySelector("button") ?? document.querySelector<HTMLElement>("#main"))?.focus();
    };
    const button = h("button", { type: "button", class: "quiet", "aria-label": "Close this message", onclick: close }, "×");
    const note = h("div", { class: "alert" }, text, h("span", { class: "count" }), button);
    if (source) this.sources.set(note, source);
    this.alerts.append(note);
  }

  /** Closes what is shown of a source that failed before: it would lie upon the page, and be true no more. */
  done(source: object | undefined, besides?: Element): void {
    for (const note of [...this.alerts.children])
      if (source && note !== besides && this.sources.get(note) === source) note.querySelector("button")!.click();
  }
}
