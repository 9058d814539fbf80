import { nextTask } from "@rsdix/internal";
import { checkAborted, pacer } from "../progress";
import type { MetricStudyOptions } from "./metric-study";
import type { PerturbedCaptions } from "./perturb-captions";
import { type MetricGroup, scoresOf } from "./study-metrics";
import type { StudyDetails } from "./study-result";

/** Scores the captions as they were and as they became; all of them each time, so that metrics that weigh words by a whole set weigh alike. */
export async function scoreCaptions(
  { details: { captions, perturbed }, references }: PerturbedCaptions,
  groups: readonly MetricGroup[],
  { onProgress, signal }: { [K in "onProgress" | "signal"]: MetricStudyOptions[K] | undefined },
): Promise<Pick<StudyDetails, "scores" | "unchanged">> {
  const unchanged: Record<string, Float64Array> = {};
  const scores: Record<string, Record<string, Float64Array>> = {};
  const passes = ["unchanged", ...Object.keys(perturbed)];
  const total = groups.length * passes.length;
  const breathe = pacer({ signal }, "metricStudy", total);
  let done = 0;
  for (const group of groups) {
    for (const { name } of group.metrics) scores[name] = {};
    for (const [pass, perturbation] of passes.entries()) {
      const last = { total, metric: group.metrics.map(({ name }) => name).join(" "), perturbation };
      const check = () => checkAborted(signal, "metricStudy", { done, total });
      onProgress?.({ done, ...last });
      await nextTask(); // a signal is raised by others, who need their turn
      check();
      const candidates = pass === 0 ? captions : perturbed[perturbation]!.map(({ caption }) => caption);
      const own = await scoresOf(group, candidates, references, { signal, check, step: () => breathe(done) });
      group.metrics.forEach(({ name }, k) => {
        if (pass === 0) unchanged[name] = own[k]!;
        else scores[name]![perturbation] = own[k]!;
      });
      done++;
      if (done === total) onProgress?.({ done, ...last });
    }
  }
  return { unchanged, scores };
}
