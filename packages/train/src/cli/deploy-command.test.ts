import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { scratchFolder } from "../../../../test/scratch-folder";
import { cli } from "../../test/run-cli";
import schema from "../fixtures/kubernetes-job-1.34.json" with { type: "json" };

const formats = { int32: /^/, int64: /^/, double: /^/, byte: /^/, "date-time": /^/ };
const ajv = new Ajv2020({ strict: true, allErrors: true, allowUnionTypes: true, formats });
for (const keyword of ["group-version-kind", "list-map-keys", "list-type", "map-type", "patch-merge-key", "patch-strategy", "unions"])
  ajv.addKeyword(`x-kubernetes-${keyword}`);
const isJob = ajv.compile(schema);

let folder: string;
beforeAll(async () => {
  folder = scratchFolder("file");
});

const image = ["--image", "registry.example.org:5000/team/rsdix:1.0"];
const claim = ["--volume", "claim=tiles:/data"];
const embed = ["embed", "--model-pth", "openai/clip-vit-base-patch32", "--shards", "/data/t-{000..299}.tar", "--out-path", "/data/out"];
const deploy = (flags: readonly string[], command: readonly string[] = embed) => cli(["deploy", "k8s", ...flags, "--", ...command]);

/** What is written, read as kubectl reads it: by YAML 1.1. */
async function jobOf(flags: readonly string[], command?: readonly string[]) {
  const { code, out, err } = await deploy(flags, command);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const job = parse(out, { version: "1.1" });
  expect({ valid: isJob(job), errors: isJob.errors }).toEqual({ valid: true, errors: null });
  return job;
}

