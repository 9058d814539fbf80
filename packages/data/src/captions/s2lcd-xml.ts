import { fail } from "@rsdix/internal";
import type { CaptionDataset, CaptionSentence, ExtraFields, JsonValue } from "../caption-dataset";
import { checkForm, checkText } from "../check-inputs";
import { refuseLoss, withExtra } from "../stringify-karpathy";
import { checkParseOptions, type Draft, type DraftDataset, type ParseNamedCaptionsOptions, settle } from "./draft";
import { captionField, expected, extraFields, filenameField, objectField, splitField, textField, tokensField } from "./json-fields";
import { attemptAll, type Reading } from "./reading";
import { elementJson, elementOf, formatElement, isXmlName, isXmlText, loadXmlParser, parseXml, type XmlElement } from "./xml-elements";

/** The attribute for what attributes have no place for, as JSON. */
const JSON_ATTRIBUTE = "rsdix-json";
/** The extra field for elements that this package does not know; no attribute can have its name. */
const ELEMENTS = "#elements";
/** The elements within an element that are read as what they are. */
const OWN: Readonly<Record<string, string>> = { annotations: "image", image: "mask" };

/**
 * Reads S2LCD's XML: `<annotations><image id="0" name="a.png"><mask label="a caption"/> ... </image></annotations>`, as CVAT exports it.
 * An image may have `split` and `label`; other attributes go to `extra` as text, other elements to `extra["#elements"]`. The parser knows
 * XML's five entities only and refuses document type declarations, so that no entity grows or reads a file.
 *
 * @param text - the XML.
 * @param where - what error messages call the source: usually the file's path.
 * @param options - `dataset` ("s2lcd"), `defaultSplit` for images without a split, as S2LCD's are, `onError` ("throw") and `onSkip`.
 * @returns the data set, its images in the order of the file.
 * @throws RsdixError (as a rejection) FILE_CORRUPT naming source, line and attribute at the first thing that is not as expected (with
 * `onError` "skip" an image or a caption is left out instead); INVALID_ARGUMENT; UNKNOWN_OPTION.
 * @example
 * ```ts
 * import { parseS2lcdXml } from "@rsdix/data";
 * const xml = '<annotations><image id="0" name="a.png"><mask label="Forest &amp; bare soil."/></image></annotations>';
 * const { images } = await parseS2lcdXml(xml, "annotations.xml", { defaultSplit: "test" });
 * if (images[0].sentences[0].raw !== "Forest & bare soil.") throw new Error("expected the caption");
 * ```
 * @see https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/
 */
export async function parseS2lcdXml(text: string, where: string, options: ParseNamedCaptionsOptions = {}): Promise<CaptionDataset> {
  const reading = checkParseOptions(options, "parseS2lcdXml", ["dataset"]);
  checkText(text, "parseS2lcdXml");
  return settle(await draftS2lcdXml(text, where, reading), options.dataset ?? "s2lcd", options, reading);
}

/** What S2LCD's XML has, with the line of each image. */
export async function draftS2lcdXml(text: string, where: string, reading: Reading): Promise<DraftDataset> {
  const root = parseXml(text.replace(/^\uFEFF/, ""), where, await loadXmlParser());
  if (root.name !== "annotations") expected(`${where}: line ${root.line}`, "the element <annotations>", `<${root.name}>`);
  const { dataset, ...extra } = fieldsOf(root, `${where}: line ${root.line}`);
  return {
    ...(dataset !== undefined && { dataset: textField(dataset, `${where}: dataset`) }),
    drafts: readAll(root, "image", where, reading, (image, place) => draftImage(image, place, where, reading)),
    ...extraFields(extra),
  };
}

function draftImage(image: XmlElement, place: string, where: string, reading: Reading): Draft {
  const { id, name, split, label, ...extra } = fieldsOf(image, place);
  const sentence = (mask: XmlElement, at: string): CaptionSentence => {
    const { label: raw, tokens, ...further } = fieldsOf(mask, at);
    return {
      raw: captionField(raw, `${at}: label`, reading),
      ...(tokens !== undefined && { tokens: tokensField(tokens, `${at}: tokens`) }),
      ...extraFields(further),
    };
  };
  const number = typeof id === "string" && /^-?\d+$/.test(id) ? Number(id) : Number.NaN;
  const record = {
    filename: filenameField(name, `${place}: name`),
    imgid: Number.isSafeInteger(number) ? number : expected(`${place}: id`, "a whole number", id),
    ...(split !== undefined && { split: splitField(split, `${place}: split`) }),
    sentences: readAll(image, "mask", where, reading, sentence),
    ...(label !== undefined && { label: textField(label, `${place}: label`) }),
    ...extraFields(extra),
  };
  return { record, where: place };
}

