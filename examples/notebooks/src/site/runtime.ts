import { type DefineState, type Definition, define as defineCell, observe } from "@observablehq/notebook-kit/runtime";

/**
 * The kit's `define`, which runs a cell, with a mark on the cell for readers and for the test: `aria-busy` while it computes, `data-failed` when it threw.
 * Sliders get their names, figures their roles, and what scrolls is reached by the keyboard.
 *
 * @param state - where the cell is shown
 * @param definition - what it computes, of what
 */
export function define(state: DefineState, definition: Definition): void {
  const { root } = state;
  const mark = (busy: boolean, failed = false) => {
    root.ariaBusy = String(busy);
    root.toggleAttribute("data-failed", failed);
  };
  mark(true);
  defineCell(state, definition, (...cell) => {
    const observer = observe(...cell);
    return {
      ...observer,
      pending() {
        mark(true);
        observer.pending();
      },
      fulfilled(value) {
        observer.fulfilled(value);
        nameSliders(root);
        giveRoles(root);
        watchWidths(root);
        mark(false);
      },
      rejected(error) {
        observer.rejected(error);
        mark(false, true);
      },
    };
  });
}

/** The label of Inputs.range is that of its field for a number; the slider beside it has the same name. */
function nameSliders(cell: HTMLElement): void {
  for (const slider of cell.querySelectorAll<HTMLInputElement>('input[type="range"]:not([aria-label])')) {
    slider.ariaLabel = slider.form?.querySelector("label")?.textContent ?? null;
  }
}

/** Plot names its figures and the groups in them, but a name without a role isn't read out: a figure is an image, a group in it a group. */
function giveRoles(cell: HTMLElement): void {
  for (const figure of cell.querySelectorAll("svg[aria-label]:not([role])")) figure.role = "img";
  for (const group of cell.querySelectorAll("svg g[aria-label]:not([role])")) group.role = "group";
}

/** What may scroll, mostly sideways where the page is narrow. */
const SCROLLING = ".formula, .scrolling, form";

/** Where a part scrolls it is a stop of the keyboard, with a name; where all of it is seen, as it was. */
const widths = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const part = target as HTMLElement;
    const isLarger = part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight;
    const scrolls = isLarger && getComputedStyle(part).overflowX !== "visible";
    if (scrolls === part.hasAttribute("tabindex")) continue;
    if (scrolls) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
    part.role = scrolls ? "group" : null;
    part.ariaLabel = scrolls ? (part.matches(".formula") ? "Formula" : "Table or figure") : null;
  }
});

function watchWidths(within: ParentNode): void {
  for (const part of within.querySelectorAll(SCROLLING)) widths.observe(part);
}

watchWidths(document); // texts are in the page as it comes
