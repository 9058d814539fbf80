import { mean } from "../mean";
import { meteorOfStatistics } from "../meteor/create-meteor";
import { spiderOf } from "../spider-of";
import { type MetricScores, oneScore, type Run } from "./metric";

export async function scoreMeteor(run: Run): Promise<MetricScores> {
  const { perImage, statistics } = await run.parts("meteor");
  return oneScore("meteor", run.average === "image" ? mean(perImage) : meteorOfStatistics(statistics), perImage);
}

export async function scoreSpice(run: Run): Promise<MetricScores> {
  const { perImage } = await run.parts("spice");
  return oneScore("spice", mean(perImage), perImage);
}

export async function scoreSpider(run: Run): Promise<MetricScores> {
  const perImage = async (metric: string) => (await run.of(metric)).perImage[metric]!;
  const result = spiderOf({ ciderD: await perImage("ciderD"), spice: await perImage("spice") });
  return oneScore("spider", result.spider, result.perImage);
}
