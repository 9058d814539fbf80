import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { scratchFolder } from "../../../test/scratch-folder";
import { freePort } from "./redis-server";

const PATH = `${process.env.PATH}:/usr/sbin:/sbin`; // where Debian has the daemons, which isn't on everybody's path
const missing = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo"].filter(
  (program) => spawnSync(program, ["-V"], { env: { ...process.env, PATH }, stdio: "ignore" }).error,
);
/** Why a test of Slurm is skipped; undefined where there is one. */
export const noSlurm = missing.length > 0 ? `there is no ${missing.join(", ")} here: apt-get install slurm-wlm` : undefined;

/** Indices of the test's arrays are below it. */
export const MAX_ARRAY = 51;

/**
 * A Slurm of the test's own: a controller and node daemons of this user on this machine, which listen on the loopback alone, on free ports, know their user by
 * a munge of their own, and have all their files in a temporary folder. `conf` is what Slurm's programs look for in SLURM_CONF.
 */
export async function startSlurm(nodes: number) {
  const folder = scratchFolder("file");
  const at = (name: string) => join(folder, name);
  const names = Array.from({ length: nodes }, (_, i) => `n${i}`);
  const ports = new Set<number>();
  while (ports.size <= nodes) ports.add(await freePort());
  const [port, ...nodePorts] = [...ports] as [number, ...number[]];
  const conf = at("slurm.conf");
  await Promise.all([mkdir(at("state")), ...names.map((name) => mkdir(at(`spool-${name}`)))]);
  await writeFile(at("key"), randomBytes(64), { mode: 0o600 });
  await writeFile(at("plugstack.conf"), "");
  await writeFile(conf, configOf({ folder, port, nodes: names.map((name, i) => ({ name, port: nodePorts[i]! })) }));

  const env = { ...process.env, PATH, SLURM_CONF: conf };
  const begun: ChildProcess[] = [];
  const begin = (program: string, args: readonly string[]) => {
    const child = spawn(program, args, { env, stdio: "ignore" });
    begun.push(child);
    return child;
  };
  const kill = async (child: ChildProcess) => {
    if (child.exitCode !== null || child.signalCode) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };

  begin("munged", [
    ...["--foreground", "--force", `--socket=${at("munge")}`, `--key-file=${at("key")}`], // forced: its folder is ours alone
    ...["pid", "log", "seed"].map((name) => `--${name}-file=${at(`munge.${name}`)}`),
  ]);
  await until("munged", async () => (await readdir(folder)).includes("munge"));
  begin("slurmctld", ["-D"]);
  const daemons = names.map((name) => begin("slurmd", ["-D", "-N", name]));
  const idle = () => spawnSync("sinfo", ["--noheader", "--Node", "--format=%T"], { env, encoding: "utf8" }).stdout ?? "";
  await until("Slurm", async () => [...idle().matchAll(/^idle$/gm)].length === nodes).catch(async (error) => {
    const log = await readFile(at("slurmctld.log"), "utf8").catch(() => "");
    await stop();
    throw new Error(`${(error as Error).message}: ${log.slice(-2000)}`);
  });

  /**
   * A machine that is gone: its daemon, and all that runs there, with Slurm's processes that would tell of it. Only one that is at some task is lost, and
   * whether one was is given back. Its tasks are halted first: none may end, and be told of, meanwhile.
   */
  async function loseNode(): Promise<boolean> {
    for (const [i, name] of names.entries()) {
      const there = await tasks((all) => all.includes(`SLURMD_NODENAME=${name}\0`) && all.includes("SLURM_ARRAY_TASK_ID="));
      for (const pid of there) signalTask(pid, "SIGSTOP");
      const halted = (await Promise.all(there.map(statOf))).filter(([state]) => state === "T");
      if (halted.length > 0) await kill(daemons[i]!); // before those that it keeps: it would tell of their end too
      for (const [, keeper] of halted) signalTask(Number(keeper), "SIGKILL");
      for (const pid of there) signalTask(pid, halted.length > 0 ? "SIGKILL" : "SIGCONT");
      if (halted.length > 0) return true;
    }
    return false;
  }
  const queued = (...columns: readonly string[]) =>
    spawnSync("squeue", ["--noheader", "--array", "--states=all", `--Format=${columns.map((name) => `${name}:60`).join(",")}`], {
      env,
      encoding: "utf8",
    })
      .stdout.split("\n")
      .map((line) => line.trim().split(/\s+/));
  /** How many tasks were given to another node since theirs was lost. */
  const moved = () => queued("RestartCnt").filter(([count]) => Number(count) > 0).length;
  /** Has those tasks begin that Slurm would let wait for two minutes, since their node was lost. */
  function hurry() {
    for (const [id, reason] of queued("JobID", "Reason"))
      if (reason === "BeginTime") spawnSync("scontrol", ["update", `JobId=${id}`, "StartTime=now"], { env });
  }
  /** Processes that were begun by this Slurm. */
  async function tasks(isWanted: (environment: string) => boolean): Promise<number[]> {
    const found = [];
    for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number)) {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (pid !== process.pid && environment.includes(`SLURM_CONF=${conf}\0`) && isWanted(environment)) found.push(pid);
    }
    return found;
  }
  async function stop() {
    await Promise.all(begun.map(kill));
    for (const pid of await tasks(() => true)) signalTask(pid, "SIGKILL");
  }
  return { conf, loseNode, moved, hurry, tasks, stop };
}

/** Signals a process, if it hasn't ended this moment. */
export function signalTask(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended by itself.
  }
}

/** A process's state and parent. */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(0, 2);
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 150; i++) {
    if (await isSo()) return;
    await wait(100);
  }
  throw new Error(`${what} has not begun in 15 s`);
}

function configOf({ folder, port, nodes }: { folder: string; port: number; nodes: readonly { name: string; port: number }[] }): string {
  const { username } = userInfo();
  return `ClusterName=rsdix
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=${port}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=${username}
SlurmdUser=${username}
AuthType=auth/munge
AuthInfo=socket=${folder}/munge
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool-%n
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/%n.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/%n.log
PlugStackConfig=${folder}/plugstack.conf
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=100000
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
SlurmdTimeout=5
KillWait=2
ReturnToService=2
MaxArraySize=${MAX_ARRAY}
${nodes.map(({ name, port: at }) => `NodeName=${name} NodeHostname=localhost NodeAddr=127.0.0.1 Port=${at} CPUs=2 RealMemory=1000`).join("\n")}
PartitionName=short Nodes=ALL Default=YES MaxTime=10 State=UP
`;
}
