import type { JobVolume } from "./kubernetes-job";

/** Why a text is not what Kubernetes takes; undefined where it is. */
export type Problem = string | undefined;

const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
/** A label's key: a name, with a domain before it or not. */
const QUALIFIED = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/;
/** A repository, with a registry before it, a tag and a digest after it or not. */
const IMAGE =
  /^([a-zA-Z0-9][-a-zA-Z0-9.]*(:\d+)?\/)?[a-z0-9]+([._-]+[a-z0-9]+)*(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;
/** What a model and its tensors need at the least; fewer are a unit that was forgotten. */
const LEAST_MEMORY = 64 * 1024 ** 2;
const UNITS: Readonly<Record<string, number>> = {
  ...{ m: 1e-3, "": 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15 },
  ...{ Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, Ti: 1024 ** 4, Pi: 1024 ** 5 },
};

/** Names of jobs, namespaces, secrets' and claims' parts. */
export function labelProblem(name: string, most = 63): Problem {
  if (LABEL.test(name) && name.length <= most) return undefined;
  return `It must be of at most ${most} small letters, digits and "-", a letter or digit at both ends, such as tiles-2024.`;
}

/** Names of secrets and claims, which may have dots. */
export function subdomainProblem(name: string): Problem {
  return SUBDOMAIN.test(name) && name.length <= 253 ? undefined : `It must be of small letters, digits, "-" and ".", such as tiles-2024.`;
}

/** A container image. */
export function imageProblem(image: string): Problem {
  return IMAGE.test(image) ? undefined : "It must be a container image such as registry.example.org/team/rsdix:1.0.";
}

/** What Kubernetes calls a quantity, as a number: "500m", "8Gi". */
function quantity(text: string): number | undefined {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  return number === undefined || factor === undefined ? undefined : Number(number) * factor;
}

/** Cores: "4", "1.5", "500m". */
export function cpuProblem(text: string): Problem {
  const cores = /^\d+(\.\d{1,3}|m)?$/.test(text) ? quantity(text) : undefined;
  if (cores === undefined || cores <= 0) return "It must be a number of cores such as 4, 1.5 or 500m (half of one).";
  return cores > 1024 ? "That is more than 1,024 cores: which node has them?" : undefined;
}

/** Cores, of a text that is right. */
export const cores = (text: string) => quantity(text)!;

/** Bytes: "8Gi", "500M". */
export function memoryProblem(text: string): Problem {
  const bytes = quantity(text);
  if (bytes === undefined)
    return 'It must be a number of bytes with a unit of Kubernetes: Mi, Gi, Ti (of 1024), M, G, T (of 1000), such as "8Gi".';
  return bytes < LEAST_MEMORY
    ? `That is ${bytes.toLocaleString("en")} bytes, of which no model can be opened: "8Gi" is 8 gibibytes.`
    : undefined;
}

/** A resource of devices, such as nvidia.com/gpu. */
export function resourceProblem(name: string): Problem {
  return QUALIFIED.test(name) && name.includes("/") ? undefined : "It must be a resource such as nvidia.com/gpu or amd.com/gpu.";
}

/** "NAME=VALUE", of a variable. */
export function variableOf(text: string): { name: string; value: string } | { problem: string } {
  const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
  if (name === undefined) return { problem: "It must be a variable and its value, such as HF_HOME=/data/hub." };
  if (name === "JOB_COMPLETION_INDEX") return { problem: "Kubernetes sets it: it tells a pod which share it does." };
  return { name, value: value! };
}

/** "key=value", of a node's label. */
export function nodeLabelOf(text: string): { key: string; value: string } | { problem: string } {
  const [, key = "", value = ""] = /^([^=]*)=(.*)$/.exec(text) ?? [];
  const isValue = value === "" || /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(value);
  return QUALIFIED.test(key) && isValue ? { key, value } : { problem: "It must be a label of nodes, such as accelerator=a100." };
}

/** "claim=tiles:/data", "nfs=host:/export:/data", "csi=driver,bucketName=tiles:/data"; ":ro" after it where nothing may be written. */
export function volumeOf(text: string): JobVolume | { problem: string } {
  const [, kind, what, path, ro] = /^(claim|nfs|csi)=(.+?):(\/[^:]*)(:ro)?$/.exec(text) ?? [];
  const readOnly = ro !== undefined;
  if (kind === undefined)
    return {
      problem:
        "It must be claim=NAME:/path, nfs=HOST:/export:/path or csi=DRIVER,name=value:/path, with :ro after it where nothing is written.",
    };
  const mount = path!.replace(/(?<=.)\/+$/, "");
  if (mount === "/" || mount.split("/").some((part, i) => i > 0 && (part === "" || part === "." || part === "..")))
    return { problem: `${path} is no folder that a volume can be at: give one below /, such as /data.` };
  if (kind === "claim") {
    const problem = subdomainProblem(what!);
    if (problem) return { problem: `The claim "${what}" has no name of Kubernetes. ${problem}` };
    return { path: mount, readOnly, source: { persistentVolumeClaim: { claimName: what!, ...(readOnly && { readOnly }) } } };
  }
  if (kind === "nfs") {
    const [, server, exported] = /^([^:/\s]+):(\/[^:]*)$/.exec(what!) ?? [];
    if (server === undefined) return { problem: "NFS wants the host, its export and where it is in the pods: nfs=HOST:/export:/path." };
    return { path: mount, readOnly, source: { nfs: { server, path: exported!, ...(readOnly && { readOnly }) } } };
  }
  const [driver, ...rest] = what!.split(",");
  const attributes = rest.map((each) => /^([^=]+)=(.*)$/.exec(each));
  if (subdomainProblem(driver!) || attributes.includes(null))
    return { problem: "CSI wants its driver and what that takes: csi=gcsfuse.csi.storage.gke.io,bucketName=tiles:/data." };
  const volumeAttributes = Object.fromEntries(attributes.map((each) => [each![1]!, each![2]!]));
  return {
    path: mount,
    readOnly,
    source: { csi: { driver: driver!, ...(readOnly && { readOnly }), ...(rest.length > 0 && { volumeAttributes }) } },
  };
}
