import type { ScoreRecord } from "../evaluate/score-records";
import { type Evaluation, parseEvaluation, type ScoresEvaluation } from "./evaluation";

/** What a table and the records beside it hold: the rows that records tell of by data set and splits, with all digits, and the others as the table has them. */
export function recordedEvaluations(tsv: string, records: readonly ScoreRecord[], title: string): Evaluation[] {
  const waiting = new Map<string, ScoreRecord[]>();
  for (const record of records) waiting.set(record.row, [...(waiting.get(record.row) ?? []), record]);
  const groups = new Map<string, ScoreRecord[]>();
  const others = tsv.split(/\r?\n/).filter((line) => {
    const record = waiting.get(line)?.shift();
    if (!record) return true;
    const set = JSON.stringify([record.dataset, record.splits]);
    groups.set(set, [...(groups.get(set) ?? []), record]);
    return false;
  });
  const recorded = [...groups.values()].map((group) => evaluationOf(group, title));
  return others.some((line) => line !== "") || recorded.length === 0 ? [...recorded, parseEvaluation(others.join("\n"), title)] : recorded;
}

function evaluationOf(group: readonly ScoreRecord[], title: string): ScoresEvaluation {
  const { dataset, splits } = group[0]!;
  const models = group.map(({ model, scores }) => ({ model, scores: { ...scores } }));
  return { kind: "scores", title: [title, ...(splits ?? [])].join(", "), ...(dataset !== undefined && { dataset }), models };
}