describe("rsdix deploy k8s", () => {
  it("writes an Indexed Job that Kubernetes' schema knows, field by field", async () => {
    const job = await jobOf([...image, ...claim]);
    const labels = { "app.kubernetes.io/name": "rsdix", "app.kubernetes.io/instance": "rsdix-embed" };
    expect(job).toMatchObject({
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: { name: "rsdix-embed", labels },
      spec: {
        ...{ completionMode: "Indexed", completions: 100, parallelism: 10, backoffLimitPerIndex: 3 },
        template: {
          metadata: { labels },
          spec: { restartPolicy: "Never", volumes: [{ name: "volume-0", persistentVolumeClaim: { claimName: "tiles" } }] },
        },
      },
    });
    expect(job.spec.template.spec.containers).toEqual([
      {
        name: "rsdix",
        image: image[1],
        command: ["rsdix"],
        args: [...embed, "--share", "$(JOB_COMPLETION_INDEX)/100"],
        env: [{ name: "RSDIX_THREADS", value: "2" }],
        resources: { requests: { cpu: "2", memory: "8Gi" }, limits: { memory: "8Gi" } },
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
        volumeMounts: [{ name: "volume-0", mountPath: "/data" }],
      },
    ]);
  });

  it("says GPUs, volumes, object stores, variables, secrets and nodes as Kubernetes does", async () => {
    const job = await jobOf(
      [
        ...image,
        ...[
          "--name",
          "tiles-2024",
          "--namespace",
          "maps",
          "--groups",
          "7",
          "--parallelism",
          "20",
          "--retries",
          "0",
          "--cpu",
          "5500m",
          "--memory",
          "16G",
        ],
        ...["--gpus", "2", "--gpu-resource", "amd.com/gpu", "--user", "2000", "--node", "accelerator=mi300", "--node", "example.org/on=on"],
        ...["--volume", "nfs=store.example.org:/exports/in:/in:ro", "--volume", "claim=results:/out/", "--volume", "claim=hub:/hub:ro"],
        ...["--volume", "csi=gcsfuse.csi.storage.gke.io,bucketName=tiles,mountOptions=implicit-dirs:/bucket:ro"],
        ...["--env", "HF_HOME=/hub", "--env", "PRICE=5$(x)", "--env", "FLAG=yes", "--secret", "hub-token"],
      ],
      [
        "embed",
        "--model-pth",
        "/hub/clip",
        "--img-dir",
        "/bucket/a $HOME $(X) 'b'",
        "--parts",
        "20",
        "--jobs",
        "2",
        "--accelerator=webgpu",
        "--out_path",
        "/out/e",
      ],
    );
    expect(job.metadata).toMatchObject({ name: "tiles-2024", namespace: "maps" });
    expect(job.spec).toMatchObject({ completions: 7, parallelism: 7, backoffLimitPerIndex: 0 });
    const { containers, volumes, nodeSelector, securityContext } = job.spec.template.spec;
    expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 2000, fsGroup: 2000 });
    expect(nodeSelector).toEqual({ accelerator: "mi300", "example.org/on": "on" });
    expect(containers[0]).toMatchObject({
      env: [
        { name: "RSDIX_THREADS", value: "2" }, // of each of the two processes
        { name: "HF_HOME", value: "/hub" },
        { name: "PRICE", value: "5$$(x)" },
        { name: "FLAG", value: "yes" },
      ],
      envFrom: [{ secretRef: { name: "hub-token" } }],
      resources: { requests: { cpu: "5500m", memory: "16G", "amd.com/gpu": "2" }, limits: { memory: "16G", "amd.com/gpu": "2" } },
      volumeMounts: [
        { name: "volume-0", mountPath: "/in", readOnly: true },
        { name: "volume-1", mountPath: "/out" },
        { name: "volume-2", mountPath: "/hub", readOnly: true },
        { name: "volume-3", mountPath: "/bucket", readOnly: true },
      ],
    });
    expect(containers[0].args).toContain("/bucket/a $$HOME $$(X) 'b'");
    expect(volumes).toEqual([
      { name: "volume-0", nfs: { server: "store.example.org", path: "/exports/in", readOnly: true } },
      { name: "volume-1", persistentVolumeClaim: { claimName: "results" } },
      { name: "volume-2", persistentVolumeClaim: { claimName: "hub", readOnly: true } },
      {
        name: "volume-3",
        csi: {
          driver: "gcsfuse.csi.storage.gke.io",
          readOnly: true,
          volumeAttributes: { bucketName: "tiles", mountOptions: "implicit-dirs" },
        },
      },
    ]);
  });

  it("tells the schema's own errors: the check is one", async () => {
    const job = await jobOf([...image, ...claim]);
    const wrong = structuredClone(job);
    wrong.spec.template.spec.containers[0].resources.limit = {};
    wrong.spec.backoffLimitPerIndexes = 1;
    wrong.spec.completions = "7";
    expect(isJob(wrong)).toBe(false);
    expect(isJob.errors!.map(({ instancePath, keyword }) => `${instancePath} ${keyword}`)).toEqual([
      "/spec additionalProperties",
      "/spec/completions type",
      "/spec/template/spec/containers/0/resources additionalProperties",
    ]);
  });

  it("has an evaluation's shards done, and says the command that scores them", async () => {
    const clip = [
      "eval",
      "clip",
      "--model-pth",
      "a/b",
      "--shards",
      "/data/t-{0..4}.tar",
      "--parts-path",
      "/data/parts",
      "--dataset",
      "aid",
    ];
    const job = await jobOf([...image, ...claim], clip);
    expect(job.metadata.name).toBe("rsdix-eval-clip");
    expect(job.spec.template.spec.containers[0].args).toEqual([...clip, "--share", "$(JOB_COMPLETION_INDEX)/5"]);
    const path = join(folder, "eval.yaml");
    const captioner = ["eval", "clipcap", "--model-pth", "a/b", "--metrics", "bleu"];
    const lists = ["--annotations-files", "/data/it's.json", "--img-dirs", "/data/images", "--parts", "8", "--parts-path", "/data/parts"];
    const { code, out } = await deploy([...image, ...claim, "--out", path], [...captioner, ...lists]);
    const scoring = `rsdix ${[...captioner, lists[0], "'/data/it'\\''s.json'", ...lists.slice(2)].join(" ")}`;
    expect({ code, out }).toEqual({
      code: 0,
      out: `${path}: 8 pods for 8 shards. kubectl apply -f ${path}; when the job is complete, where /data/parts is seen: the same command, which then scores: ${scoring}\n`,
    });
    const wrong: [string[], RegExp][] = [
      [clip.with(7, "/parts"), /--parts-path \/parts is on no volume: results would be gone/],
      [clip.slice(0, 6), /--shards needs --parts-path/],
      [[...captioner, ...lists.with(1, "b.json")], /--annotations-files b\.json is on no volume/],
      [[...captioner, ...lists.with(3, "images")], /--img-dirs images is on no volume/],
      [[...captioner, ...lists.slice(0, 4)], /eval clipcap must be cut for the pods/],
    ];
    for (const [command, message] of wrong)
      expect(await deploy([...image, ...claim], command)).toEqual({ code: 2, out: "", err: expect.stringMatching(message) });
  });

  it("takes archives by their address, and writes a file", async () => {
    const remote = embed.with(4, "https://example.org/t-{0..4}.tar?key=a");
    const path = join(folder, "new", "jobs", "job.yaml"); // whose folder is made
    const { code, out } = await deploy([...image, ...claim, "--out", path], remote);
    expect({ code, out }).toEqual({
      code: 0,
      out: `${path}: 5 pods for 5 shards. kubectl apply -f ${path}; when the job is complete, where /data/out is seen: rsdix merge /data/out\n`,
    });
    expect(parse(await readFile(path, "utf8")).spec.completions).toBe(5);
  });

  it.each<[string, string[], string[] | undefined, RegExp]>([
    ["no image", [...claim], undefined, /required option '--image <image>' not specified/],
    [
      "an empty image",
      ["--image", "", ...claim],
      undefined,
      /--image <image>' argument '' is invalid\. It must be a container image such as/,
    ],
    ["an image with blanks", ["--image", "my image", ...claim], undefined, /'my image' is invalid/],
    [
      "a quantity's wrong unit",
      [...image, ...claim, "--memory", "2Q"],
      undefined,
      /'2Q' is invalid\. It must be a number of bytes with a unit of Kubernetes: Mi, Gi/,
    ],
    ["a unit of another system", [...image, ...claim, "--memory", "8GB"], undefined, /'8GB' is invalid/],
    ["a unit that was forgotten", [...image, ...claim, "--memory", "8"], undefined, /That is 8 bytes, of which no model can be opened/],
    ["milli-bytes", [...image, ...claim, "--memory", "500m"], undefined, /That is 0\.5 bytes/],
    ["a prototype's name as a unit", [...image, ...claim, "--memory", "8constructor"], undefined, /number of bytes/],
    ["no cores", [...image, ...claim, "--cpu", "0"], undefined, /It must be a number of cores such as 4, 1\.5 or 500m/],
    ["cores with bytes' unit", [...image, ...claim, "--cpu", "2Gi"], undefined, /number of cores/],
    [
      "a name with capitals",
      [...image, ...claim, "--name", "Tiles_1"],
      undefined,
      /'Tiles_1' is invalid\. It must be of at most 63 small letters/,
    ],
    ["a name that leaves no room", [...image, ...claim, "--name", "a".repeat(62)], undefined, /is too long: at most 60 letters/],
    [
      "more groups than shards",
      [...image, ...claim, "--groups", "301"],
      undefined,
      /--groups 301 would leave pods without work: there are 300 shards/,
    ],
    [
      "an idle GPU",
      [...image, ...claim, "--gpus", "1"],
      undefined,
      /would leave the GPU idle: the command computes with --accelerator auto/,
    ],
    [
      "a GPU's name without GPUs",
      [...image, ...claim, "--gpu-resource", "amd.com/gpu"],
      undefined,
      /--gpu-resource would do nothing without --gpus/,
    ],
    ["a volume of no kind", [...image, "--volume", "tiles:/data"], undefined, /It must be claim=NAME:\/path, nfs=HOST/],
    ["a volume at the root", [...image, "--volume", "claim=a:/"], undefined, /\/ is no folder that a volume can be at/],
    ["a volume that climbs", [...image, "--volume", "claim=a:/data/../etc"], undefined, /is no folder that a volume can be at/],
    ["a claim with capitals", [...image, "--volume", "claim=Tiles:/data"], undefined, /The claim "Tiles" has no name of Kubernetes/],
    ["NFS without an export", [...image, "--volume", "nfs=host:/data"], undefined, /NFS wants the host, its export/],
    ["CSI without a value", [...image, "--volume", "csi=a.b,bucketName:/data"], undefined, /CSI wants its driver and what that takes/],
    ["two volumes at a path", [...image, ...claim, "--volume", "claim=b:/data/"], undefined, /Two volumes are at \/data/],
    ["a variable without a value", [...image, ...claim, "--env", "HF_HOME"], undefined, /It must be a variable and its value/],
    ["the index as a variable", [...image, ...claim, "--env", "JOB_COMPLETION_INDEX=1"], undefined, /Kubernetes sets it/],
    ["a node's label without a value", [...image, ...claim, "--node", "a b"], undefined, /It must be a label of nodes/],
    ["results on no volume", [...image], undefined, /--out-path \/data\/out is on no volume: results would be gone with the pods/],
    ["results beside a volume", [...image, ...claim], embed.with(6, "/data2/out"), /\/data2\/out is on no volume/],
    ["results that leave a volume", [...image, ...claim], embed.with(6, "/data/../out"), /is on no volume/],
    [
      "results where nothing is written",
      [...image, "--volume", "claim=a:/data:ro"],
      undefined,
      /is on the volume at \/data, which is given with :ro/,
    ],
    [
      "archives on no volume",
      [...image, ...claim],
      embed.with(4, "t-{0..9}.tar"),
      /--shards t-0\.tar is on no volume: pods would not see it/,
    ],
    [
      "another command",
      [...image, ...claim],
      ["fit", "clip"],
      /What is deployed is embed, caption, eval clip, eval clipcap, with its flags, after --, and not "fit"/,
    ],
    [
      "a command that isn't cut",
      [...image, ...claim],
      ["embed", "--model-pth", "a", "--img-dir", "/data", "--out-path", "/data/out"],
      /must be cut for the pods/,
    ],
    ["an unknown flag of the command", [...image, ...claim], [...embed, "--fast"], /unknown option '--fast'/],
    ["a command's wrong value", [...image, ...claim], [...embed, "--batch-size", "0"], /'--batch-size <images>' argument '0' is invalid/],
    ["a share of one's own", [...image, ...claim], [...embed, "--share", "0/2"], /--share would do nothing in pods/],
    ["another engine", [...image, ...claim], [...embed, "--on", "redis"], /--on would do nothing in pods/],
    ["no model", [...image, ...claim], ["embed", ...embed.slice(3)], /Either --model-pth or --checkpoint must name the model, got neither/],
    ["no command", [...image, ...claim], [], /missing required argument 'command'/],
  ])("refuses %s", async (_, flags, command, message) => {
    expect(await deploy(flags, command)).toEqual({ code: 2, out: "", err: expect.stringMatching(message) });
  });
});
