import { fail } from "@rsdix/internal";

/** What a text holds. FILE_CORRUPT for what is no JSON; `where` names the text. */
export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return fail("FILE_CORRUPT", `${where} is no JSON: ${(error as Error).message}.`, error);
  }
}
