import { type DefineState, type Definition, define as defineCell, observe } from "@observablehq/notebook-kit/runtime";

/**
 * The kit's `define`, which runs a cell, with a mark on the cell for readers and for the test: `aria-busy` while it computes, `data-failed` when it threw.
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
        mark(false);
      },
      rejected(error) {
        observer.rejected(error);
        mark(false, true);
      },
    };
  });
}
