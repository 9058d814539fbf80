import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parse } from "parse5";
import { expect } from "vitest";

export type Element = DefaultTreeAdapterTypes.Element;

/** Parses by the rules of HTML and demands that it breaks none; svg and details may hold what they like, unclosed elements are errors. */
export function elementsOf(markup: string): Element[] {
  const errors: string[] = [];
  const found: Element[] = [];
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if (defaultTreeAdapter.isElementNode(node)) found.push(node);
    for (const child of "childNodes" in node ? node.childNodes : []) visit(child);
  };
  visit(parse(markup, { onParseError: ({ code, startLine }) => errors.push(`${code} in line ${startLine}`) }));
  expect(errors).toEqual([]);
  return found;
}

export function textOf(node: DefaultTreeAdapterTypes.Node): string {
  if (defaultTreeAdapter.isTextNode(node)) return node.value;
  return "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
}

/** Its text, with one space wherever there is any. */
export const plain = (element: Element): string => textOf(element).replace(/\s+/g, " ").trim();

export const attribute = (element: Element, name: string): string | undefined => element.attrs.find((attr) => attr.name === name)?.value;
