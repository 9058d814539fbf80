/** A line of the trainer's output: a record, or an error. */
export interface TrainerLine {
  type: string;
  step?: number;
  code?: string;
  message?: string;
}

/** What a run of the trainer printed, and how it ended. */
export interface TrainerRun {
  lines: TrainerLine[];
  code: number | null;
  signal: string | null;
}

export declare function train(command: readonly string[], kill?: { afterSteps: number; milliseconds: number }): Promise<TrainerRun>;

export declare function killed(
  command: readonly string[],
  kills: number,
  random: () => number,
  check: (run: TrainerRun) => Promise<void>,
): Promise<{ lines: TrainerLine[]; signals: (string | null)[]; code: number | null; steps: number }>;

export declare function numbersOf(lines: readonly TrainerLine[]): Map<string, string>;
