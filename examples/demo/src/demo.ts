import { type BackendInfo, startBackend } from "@rsdix/backend";
import { Clip, type ClipCap } from "@rsdix/models";
import { openRunLog } from "@rsdix/train/node";
import { type DemoData, loadDemoData } from "./demo-data";
import { type Evaluation, evaluate } from "./evaluate";
import { finetuneAll } from "./finetune";
import { checkFolders, type Folders, prepareFolders, reportFolders } from "./folders";
import { readModel, saveCaptioner, saveClip } from "./model-files";
import { printDataset, printEnd, printScores } from "./print";
import { progressBars } from "./progress";
import { runBars } from "./run-bars";
import type { Settings } from "./settings";
import type { OnRecord } from "./stage";
import type { Summary } from "./summary";
import { trainCaptioner } from "./train-captioner";
import { trainClip } from "./train-clip";
import { clipTokenizer, gpt2Tokenizer } from "./vocabularies";
import { writeReport } from "./write-report";

/** How the demo runs. */
export interface DemoOptions {
  /** What is computed. */
  settings: Settings;
  /** Folder of the data set. */
  dataDir: string;
  /** Folder of the report. */
  outDir: string;
  /** Backend of TensorFlow.js, or "auto". */
  backend: string;
  /** Go on from an interrupted run. */
  resume: boolean;
  /** Stops it after the step in progress, with a checkpoint. */
  signal: AbortSignal;
}

/** What the steps share. */
interface Run extends DemoOptions {
  folders: Folders;
  backendInfo: BackendInfo;
  data: DemoData;
  onRecord: OnRecord;
}

/**
 * The main job, from the data set to the report.
 *
 * @param options what to compute, and where
 * @returns the scores
 */
export async function runDemo(options: DemoOptions): Promise<Summary> {
  const began = performance.now();
  const folders = reportFolders(options.outDir);
  checkFolders(folders); // before the work that would be for nothing
  console.log("1. Backend");
  const backendInfo = await startBackend(options.backend);
  console.log(`  ${backendInfo.name}, ${threadsOf(backendInfo)}; the two fine-tunings run at once, in a worker each`);
  console.log("2. Data: BlueMarble-Captions");
  const data = await makeData(options);
  const giveBack = await prepareFolders(folders, options.resume); // only now: what fails before leaves an older report as it is
  try {
    return await runSteps({ ...options, folders, backendInfo, data }, began);
  } finally {
    await giveBack();
  }
}

async function runSteps(options: Omit<Run, "onRecord">, began: number): Promise<Summary> {
  const { folders, backendInfo, data } = options;
  const log = openRunLog(folders.log);
  const onRecord: OnRecord = (record) => {
    // A resumed run repeats what came after its checkpoint: those lines go.
    if (record.type === "start") {
      log.keep((line) => line.stage !== record.stage || (record.step > 0 && (line.step as number) <= record.step));
    }
    if (record.type !== "start" || record.step === 0) log.write(record);
  };
  const run: Run = { ...options, onRecord };
  console.log("3. Pre-training CLIP with InfoNCE on part of the training regions");
  await pretrain(run);
  options.signal.throwIfAborted();
  console.log("4. Fine-tuning on all training regions, twice from the same weights");
  await finetune(run);
  options.signal.throwIfAborted();
  console.log("5. Training a captioner on the distilled model's frozen image tower");
  const captioner = await trainDecoder(run);
  console.log("6. Classifying, searching and captioning the test patches");
  const evaluation = await score(run, captioner).finally(() => captioner.dispose());
  const summary = await writeReport(folders, {
    settings: options.settings,
    data,
    evaluation,
    backend: backendInfo,
    records: log.records(),
    began,
  });
  console.log("7. Scores on regions never seen");
  printScores(summary);
  console.log("8. Report");
  printEnd(summary, folders);
  return summary;
}