function readAll<R>(
  parent: XmlElement,
  name: string,
  where: string,
  reading: Reading,
  make: (element: XmlElement, place: string) => R,
): R[] {
  const elements = parent.children.filter((child): child is XmlElement => typeof child !== "string" && child.name === name);
  return attemptAll(elements, reading, (i) => `${where}: line ${elements[i]!.line}`, make);
}

/** An element's attributes, what its JSON attribute holds, and what it has within that is not read otherwise. */
function fieldsOf({ name, attributes, children }: XmlElement, where: string): Record<string, unknown> {
  const { [JSON_ATTRIBUTE]: text, ...fields } = Object.fromEntries(attributes);
  const elements = children.filter((child) => typeof child === "string" || child.name !== OWN[name]);
  return {
    ...fields,
    ...(elements.length > 0 && { [ELEMENTS]: elements.map((child) => (typeof child === "string" ? child : elementJson(child))) }),
    ...(text !== undefined && jsonOf(text, `${where}: ${JSON_ATTRIBUTE}`)),
  };
}

function jsonOf(text: string, where: string): Record<string, unknown> {
  try {
    return objectField(JSON.parse(text), where);
  } catch (cause) {
    return fail("FILE_CORRUPT", `${where} is not an object in JSON (${(cause as Error).message}).`, cause);
  }
}

/**
 * Writes a data set in the form of S2LCD's XML, a caption a line. What attributes have no place for (a caption's words, further fields
 * that are not text) is kept as JSON in the attribute `rsdix-json`.
 *
 * @param set - the data set.
 * @returns XML that `parseS2lcdXml` gives back without loss.
 * @throws RsdixError INVALID_ARGUMENT when an `extra` field has a known field's name or a value that JSON cannot hold (such as NaN), and for a
 * file name that XML cannot hold.
 * @example
 * ```ts
 * import { type CaptionRecord, parseS2lcdXml, stringifyS2lcdXml } from "@rsdix/data";
 * const image: CaptionRecord = { filename: "a.png", imgid: 0, split: "train", sentences: [{ raw: "A lake.", tokens: ["a", "lake"] }] };
 * const xml = stringifyS2lcdXml({ dataset: "tiny", images: [image] });
 * const { images } = await parseS2lcdXml(xml, "xml");
 * if (images[0].sentences[0].tokens?.[1] !== "lake") throw new Error("nothing is lost");
 * ```
 * @see https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/
 */
export function stringifyS2lcdXml(set: CaptionDataset): string {
  checkForm(set, "stringifyS2lcdXml");
  const { dataset, images, extra } = set;
  const elements = images.map((image, index) => {
    const { filename, imgid, split, label, sentences } = image;
    const where = `images[${index}]`;
    if (!isXmlText(filename))
      fail("INVALID_ARGUMENT", `${where}.filename has characters that XML cannot hold: ${JSON.stringify(filename)}.`);
    const masks = sentences.map(({ raw, tokens, extra: further }, i) => {
      const known = { label: raw, ...(tokens && { tokens }) };
      return element("mask", known, further, `${where}.sentences[${i}]`, ["tokens"]);
    });
    const known = { id: String(imgid), name: filename, split, ...(label !== undefined && { label }) };
    return element("image", known, image.extra, where, ["label"], masks);
  });
  const root = element("annotations", { dataset }, extra, "the data set", [], elements);
  return `<?xml version="1.0" encoding="utf-8"?>\n${formatElement(root)}`;
}

function element(
  name: string,
  known: Readonly<Record<string, JsonValue>>,
  extra: ExtraFields | undefined,
  where: string,
  reserved: string[],
  children: readonly XmlElement[] = [],
): XmlElement {
  const attributes: [string, string][] = [];
  const json: [string, JsonValue][] = [];
  let inner: XmlElement[] = [];
  for (const [key, value] of Object.entries(withExtra(known, extra, where, [...reserved, JSON_ATTRIBUTE])) as [string, JsonValue][]) {
    const elements = key === ELEMENTS && Array.isArray(value) ? value.map((item: JsonValue) => elementOf(item)) : [undefined];
    if (elements.length > 0 && elements.every((item) => item && item.name !== OWN[name])) inner = elements as XmlElement[];
    else if (isXmlName(key) && isXmlText(value)) attributes.push([key, value]);
    else json.push([key, value]);
  }
  if (json.length > 0) attributes.push([JSON_ATTRIBUTE, asciiJson(Object.fromEntries(json))]);
  return { name, attributes, children: [...inner, ...children], line: 0 };
}

/** JSON in which characters that XML leaves out are escaped. */
function asciiJson(value: JsonValue): string {
  return JSON.stringify(value, refuseLoss).replace(/[\ud800-\udfff\ufffe\uffff\u007f-\u009f]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
