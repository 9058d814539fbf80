type Props = Readonly<Record<string, string | number | boolean | undefined | ((event: never) => void)>>;
type Child = Node | string | undefined | false;

/** An element with attributes, listeners (`onclick`) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== undefined) element.setAttribute(name, String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

let fields = 0;

/** A field with its label, and a hint that screen readers read with it. */
export function field(label: string, input: HTMLElement, hint?: string): HTMLElement {
  input.id ||= `field-${++fields}`;
  if (hint) input.setAttribute("aria-describedby", `${input.id}-hint`);
  return h(
    "div",
    { class: "field" },
    h("label", { for: input.id }, label),
    input,
    hint !== undefined && h("small", { id: `${input.id}-hint` }, hint),
  );
}

/** A choice of a few words. */
export function select(options: Readonly<Record<string, string>>, chosen?: string): HTMLSelectElement {
  const element = h("select");
  for (const [value, text] of Object.entries(options)) element.append(h("option", { value, selected: value === chosen }, text));
  return element;
}

/** A section with a heading. */
export function card(id: string, title: string, ...children: Child[]): HTMLElement {
  return h("section", { class: "card", id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), ...children);
}

/** Bytes as a person reads them. */
export function sizeOf(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/** "1 image was added.", "2 images were added." */
export const counted = (count: number, one: string, more: string) => `${count} ${count === 1 ? one : more}`;

/** The number in a field, or an error that says which numbers it takes. */
export function numberIn(input: HTMLInputElement): number {
  const { valueAsNumber, validity, min, max, step } = input;
  const isWhole = step === ""; // an input's own step is 1
  if (!Number.isNaN(valueAsNumber) && !validity.rangeUnderflow && !validity.rangeOverflow && !(isWhole && validity.stepMismatch))
    return valueAsNumber;
  const from = max === "" ? `${min} or more` : `from ${min} to ${max}`;
  const message = `"${input.labels?.[0]?.textContent}" takes a ${isWhole ? "whole " : ""}number ${from}, got ${input.value || "none"}.`;
  input.focus();
  throw Object.assign(new Error(message), { code: "INVALID_ARGUMENT" });
}

/** Brings results into view where they begin below what is seen. */
export function reveal(element: Element): void {
  if (element.getBoundingClientRect().top > 0.75 * innerHeight) element.scrollIntoView({ block: "start" });
}

/** Replaces what an element holds. Focus that was in it goes to the control of the same name, else to the first, else to `otherwise`. */
export function replaceKeepingFocus(element: HTMLElement, children: readonly Node[], otherwise?: HTMLElement): void {
  const focused = element.contains(document.activeElement) ? document.activeElement! : undefined;
  element.replaceChildren(...children);
  if (!focused) return;
  const nameOf = (control: Element) => control.getAttribute("aria-label") ?? control.textContent;
  const controls = [...element.querySelectorAll<HTMLElement>("button:not(:disabled, [hidden])")];
  (controls.find((each) => nameOf(each) === nameOf(focused)) ?? controls[0] ?? otherwise)?.focus();
}
