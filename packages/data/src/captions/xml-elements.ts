import { fail, isRecord } from "@rsdix/internal";
import type { SaxesParser } from "saxes";
import type { JsonValue } from "../caption-dataset";

/** An element of XML, its attributes in the order of the file. */
export interface XmlElement {
  /** The element's name. */
  readonly name: string;
  /** Its attributes; those that XML cannot hold as text are JSON in "rsdix-json". */
  readonly attributes: readonly (readonly [name: string, value: string])[];
  /** Elements and texts within it; texts of white space only are left out. */
  readonly children: readonly (XmlElement | string)[];
  /** Its line in the file, counted from 1. */
  readonly line: number;
}

type Parser = typeof SaxesParser;

// Deeper than any annotation tool writes, and shallow enough for readers that recurse.
const MAX_DEPTH = 32;

/** The parser, loaded when XML is first read. */
export async function loadXmlParser(): Promise<Parser> {
  const module: { readonly SaxesParser?: Parser; readonly default?: { readonly SaxesParser: Parser } } = await import("saxes");
  // It is CommonJS: a bundler that splits files (esbuild) gives what it exports as the default only.
  return module.SaxesParser ?? module.default!.SaxesParser;
}

/**
 * Reads XML into elements. Throws FILE_CORRUPT with the line for what is not well-formed, and for a document type declaration: only
 * declarations can define entities that grow without bound or that name other files, and annotations have none.
 */
export function parseXml(text: string, where: string, Parser: Parser): XmlElement {
  const parser = new Parser({ position: true });
  const open: { name: string; attributes: [string, string][]; children: (XmlElement | string)[]; line: number }[] = [];
  let attributes: [string, string][] = [];
  let line = 1;
  let root: XmlElement | undefined;
  const addText = (content: string) => {
    if (content.trim() !== "") open.at(-1)?.children.push(content);
  };
  parser.on("error", ({ message }) => {
    // The parser's own message starts with the place, as line:column.
    fail("FILE_CORRUPT", `${where}: line ${parser.line} is not XML (${message.replace(/^\d+:\d+: /, "").replace(/\.$/, "")}).`);
  });
  parser.on("doctype", () => {
    fail("FILE_CORRUPT", `${where}: line ${parser.line} has a document type declaration (<!DOCTYPE>), which is refused. Remove it.`);
  });
  parser.on("opentagstart", () => {
    attributes = [];
    line = parser.line;
    if (open.length >= MAX_DEPTH) fail("FILE_CORRUPT", `${where}: line ${line} is ${MAX_DEPTH} elements deep, too deep for an annotation.`);
  });
  parser.on("attribute", ({ name, value }) => attributes.push([name, value]));
  parser.on("opentag", ({ name }) => {
    open.push({ name, attributes, children: [], line });
  });
  parser.on("closetag", () => {
    const element = open.pop()!;
    if (open.length > 0) open.at(-1)!.children.push(element);
    else root = element;
  });
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.write(text).close();
  return root ?? fail("FILE_CORRUPT", `${where} has no XML element.`);
}

/** An element as JSON, for what a reader does not know but keeps. */
export function elementJson({ name, attributes, children }: XmlElement): JsonValue {
  return {
    name,
    ...(attributes.length > 0 && { attributes: Object.fromEntries(attributes) }),
    ...(children.length > 0 && { children: children.map((child) => (typeof child === "string" ? child : elementJson(child))) }),
  };
}

/** The element that `elementJson` made, or undefined for other JSON. */
export function elementOf(json: JsonValue, depth = 0): XmlElement | undefined {
  if (!isRecord(json) || depth > MAX_DEPTH) return undefined;
  const { name, attributes = {}, children = [], ...rest } = json as { readonly [key: string]: JsonValue };
  if (typeof name !== "string" || !isXmlName(name) || Object.keys(rest).length > 0 || !Array.isArray(children)) return undefined;
  if (!isRecord(attributes)) return undefined;
  const pairs = Object.entries(attributes);
  const inner = children.map((child: JsonValue, i) =>
    typeof child === "string" ? (isTextNode(child, children[i - 1]) ? child : undefined) : elementOf(child, depth + 1),
  );
  if (inner.includes(undefined) || !pairs.every(([key, value]) => isXmlName(key) && isXmlText(value))) return undefined;
  return { name, attributes: pairs as [string, string][], children: inner as (XmlElement | string)[], line: 0 };
}

/** Whether reading gives a text back as one: not blank, and no other text beside it. */
function isTextNode(text: string, before: JsonValue | undefined): boolean {
  return isXmlText(text) && text.trim() !== "" && typeof before !== "string";
}

/** Lines of XML. */
export function formatElement({ name, attributes, children }: XmlElement, indent = ""): string {
  const tag = [name, ...attributes.map(([key, value]) => `${key}="${escaped(value)}"`)].join(" ");
  if (children.length === 0) return `${indent}<${tag}/>\n`;
  if (children.every((child) => typeof child !== "string")) {
    return `${indent}<${tag}>\n${children.map((child) => formatElement(child, `${indent}  `)).join("")}${indent}</${name}>\n`;
  }
  // Beside texts, white space would become a part of them.
  const inner = children.map((child) => (typeof child === "string" ? escaped(child) : formatElement(child).trimEnd()));
  return `${indent}<${tag}>${inner.join("")}</${name}>\n`;
}

const ESCAPES: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" };

function escaped(text: string): string {
  return text.replace(/[<>&"\t\n\r]/g, (char) => ESCAPES[char] ?? `&#${char.charCodeAt(0)};`);
}

/** Whether an element or attribute may have this name. */
export function isXmlName(name: string): boolean {
  return /^[A-Za-z_][\w.-]*$/.test(name);
}

/** Whether XML can hold a value as text. */
export function isXmlText(value: unknown): value is string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 leaves out.
  return typeof value === "string" && !/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u.test(value);
}