async function makeData({ dataDir, settings, signal }: DemoOptions): Promise<DemoData> {
  const names = { measure: "measuring the Earth", write: "writing patches", read: "reading patches" };
  let bar: ReturnType<typeof progressBars>[number] | undefined;
  let current: string | undefined;
  const onProgress = (stage: keyof typeof names, done: number, total: number) => {
    if (stage !== current) {
      bar?.stop();
      bar = progressBars([{ name: names[stage], total }])[0];
      current = stage;
    }
    bar?.update(done);
  };
  const loading = loadDemoData({ dir: dataDir, ...settings, signal, onProgress });
  const { data, summary, reused } = await loading.finally(() => bar?.stop());
  console.log(`  ${reused ? "reused from" : "made in"} ${dataDir}`);
  printDataset(summary);
  if (settings.perClass !== undefined) console.log(`  ${data.records.length} of the patches are used`);
  return data;
}

async function pretrain({ settings, data, folders, resume, signal, onRecord }: Run): Promise<void> {
  const bars = runBars([{ stage: "pretrain", name: "InfoNCE", steps: settings.pretrain.steps }]);
  try {
    const tokenizer = clipTokenizer();
    const checkpoint = await trainClip({
      stage: "pretrain",
      data,
      settings,
      checkpoints: folders.checkpoints("pretrain"),
      resume,
      tokenizer,
      signal,
      onRecord(record) {
        onRecord(record);
        bars.move(record);
      },
    });
    await saveClip(folders.model("pretrain"), checkpoint, settings.clip, tokenizer);
  } finally {
    bars.stop();
  }
}

async function finetune({ settings, data, folders, resume, signal, backendInfo, onRecord }: Run): Promise<void> {
  const { steps } = settings.finetune;
  const bars = runBars([
    { stage: "infonce", name: "InfoNCE alone", steps },
    { stage: "distilled", name: "InfoNCE + self-distillation", steps },
  ]);
  const jobs = (["infonce", "distilled"] as const).map((stage) => ({
    run: { stage, data, settings, checkpoints: folders.checkpoints(stage), resume },
    backend: backendInfo.name,
    from: folders.model("pretrain"),
    to: folders.model(stage),
  }));
  try {
    await finetuneAll(jobs, signal, (record) => {
      onRecord(record);
      bars.move(record);
    });
  } finally {
    bars.stop();
  }
}

async function trainDecoder({ settings, data, folders, resume, signal, onRecord }: Run): Promise<ClipCap> {
  const clip = Clip.fromCheckpoint(settings.clip, await readModel(folders.model("distilled")));
  clip.tokenizer = clipTokenizer();
  const tokenizer = gpt2Tokenizer();
  const [embedding] = progressBars([{ name: "embedding patches", total: 100 }]);
  let bars: ReturnType<typeof runBars> | undefined;
  try {
    const captioner = await trainCaptioner({
      data,
      settings,
      clip,
      tokenizer,
      checkpoints: folders.checkpoints("captioner"),
      resume,
      signal,
      onEmbedded: (done, total) => embedding!.update(Math.floor((100 * done) / total)),
      onRecord(record) {
        if (!bars) embedding!.stop();
        bars ??= runBars([{ stage: "captioner", name: "captioner", steps: settings.captioner.steps }]);
        onRecord(record);
        bars.move(record);
      },
    });
    await saveCaptioner(folders.model("captioner"), captioner, tokenizer, clip);
    return captioner;
  } finally {
    if (bars) bars.stop();
    else embedding!.stop();
    clip.dispose();
  }
}

async function score({ settings, data, folders, signal }: Run, captioner: ClipCap): Promise<Evaluation> {
  signal.throwIfAborted();
  const models = {
    pretrain: await readModel(folders.model("pretrain")),
    infonce: await readModel(folders.model("infonce")),
    distilled: await readModel(folders.model("distilled")),
  };
  const tokenizers = { clip: clipTokenizer(), gpt2: gpt2Tokenizer() };
  let bar: ReturnType<typeof progressBars>[number] | undefined;
  const onCaption = (done: number, total: number) => {
    bar ??= progressBars([{ name: "captions, greedy and beams", total }])[0];
    bar!.update(done);
  };
  return evaluate({ settings, data, models, captioner, tokenizers, signal, onCaption }).finally(() => bar?.stop());
}

/** wasm has a thread in each worker; native's threads are one pool for all of them. */
function threadsOf({ name, threads }: BackendInfo): string {
  if (threads === undefined) return "its own choice of threads";
  if (threads === 1) return "1 thread a worker";
  return name === "native" ? `${threads} threads, shared by the workers` : `${threads} threads a worker`;
}
