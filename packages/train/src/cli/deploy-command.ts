import { existsSync } from "node:fs";
import { dirname, posix, resolve } from "node:path";
import { pathOf, writeFileAtomic } from "@rsdix/data/node";
import { fail } from "@rsdix/internal";
import { refuseRunFiles } from "@rsdix/scale";
import { type Command, InvalidArgumentError } from "commander";
import { stringify } from "yaml";
import { type JobVolume, kubernetesJob } from "../deploy/kubernetes-job";
import {
  cores,
  cpuProblem,
  imageProblem,
  labelProblem,
  memoryProblem,
  nodeLabelOf,
  type Problem,
  resourceProblem,
  subdomainProblem,
  variableOf,
  volumeOf,
} from "../deploy/kubernetes-values";
import { checkWritable, makeFolder, refuseForeign, refuseInputs } from "../output-folder";
import { shellWord } from "../shell-word";
import { type DeployedCommand, deployedCommand } from "./deployed-command";
import { refuseIdle } from "./idle-flags";
import type { CliSession } from "./session";
import { positiveNumber, wholeNumber } from "./values";

interface Flags {
  readonly image: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly groups?: number;
  readonly parallelism: number;
  readonly retries: number;
  readonly cpu: string;
  readonly memory: string;
  readonly gpus?: number;
  readonly gpuResource: string;
  readonly volume: readonly JobVolume[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly secret: readonly string[];
  readonly node: readonly { readonly key: string; readonly value: string }[];
  readonly user: number;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** A pod opens the model once: more pods than this for one run are asked for, not assumed. */
const GROUPS = 100;
/** What Kubernetes allows an Indexed Job whose indexes are tried again by themselves. */
const MOST_GROUPS = 100_000;
/** Kernels of the native backend take no more. */
const MOST_THREADS = 64;
/** Backends that compute on no GPU, and what takes one of these. */
const WITHOUT_GPU = ["auto", "native", "wasm", "cpu", "tfjs-node"];

/** `deploy`: has shards done by a cluster. */
export function addDeploy(program: Command, session: CliSession): void {
  const deploy = program
    .command("deploy")
    .description("Writes what has rsdix embed, rsdix caption or rsdix eval run on a cluster: Kubernetes (k8s).");
  const command = deploy
    .command("k8s")
    .description(
      "Writes an Indexed Job of Kubernetes that does shards or parts in pods, a share of them each, and tries a share that fails again. What is written is for " +
        "kubectl apply; nothing is sent anywhere. Images, results and models that lie in folders must be on a volume, where all pods see them; archives may be " +
        "addresses (https://...). The command after -- is the one that a machine of one's own would run.",
    )
    .argument("<command...>", "what the pods do, after --: embed, caption or eval, with --shards or --parts, paths as the pods see them")
    .requiredOption("--image <image>", "the container image with rsdix in it: the repository's Containerfile makes it", valid(imageProblem))
    .option("--name <name>", "the job's (rsdix-embed, rsdix-caption, rsdix-eval-clip)", valid(labelProblem))
    .option("--namespace <name>", "the cluster's namespace it belongs to (kubectl's)", valid(labelProblem))
    .option("--groups <number>", `pods in all, a share of the shards each (one a shard, at most ${GROUPS})`, positiveNumber)
    .option("--parallelism <pods>", "of these at a time", positiveNumber, 10)
    .option("--retries <number>", "how often a pod's share is tried again", wholeNumber, 3)
    .option("--cpu <cores>", "a pod's: 4, 1.5 or 500m", valid(cpuProblem), "2")
    .option("--memory <size>", "a pod's, which ends it where it needs more: 8Gi, 500Mi", valid(memoryProblem), "8Gi")
    .option("--gpus <number>", "a pod's (none); the command says with --accelerator what computes on them", positiveNumber)
    .option("--gpu-resource <name>", "what the cluster calls a GPU", valid(resourceProblem), "nvidia.com/gpu")
    .option(
      "--volume <what:path>",
      "a volume and where the pods see it: claim=NAME:/data, nfs=HOST:/export:/data, or an object store by its driver, csi=DRIVER,bucketName=NAME:/data; " +
        ":ro after it where nothing is written. May be given again",
      several(volumeOf),
      [],
    )
    .option("--env <name=value>", "a variable of the pods, such as HF_HOME=/data/hub. May be given again", several(variableOf), [])
    .option(
      "--secret <name>",
      "a secret whose keys become variables, such as HF_TOKEN. May be given again",
      (text: string, before: readonly string[]) => [...before, valid(subdomainProblem)(text)],
      [],
    )
    .option("--node <label=value>", "takes only nodes with this label. May be given again", several(nodeLabelOf), [])
    .option("--user <id>", "the number of the user that the pods run as, who may write to the volume", positiveNumber, 1000)
    .option("--out <file>", "the YAML file to write; without it the job is printed")
    .option("--force", "replaces a file that is no job of ours")
    .option("--json", "prints the job as JSON, which kubectl takes too; with --out, says as JSON what was written")
    .addHelpText(
      "after",
      "\nExample:\n  $ rsdix deploy k8s --image registry.example.org/rsdix:1.0 --volume claim=tiles:/data --groups 50 --out job.yaml -- \\\n" +
        "      embed --model-pth openai/clip-vit-base-patch32 --shards '/data/tiles-{000000..000999}.tar' --out-path /data/embeddings\n" +
        "  $ kubectl apply -f job.yaml",
    );
  command.action((args: string[], flags: Flags) => deployKubernetes(args, flags, command, session));
}

async function deployKubernetes(args: readonly string[], flags: Flags, command: Command, session: CliSession): Promise<void> {
  const {
    image,
    namespace,
    retries,
    cpu,
    memory,
    gpus,
    gpuResource,
    volume: volumes,
    env,
    secret: secrets,
    node,
    user,
    out,
    force,
    json,
  } = flags;
  if (gpus === undefined) refuseIdle(command, { "without --gpus": ["--gpu-resource"] });
  if (out === undefined) refuseIdle(command, { "without --out": ["--force"] });
  const again = env.find(({ name }, i) => env.findIndex((each) => each.name === name) < i);
  if (again) fail("INVALID_ARGUMENT", `--env sets ${again.name} twice: give it one value.`);
  const deployed = deployedCommand(args, session);
  checkVolumes(volumes, deployed, session);
  checkGpus(flags, deployed);
  const { shards, jobs } = deployed;
  const groups = flags.groups ?? Math.min(shards, GROUPS);
  if (groups > shards)
    fail(
      "INVALID_ARGUMENT",
      `--groups ${groups} would leave pods without work: there ${shards === 1 ? "is 1 shard or part" : `are ${shards} shards or parts`}.`,
    );
  if (groups > MOST_GROUPS)
    fail("INVALID_ARGUMENT", `--groups ${groups} is more than the ${MOST_GROUPS} that a job of Kubernetes may have.`);
  const name = flags.name ?? `rsdix-${deployed.name}`;
  const most = 63 - `-${groups - 1}`.length; // pods' host names have their number after it
  if (name.length > most) fail("INVALID_ARGUMENT", `--name ${name} is too long: at most ${most} letters leave room for the pods' numbers.`);
  const threads = Math.min(MOST_THREADS, Math.max(1, Math.floor(cores(cpu) / jobs)));
  const job = kubernetesJob({
    ...{ name, image, args, groups, retries, cpu, memory, volumes, env, secrets, user, threads },
    ...(namespace !== undefined && { namespace }),
    parallelism: Math.min(flags.parallelism, groups),
    ...(gpus !== undefined && { gpus: { resource: gpuResource, count: gpus } }),
    nodes: Object.fromEntries(node.map(({ key, value }) => [key, value])),
  });
  if (out === undefined && json) return session.print(JSON.stringify(job, null, 2));
  const text = stringify(job, { version: "1.1", lineWidth: 0 }); // kubectl reads YAML 1.1, to which "on" is true
  if (out === undefined) return session.print(text.trimEnd());
  await checkOut(out, force, deployed);
  await makeFolder(dirname(out));
  await writeFileAtomic(out, text);
  const { path } = deployed.out;
  if (json) return session.print(JSON.stringify({ out: resolve(out), name, pods: groups, shards, results: path }));
  const last = deployed.isScored
    ? `the same command, which then scores: rsdix ${args.map(shellWord).join(" ")}`
    : `rsdix merge ${shellWord(path)}`;
  session.print(
    `${out}: ${groups} pods for ${shards} shards. kubectl apply -f ${shellWord(out)}; when the job is complete, where ${path} is seen: ${last}`,
  );
}

/** Whether a text is a job as it is written here. */
const isOurs = (text: string) => text.startsWith("apiVersion: batch/v1\nkind: Job\n") && text.includes("app.kubernetes.io/name: rsdix\n");

/** Where the folders of pods are as here, the job is none of what the command reads or makes; and nothing but an earlier job is replaced. */
async function checkOut(
  out: string,
  force: boolean | undefined,
  { out: { path: folder }, reads, models, archives }: DeployedCommand,
): Promise<void> {
  await checkWritable(out);
  await refuseRunFiles({ folder, archives }, out);
  const given = reads.filter(([flag]) => flag !== "--shards").map(([, path]) => path);
  refuseInputs([out], { files: given, images: given, models: models.map(([, source]) => source) });
  await refuseForeign(out, { force, isOurs, wanted: "a job for Kubernetes of ours" });
}

/** What pods read and write must be where all of them see it, and outlive them. */
function checkVolumes(volumes: readonly JobVolume[], { out, reads, models }: DeployedCommand, session: CliSession): void {
  const paths = volumes.map(({ path }) => path);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) fail("INVALID_ARGUMENT", `Two volumes are at ${twice}: give each a path of its own.`);
  const volumeOfPath = (given: string) => {
    const path = posix.normalize(pathOf(given));
    const around = volumes.filter((each) => path.startsWith(`${each.path}/`) || path === each.path);
    return around.sort((a, b) => b.path.length - a.path.length)[0]; // the innermost
  };
  const how = "Give it with --volume claim=NAME:/data, and paths below /data.";
  const written = volumeOfPath(out.path);
  if (!written) fail("INVALID_ARGUMENT", `${out.flag} ${out.path} is on no volume: results would be gone with the pods. ${how}`);
  if (written.readOnly)
    fail(
      "INVALID_ARGUMENT",
      `${out.flag} ${out.path} is on the volume at ${written.path}, which is given with :ro: nothing can be written there.`,
    );
  for (const [flag, path] of reads)
    if (!/^https?:\/\//i.test(path) && !volumeOfPath(path))
      fail("INVALID_ARGUMENT", `${flag} ${path} is on no volume: pods would not see it. ${how}`);
  for (const [flag, source] of models)
    if (isModelPath(flag, source) && !volumeOfPath(source))
      session.note(`${flag} ${source} is on no volume: pods see it only where the image holds it. ${how}`);
}

/** Whether a model lies in a folder or a file, and isn't an id of the hub, which has one stroke at most. */
const isModelPath = (flag: string, source: string) =>
  !/^https?:/i.test(source) && (flag === "--checkpoint" || /^[./~]|^file:|\\|\/.*\//i.test(source) || existsSync(source));

/** A GPU that nothing computes on is paid for all the same. */
function checkGpus({ gpus }: Flags, { accelerator }: DeployedCommand): void {
  if (gpus !== undefined && WITHOUT_GPU.includes(accelerator))
    fail(
      "INVALID_ARGUMENT",
      `--gpus would leave the GPU idle: the command computes with --accelerator ${accelerator}. Give it one that is on a GPU, such as webgpu or tfjs-node-gpu.`,
    );
}

/** A flag's value that a check has nothing against. */
function valid(problemOf: (text: string) => Problem): (text: string) => string {
  return (text) => {
    const problem = problemOf(text);
    if (problem !== undefined) throw new InvalidArgumentError(problem);
    return text;
  };
}

/** The values of a flag that may be given again. */
function several<T extends object>(parse: (text: string) => T | { problem: string }): (text: string, before: readonly T[]) => T[] {
  return (text, before) => {
    const value = parse(text);
    if ("problem" in value) throw new InvalidArgumentError(value.problem);
    return [...before, value];
  };
}
