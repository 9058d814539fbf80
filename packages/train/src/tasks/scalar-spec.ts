import type { ParameterSpec } from "@rsdix/models";

/** A weight that is one number, and begins at `constant`. */
export function scalarSpec(name: string, constant: number): ParameterSpec {
  return { name, shape: [], init: { constant } };
}
