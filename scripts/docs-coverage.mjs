// Every public name is documented: prints what is missing as `file:line name: what`, and fails when anything is.
import { readArguments } from "./lib/arguments.mjs";
import { checkDeclarations } from "./lib/doc-rules.mjs";
import { isInternal, loadPublicApi } from "./lib/public-api.mjs";
import { isMain, repository, shown } from "./lib/workspace.mjs";

/**
 * What says which paper, or program, it is from: of a package all functions and classes but those named (`except`: they read, write, load, or are this
 * project's own), or those named alone (`only`).
 */
const FROM_PAPERS = {
  "core-losses": { except: [] },
  metrics: {
    except: [
      ...["bestFixedCaption", "mostFrequentCaption", "namesClass", "evaluate", "topK"],
      ...["loadSpiceParser", "saveParaphrases", "createRandom"],
      ...["checkStudyOptions", "loadStudyFigure", "studyCaptionsTsv", "studyJson", "studyTsv", "objectsOf", "tagByWordNet"],
      ...["deleteWords", "repeatWords", "shuffleWords", "swapColour", "swapNumber", "swapObject", "swapRelation"],
    ],
  },
  backend: {
    only: ["adamWUpdate", "attention", "crossEntropy", "emaUpdate", "layerNorm", "linear", "recomputed", "selfAttention"],
  },
  image: {
    only: [
      ...["ImageProcessor", "clipPreprocess", "colorJitter", "resize", "resizedCrop", "rotate"],
      ...["adjustBrightness", "adjustSaturation", "adjustSharpness", "decodeImage"],
    ],
  },
  models: {
    only: [
      ...["Clip", "Siglip", "SentenceBert", "ClipCap", "Gpt2", "nucleus", "beamSearch", "zeroShotProbabilities"],
      ...["ClipTokenizer", "SiglipTokenizer", "BertTokenizer", "Gpt2Tokenizer", "readTorchCheckpoint", "openSafetensors"],
    ],
  },
  train: {
    only: [
      ...["AdamW", "clipByGlobalNorm", "emaDecay", "updateEma", "findLearningRate"],
      ...["constantSchedule", "cosineSchedule", "linearSchedule", "rampSchedule"],
      ...["bayesSearch", "evaluateZeroShot", "captionTask", "clipTask", "contrastiveHeadTask", "headTask"],
    ],
  },
};

const isFromPaper = ({ except, only } = { only: [] }, name) => (only ? only.includes(name) : !except.includes(name));

/** Names of a list that no package exports: a rule for nothing. */
function namesOfNothing(fromPapers, names) {
  return Object.entries(fromPapers).flatMap(([folder, { except = [], only = [] }]) =>
    [...except, ...only].filter((listed) => !names.some(({ name, owner }) => owner.folder === folder && name === listed)),
  );
}

/** The gaps in the documentation of the packages below `root`, in order of file and line, and how many names were looked at. */
export function docsCoverage(root = repository, fromPapers = FROM_PAPERS) {
  const { checker, names, missingEntries } = loadPublicApi(root);
  const gaps = missingEntries.map(({ file, subpath, owner }) => ({
    file: shown(file, root),
    line: 1,
    name: owner.name,
    what: `the export "${subpath}" has no source`,
  }));
  const listed = new Set(names.map(({ symbol }) => symbol));
  const isListed = (symbol) => listed.has(symbol);
  for (const { name, owner, declarations } of names) {
    const summaryOnly = isInternal(declarations[0].getSourceFile().fileName, root);
    for (const { node, label, what } of checkDeclarations(name, declarations, checker, {
      summaryOnly,
      source: isFromPaper(fromPapers[owner.folder], name),
      isListed,
    })) {
      const source = node.getSourceFile();
      const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
      gaps.push({ file: shown(source.fileName, root), line, name: label, what });
    }
  }
  const script = { file: "scripts/docs-coverage.mjs", line: 1, what: "is named by FROM_PAPERS, but isn't exported" };
  gaps.push(...namesOfNothing(fromPapers, names).map((name) => ({ ...script, name })));
  const lines = gaps
    .sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
    .map((gap) => `${gap.file}:${gap.line} ${gap.name}: ${gap.what}`);
  return { gaps: [...new Set(lines)], names: names.length };
}

if (isMain(import.meta)) {
  readArguments("");
  const { gaps, names } = docsCoverage();
  for (const gap of gaps) console.log(gap);
  console.log(`${names} public names, ${gaps.length} missing`);
  process.exit(gaps.length > 0 ? 1 : 0);
}
