/** A place in the pods' file system that outlives them. */
export interface JobVolume {
  /** Where it is. */
  readonly path: string;
  /** Whether nothing may be written there. */
  readonly readOnly: boolean;
  /** What it is, as Kubernetes has it: `{ persistentVolumeClaim: ... }`, `{ nfs: ... }`, `{ csi: ... }`. */
  readonly source: Readonly<Record<string, object>>;
}

/** What a job does, and on what. */
export interface JobOptions {
  readonly name: string;
  readonly namespace?: string;
  readonly image: string;
  /** The arguments of `rsdix`, without the share. */
  readonly args: readonly string[];
  /** Pods in all, a share of the shards each. */
  readonly groups: number;
  /** Pods at a time. */
  readonly parallelism: number;
  /** How often a pod's share is tried again. */
  readonly retries: number;
  /** Kubernetes' quantities. */
  readonly cpu: string;
  readonly memory: string;
  /** Threads of the native kernels, in each process. */
  readonly threads: number;
  readonly gpus?: { readonly resource: string; readonly count: number };
  readonly volumes: readonly JobVolume[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly string[];
  readonly nodes: Readonly<Record<string, string>>;
  /** The user that the pods run as. */
  readonly user: number;
}

const CONTAINER = "rsdix";
/** What the command ends with where it is wrong, which no other try mends. */
const USAGE_EXIT = 2;

/**
 * An Indexed Job: pod i of n does the share i/n of the shards. A pod that fails is tried again by itself, one that a node's end or a pre-emption takes costs no
 * try, and a command that is wrong ends the job at once.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
export function kubernetesJob(options: JobOptions): object {
  const { name, namespace, image, args, groups, parallelism, retries, volumes, nodes, user } = options;
  const labels = { "app.kubernetes.io/name": "rsdix", "app.kubernetes.io/instance": name };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, ...(namespace !== undefined && { namespace }), labels },
    spec: {
      completionMode: "Indexed",
      completions: groups,
      parallelism,
      backoffLimitPerIndex: retries,
      podFailurePolicy: {
        rules: [
          { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
          { action: "FailJob", onExitCodes: { containerName: CONTAINER, operator: "In", values: [USAGE_EXIT] } },
        ],
      },
      template: {
        metadata: { labels },
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          ...(Object.keys(nodes).length > 0 && { nodeSelector: nodes }),
          securityContext: {
            runAsNonRoot: true,
            runAsUser: user,
            runAsGroup: user,
            fsGroup: user,
            fsGroupChangePolicy: "OnRootMismatch",
            seccompProfile: { type: "RuntimeDefault" },
          },
          containers: [
            {
              name: CONTAINER,
              image,
              command: ["rsdix"],
              args: [...args.map(asItIs), "--share", `$(JOB_COMPLETION_INDEX)/${groups}`],
              ...environment(options),
              resources: resources(options),
              securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
              ...(volumes.length > 0 && { volumeMounts: volumes.map(mountOf) }),
            },
          ],
          ...(volumes.length > 0 && { volumes: volumes.map(({ source }, i) => ({ name: volumeName(i), ...source })) }),
        },
      },
    },
  };
}

/** Kubernetes puts variables in place of $(NAME), and one dollar of two. */
const asItIs = (arg: string) => arg.replaceAll("$", "$$$$");

function environment({ threads, env, secrets }: JobOptions): object {
  const isSet = env.some(({ name }) => name === "RSDIX_THREADS");
  const own = isSet ? [] : [{ name: "RSDIX_THREADS", value: String(threads) }]; // Node sees the node's cores, not the pod's
  return {
    env: [...own, ...env.map(({ name, value }) => ({ name, value: asItIs(value) }))],
    ...(secrets.length > 0 && { envFrom: secrets.map((secret) => ({ secretRef: { name: secret } })) }),
  };
}

/** What a pod is promised, and its limit of memory and GPUs; idle cores of the node are everybody's. */
function resources({ cpu, memory, gpus }: JobOptions): object {
  const devices = gpus && { [gpus.resource]: String(gpus.count) };
  return { requests: { cpu, memory, ...devices }, limits: { memory, ...devices } };
}

const volumeName = (i: number) => `volume-${i}`;
const mountOf = ({ path, readOnly }: JobVolume, i: number) => ({ name: volumeName(i), mountPath: path, ...(readOnly && { readOnly }) });
