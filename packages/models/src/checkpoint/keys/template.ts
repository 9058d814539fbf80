/** What the placeholders of a template stood for. */
export interface Captures {
  /** Of `{i}`. */
  readonly i?: string;
  /** Of `{p}`. */
  readonly p?: string;
}

/** A template that a name fits, and how. */
export interface Reading {
  readonly template: string;
  readonly captures: Captures;
}

/**
 * The templates that a name fits: with its first number as `{i}` or as it is, and with `weight` or `bias` at its end as `{p}` or as it is.
 * They are looked up among those of a table, which costs the same however many a table has.
 */
export function readings(name: string): Reading[] {
  const number = /(?<=^|\.)\d{1,4}(?=\.)/.exec(name);
  const ending = /(weight|bias)$/.exec(name)?.[0];
  const result: Reading[] = [];
  for (const i of number ? [number[0], undefined] : [undefined]) {
    const numbered = i === undefined ? name : `${name.slice(0, number!.index)}{i}${name.slice(number!.index + i.length)}`;
    for (const p of ending ? [ending, undefined] : [undefined]) {
      const template = p === undefined ? numbered : `${numbered.slice(0, -p.length)}{p}`;
      result.push({ template, captures: { ...(i !== undefined && { i }), ...(p !== undefined && { p }) } });
    }
  }
  return result;
}

/** The name that a template is with these in place of its placeholders. */
export function fill(template: string, captures: Captures): string {
  return template.replace(/\{([ip])\}/g, (_, key: "i" | "p") => captures[key]!);
}
