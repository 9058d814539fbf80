import type { Moved } from "../protocol";

/** What the worker says of its own accord, such as that the graphics card was lost. */
export let notice: (text: string) => void = () => undefined;

/** Tells the page that another backend computes, which nobody chose. */
export let tellMoved: (moved: Moved) => void = () => undefined;

/** Where that goes. */
export function setTellMoved(tell: typeof tellMoved): void {
  tellMoved = tell;
}

/** Where notices go. */
export function setNotice(say: (text: string) => void): void {
  notice = say;
}
