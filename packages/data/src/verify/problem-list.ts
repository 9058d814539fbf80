import type { VerifyProblem, VerifyProblemKind } from "./verify-report";

/** Kinds that are errors; the others are warnings: models resize images, and the same file twice in one split only weighs more. */
const ERRORS: readonly VerifyProblemKind[] = [
  "count",
  "left out of the annotation",
  "missing image",
  "unreadable image",
  "same file in two splits",
  "empty caption",
  "no caption",
];

/** Problems by kind, with the first examples of each. */
export class ProblemList {
  private readonly found = new Map<VerifyProblemKind, { count: number; examples: string[] }>();

  constructor(private readonly examples: number) {}

  add(kind: VerifyProblemKind, example: string): void {
    const entry = this.found.get(kind) ?? { count: 0, examples: [] };
    entry.count++;
    if (entry.examples.length < this.examples) entry.examples.push(example);
    this.found.set(kind, entry);
  }

  /** Errors first, each in the order of its discovery. */
  list(): VerifyProblem[] {
    const problems = [...this.found].map(([kind, entry]) => ({
      kind,
      severity: ERRORS.includes(kind) ? ("error" as const) : ("warning" as const),
      ...entry,
    }));
    return problems.sort((a, b) => Number(a.severity === "warning") - Number(b.severity === "warning"));
  }
}
