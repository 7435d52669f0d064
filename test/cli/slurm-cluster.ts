/**
 * A private Slurm with two nodes on this machine, for tests: authentication, controller and nodes in a folder of their own,
 * ended by their process numbers.
 *
 * @module
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const PROGRAMS = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "sinfo"];
/** Where Debian has daemons, which is not in the path of every user. */
const PATH = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;

/** Whether Slurm is installed here. */
export function hasSlurm(): boolean {
  if (process.platform !== "linux") return false;
  return PROGRAMS.every((name) => {
    const { status } = spawnSync("sh", ["-c", `command -v ${name}`], { env: { PATH } });
    return status === 0;
  });
}

export interface SlurmCluster {
  readonly env: NodeJS.ProcessEnv;
  /** What a command prints. */
  run(program: string, ...args: readonly string[]): string;
  /** Processes of jobs on a node. */
  processesOn(node: string): number[];
  /** Ends a node as when it loses its power: the daemon, the keepers of its jobs and the jobs. */
  loseNode(node: string): void;
  stop(): Promise<void>;
}

/** Starts it, and waits until both nodes are idle. */
export async function startSlurm(folder: string): Promise<SlurmCluster> {
  const env: NodeJS.ProcessEnv = { ...process.env, PATH, SLURM_CONF: join(folder, "slurm.conf") };
  const socket = prepare(folder, 20_000 + (process.pid % 10_000));
  const daemons = new Map<string, ChildProcess>();
  const start = (name: string, program: string, ...args: readonly string[]): void => {
    daemons.set(name, spawn(program, args, { env, stdio: "ignore" }));
  };
  const munge = (file: string): string => join(folder, "munge", file);
  start(
    "munged",
    "munged",
    ...["--foreground", "--force", `--key-file=${munge("key")}`, `--socket=${socket}`],
    ...[`--pid-file=${munge("pid")}`, `--log-file=${munge("log")}`, `--seed-file=${munge("seed")}`],
  );
  await sleep(300);
  start("slurmctld", "slurmctld", "-D", "-c", "-f", join(folder, "slurm.conf"));
  for (const node of NODES)
    start(node, "slurmd", "-D", "-N", node, "-f", join(folder, "slurm.conf"));

  const cluster: SlurmCluster = {
    env,
    run(program, ...args) {
      const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: "utf8" });
      if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
      return stdout;
    },
    processesOn: (node) =>
      processes().filter((pid) => {
        const own = environmentOf(pid);
        return (
          own.includes(`SLURM_CONF=${env.SLURM_CONF}`) && own.includes(`SLURMD_NODENAME=${node}`)
        );
      }),
    loseNode(node) {
      const jobs = cluster.processesOn(node);
      const keepers = new Set(jobs.map(parentOf).filter(isKeeper));
      daemons.get(node)?.kill("SIGKILL");
      for (const pid of [...keepers, ...jobs]) kill(pid);
    },
    async stop() {
      for (const name of [...NODES, "slurmctld", "munged"]) {
        const daemon = daemons.get(name);
        if (daemon === undefined) continue;
        daemon.kill("SIGTERM");
        for (let left = 100; left > 0 && isRunning(daemon); left--) await sleep(100);
        if (isRunning(daemon)) daemon.kill("SIGKILL");
      }
      for (const pid of NODES.flatMap((node) => cluster.processesOn(node))) kill(pid);
    },
  };
  for (let left = 100; ; left--) {
    if (statesOf(cluster) === "idle\nidle\n") return cluster;
    if (left === 0) {
      await cluster.stop();
      throw new Error("Slurm does not start");
    }
    await sleep(200);
  }
}

/** A line for each node; empty while there is no controller to ask. */
function statesOf(cluster: SlurmCluster): string {
  try {
    return cluster.run("sinfo", "-h", "-N", "-o", "%T");
  } catch {
    return "";
  }
}

const NODES = ["n1", "n2"];

/** Writes keys and configuration, and returns the path of the socket for authentication. */
function prepare(folder: string, port: number): string {
  const host = hostname().split(".", 1)[0];
  const user = userInfo().username;
  for (const part of ["munge", "state", "state/ctld", "state/spool-n1", "state/spool-n2"]) {
    mkdirSync(join(folder, part), { recursive: true, mode: part === "munge" ? 0o711 : 0o755 });
  }
  writeFileSync(join(folder, "munge", "key"), randomBytes(1024), { mode: 0o600 });
  const socket = join(folder, "munge", "sock");
  const nodes = NODES.map(
    (node, k) =>
      `NodeName=${node} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${port + 1 + k} CPUs=2 RealMemory=4000`,
  );
  writeFileSync(
    join(folder, "slurm.conf"),
    `ClusterName=test
SlurmctldHost=${host}(127.0.0.1)
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${socket},cred_expire=5
SlurmctldPort=${port}
SlurmctldPidFile=${folder}/state/ctld.pid
SlurmdPidFile=${folder}/state/slurmd-%n.pid
SlurmctldLogFile=${folder}/state/ctld.log
SlurmdLogFile=${folder}/state/slurmd-%n.log
StateSaveLocation=${folder}/state/ctld
SlurmdSpoolDir=${folder}/state/spool-%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
SlurmdTimeout=10
ReturnToService=2
JobRequeue=1
KillWait=2
${nodes.join("\n")}
PartitionName=main Nodes=n[1-2] Default=YES MaxTime=60 State=UP
`,
  );
  return socket;
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function processes(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Nothing for a process that has gone or is another user's. */
function environmentOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  } catch {
    return [];
  }
}

function parentOf(pid: number): number {
  try {
    return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Debian calls the program slurmstepd-wlm. */
function isKeeper(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").startsWith("slurmstepd");
  } catch {
    return false;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
