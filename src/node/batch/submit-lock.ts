/**
 * One `nextstat submit` at a time on a campaign: what one is about to submit, another one does not see yet. The folder
 * `submit.lock` is there while one is at work; making a folder fails where there is one, on file systems of networks too.
 *
 * @module
 */

import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { NextstatError } from "../../errors.ts";
import { errorCode, writeFailure, writeOutput } from "../read-input.ts";

const LOCK = "submit.lock";
const OWNER = "owner";

/**
 * Runs something that no other process does to the campaign at the same time.
 *
 * @throws NextstatError `usage` when another one is at work, or seems to be
 */
export async function withSubmitLock<T>(folder: string, action: () => Promise<T>): Promise<T> {
  const path = join(folder, LOCK);
  try {
    mkdirSync(path);
  } catch (error) {
    if (errorCode(error) === "EEXIST") throw heldLock(path);
    throw writeFailure(path, error, "submit from where the folder of the campaign is writable");
  }
  const release = (): void => rmSync(path, { recursive: true, force: true });
  // A second Ctrl-C ends the process where it is.
  process.on("exit", release);
  try {
    writeOutput(join(path, OWNER), `${hostname()} ${process.pid}\n`);
    return await action();
  } finally {
    process.off("exit", release);
    release();
  }
}

function heldLock(path: string): NextstatError {
  const [, host = "", pid = ""] = /^(\S+) (\d+)\n$/.exec(ownerOf(path)) ?? [];
  const who = host === "" ? "" : ` (process ${pid} on ${host})`;
  const gone = host === hostname() && !isAlive(Number(pid));
  return new NextstatError(
    "usage",
    gone
      ? `a nextstat submit was ended in the middle of this campaign${who}`
      : `another nextstat submit is at work on this campaign${who}`,
    {
      location: { file: path },
      hint: gone
        ? "delete this folder; a job may have been submitted that nextstat status does not know"
        : "wait for it; if it does not run any more, delete this folder",
    },
  );
}

/** Empty when it is not known, or not yet. */
function ownerOf(path: string): string {
  try {
    return readFileSync(join(path, OWNER), "utf8");
  } catch {
    return "";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
