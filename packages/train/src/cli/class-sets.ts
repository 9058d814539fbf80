import {
  AID,
  type DatasetDeclaration,
  EUROSAT_RGB,
  MLRSNET,
  OPTIMAL_31,
  PATTERNNET,
  RESISC45,
  RSC11,
  RSI_CB128,
  RSI_CB256,
  RSICD_CLASSES,
  RSSCN7,
  WHU_EARTH,
  WHU_RS19,
} from "@rsdix/data";
import { fail } from "@rsdix/internal";
import { suggestion } from "../config/names";

const SETS: Readonly<Record<string, DatasetDeclaration>> = {
  rsicd: RSICD_CLASSES,
  "rsi-cb128": RSI_CB128,
  "rsi-cb256": RSI_CB256,
  "whu-earth": WHU_EARTH,
  "eurosat-rgb": EUROSAT_RGB,
  mlrsnet: MLRSNET,
  patternnet: PATTERNNET,
  resisc45: RESISC45,
  aid: AID,
  rsscn7: RSSCN7,
  "optimal-31": OPTIMAL_31,
  rsc11: RSC11,
  "whu-rs19": WHU_RS19,
};

/** The names of the class sets that are known. */
export const CLASS_SETS = Object.keys(SETS);

/** What is known of a class set; its name may be written in any case. */
export function knownClassSet(name: string): DatasetDeclaration {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  const found = CLASS_SETS.find((known) => plain(known) === plain(name));
  return found
    ? SETS[found]!
    : fail(
        "INVALID_ARGUMENT",
        `There is no class set ${JSON.stringify(name)}. Known are ${CLASS_SETS.join(", ")}.${suggestion(name, CLASS_SETS)}`,
      );
}
