import { Busboy, type BusboyHeaders } from "@fastify/busboy";
import { refuse, ServiceError } from "./service-error";
import type { Settings } from "./settings";

/** What a form holds, in its order. */
export interface Form {
  readonly files: readonly Uint8Array[];
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** The most fields that are no files: more than there are options. */
const MAX_FIELDS = 50;
/** The most bytes of such a field: more than an option needs. */
const MAX_FIELD_BYTES = 1000;
/** How many bytes are parsed before it is seen that there are too many parts. */
const PIECE = 65_536;

/**
 * Reads a form while it arrives; nothing is parsed after the first part that is too many.
 *
 * @param request a request of the type multipart/form-data; its body is limited already
 * @param settings how many images
 * @returns files and fields
 */
export async function readForm(request: Request, settings: Settings): Promise<Form> {
  try {
    return await parsed(request, settings.maxImages);
  } catch (error) {
    if (request.signal.aborted || error instanceof ServiceError) throw error;
    return refuse(400, "INVALID_BODY", "The body isn't the multipart/form-data that its Content-Type says.");
  }
}

async function parsed({ headers, body }: Request, maxImages: number): Promise<Form> {
  const files: Buffer[][] = [];
  const fields: [string, string][] = [];
  const parser = new Busboy({
    headers: Object.fromEntries(headers) as BusboyHeaders,
    isPartAFile: (_name, _type, fileName) => fileName !== undefined,
    limits: { files: maxImages, fields: MAX_FIELDS, parts: maxImages + MAX_FIELDS, fieldSize: MAX_FIELD_BYTES },
  });
  const finished = new Promise<void>((resolve, reject) => {
    const tooMany = (code: string, message: string) => () => reject(new ServiceError(413, code, message));
    const tooManyFields = tooMany("TOO_MANY_FIELDS", `The form has more than ${MAX_FIELDS} fields that are no images: send options alone.`);
    parser
      .on("file", (_name, file) => {
        const parts: Buffer[] = [];
        files.push(parts);
        file.on("data", (part: Buffer) => parts.push(part)).on("error", reject);
      })
      .on("field", (name: string | undefined, value, _nameCut, isCut) => {
        if (name === undefined) reject(new Error("a field has no name"));
        else if (isCut) reject(new ServiceError(422, "INVALID_OPTION", `A field has more than ${MAX_FIELD_BYTES} bytes: no option has.`));
        else fields.push([name, value]);
      })
      .on("filesLimit", tooMany("TOO_MANY_IMAGES", `More than ${maxImages} images, the most of a request: send several requests.`))
      .on("fieldsLimit", tooManyFields)
      .on("partsLimit", tooManyFields)
      .on("error", reject)
      .on("finish", resolve);
  });
  finished.catch(() => {}); // heard below, or after something else went wrong
  let isRefused = false;
  for await (const chunk of body ?? []) {
    for (let start = 0; start < chunk.length && !isRefused; start += PIECE) {
      const written = new Promise<void>((resolve) => parser.write(chunk.subarray(start, start + PIECE), () => resolve()));
      await Promise.race([finished, written]).catch(() => {
        isRefused = true; // the rest is read all the same: a client that is cut off while it sends may not hear why
      });
    }
  }
  if (isRefused) await finished;
  parser.end();
  await finished;
  return { files: files.map((parts) => Buffer.concat(parts)), fields };
}
