/**
 * A campaign on a real Slurm with two nodes: one is lost, and one task is killed.
 *
 * @module
 */

import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { golden, ok, planned, results, top } from "./campaigns.ts";
import { nextstat } from "./run-cli.ts";
import { hasSlurm, type SlurmCluster, startSlurm } from "./slurm-cluster.ts";

/** A task takes some seconds. */
const COMMAND = ["hypotest-toys", golden("realistic-150"), "--mu=1", "--n-toys=2400"];

if (!hasSlurm()) {
  describe.skip("campaigns on Slurm: slurmctld, slurmd and munged are not here", () => {
    test("a lost node and a killed task");
  });
} else {
  describe("on Slurm", () => {
    let slurm: SlurmCluster;
    beforeAll(async () => {
      slurm = await startSlurm(join(top, "slurm"));
    });
    afterAll(() => slurm?.stop());

    const run = (...args: readonly string[]) => nextstat(args, { env: slurm.env });
    const until = async (what: () => boolean): Promise<void> => {
      for (let left = 1500; !what(); left--) {
        if (left === 0) throw new Error(slurm.run("squeue", "-r"));
        await sleep(100);
      }
    };
    const idle = (): boolean => slurm.run("squeue", "-h") === "";

    test("a lost node and a killed task change no byte of the result", async () => {
      const folder = planned(8, COMMAND);
      const submitted = run(
        "submit",
        folder,
        "--executor",
        "slurm",
        "--mem",
        "500M",
        "--time",
        "5m",
      );
      expect(submitted).toMatchObject({ status: 0, stderr: "" });
      expect(submitted.stdout).toMatch(/^slurm job \d+: 8 tasks of round 0 \(fitting toys\)\n$/);
      await until(() => ["n1", "n2"].every((node) => slurm.processesOn(node).length > 0));
      slurm.loseNode("n2");
      const [victim] = slurm.processesOn("n1");
      if (victim === undefined) throw new Error("the task on n1 has ended by itself");
      process.kill(victim, "SIGKILL");
      expect(run("status", folder).stdout).toMatch(/slurm: .*running/);
      // Slurm runs the tasks of the lost node again, but not the one that failed.
      await until(idle);
      expect(results(folder)).toHaveLength(7);
      const again = run("submit", folder, "--executor", "slurm", "--mem", "500M");
      expect(again.stdout).toMatch(/: 1 task of round 0/);
      await until(idle);
      expect(run("submit", folder, "--executor", "slurm").stdout).toMatch(/^nothing is missing/);
      expect(ok("collect", folder, "--verify", "0.1%")).toBe(ok(...COMMAND, "--threads", "2"));
    }, 240_000);

    test("cancelled jobs are gone", async () => {
      const folder = planned(8, COMMAND);
      run("submit", folder, "--executor", "slurm", "--mem", "500M", "--max-running", "1");
      expect(run("submit", folder, "--executor", "slurm").stderr).toMatch(/are not over yet/);
      expect(run("cancel", folder).stdout).toMatch(/^slurm: cancelled \d+\n$/);
      await until(idle);
      expect(run("status", folder).stdout).toMatch(/slurm: no jobs/);
      // Those that are over are no obstacle.
      run("submit", folder, "--executor", "slurm", "--mem", "500M");
      expect(run("cancel", folder)).toMatchObject({ status: 0, stderr: "" });
      await until(idle);
    });
  });
}
