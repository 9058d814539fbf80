/** A kind of trouble that `verify` looks for. */
export type VerifyProblemKind =
  | "count"
  | "left out of the annotation"
  | "missing image"
  | "unreadable image"
  | "other size"
  | "same file in two splits"
  | "same file twice"
  | "empty caption"
  | "no caption"
  | "number of captions"
  | "class without images"
  | "image left out, of no class"
  | "image that no record names";

/** What was found of one kind. */
export interface VerifyProblem {
  /** What it is. */
  readonly kind: VerifyProblemKind;
  /** "error" makes a run fail or a score wrong; "warning" is worth knowing. */
  readonly severity: "error" | "warning";
  /** How many there are. */
  readonly count: number;
  /** The first of them, each in words: file names, what was expected and what came. */
  readonly examples: readonly string[];
}

/** What `verify` found. */
export interface VerifyReport {
  /** The data set's name. */
  readonly dataset: string;
  /** Where its files are. */
  readonly files: string;
  /** Images in the records, images that were decoded, and captions. */
  readonly counts: { readonly images: number; readonly decoded: number; readonly captions: number; readonly classes: number };
  /** Images of each split. */
  readonly splits: Readonly<Record<"train" | "val" | "test", number>>;
  /** How many images have which size: "224 x 224", the most frequent first. */
  readonly sizes: ReadonlyMap<string, number>;
  /** What is wrong, errors first; empty when all is well. */
  readonly problems: readonly VerifyProblem[];
  /** Whether there is no error; warnings may be. */
  readonly ok: boolean;
  /** What a program ends with: 0 without an error, else 1. */
  readonly exitCode: 0 | 1;
  /** The report for people. */
  readonly text: string;
}

/** The report in lines for people; `looked` says whether images were decoded at all. */
export function reportText(report: Omit<VerifyReport, "text">, looked: boolean): string {
  const { dataset, files, counts, splits, sizes, problems } = report;
  const said = [...sizes].map(([size, count]) => `${size} (${count})`);
  const lines = [
    `${dataset} in ${files}`,
    `  images    ${counts.images}, ${looked ? `${counts.decoded} of them decoded` : "not looked into"}`,
    ...(counts.captions > 0 ? [`  captions  ${counts.captions}`] : []),
    ...(counts.classes > 0 ? [`  classes   ${counts.classes}`] : []),
    `  splits    train ${splits.train}, val ${splits.val}, test ${splits.test}`,
    ...(said.length > 0 ? [`  sizes     ${said.slice(0, 4).join(", ")}${said.length > 4 ? ` and ${said.length - 4} others` : ""}`] : []),
    ...problems.flatMap(({ kind, severity, count, examples }) => [
      `${severity}: ${kind} (${count})`,
      ...examples.map((example) => `  - ${example}`),
      ...(count > examples.length ? [`  - and ${count - examples.length} more`] : []),
    ]),
  ];
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const warnings = problems.length - errors;
  lines.push(errors + warnings === 0 ? "All is well." : `${plural(errors, "kind")} of errors, ${plural(warnings, "kind")} of warnings.`);
  return lines.join("\n");
}

function plural(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}
