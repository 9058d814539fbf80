// What the kit's runtime gives cells by name, as far as the notebooks use it.
declare const Plot: typeof import("@observablehq/plot");
declare const html: (parts: TemplateStringsArray, ...values: unknown[]) => HTMLElement & { value: number };
/** Shows a value below the cell, and gives it back. */
declare function display<T>(value: T): T;
/** Shows an input; other cells see its value. */
declare function view<T>(input: { value: T }): T;
/** Settles when the cell is about to run anew. */
declare const invalidation: Promise<void>;

type Input<T> = HTMLElement & { value: T };
declare const Inputs: {
  range(extent: [number, number], options: { value: number; step: number; label: string }): Input<number>;
  toggle(options: { label: string; value: boolean }): Input<boolean>;
  select<T>(choices: T[], options: { value: T; label: string; format?: (choice: T) => string }): Input<T>;
  text(options: { label: string; value: string; width?: number; submit?: boolean }): Input<string>;
  table<T extends object>(
    rows: T[],
    options: {
      select: false;
      rows?: number;
      format?: { [K in keyof T]?: (value: number) => string };
      header?: { [K in keyof T]?: string };
      width?: { [K in keyof T]?: number };
    },
  ): HTMLElement;
};
