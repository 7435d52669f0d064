import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { run } from "../../src/cli/program.ts";

/** The top of the checkout: where commands of tests run. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export const EXAMPLE = "examples/multichannel.json";

/** The built command: `npm run build` comes first. */
const COMMAND = `${ROOT}dist/cli/main.js`;

export interface CliResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `nextstat` with these arguments, without a terminal. */
export function nextstat(
  args: readonly string[],
  options: { readonly input?: string | Uint8Array; readonly env?: NodeJS.ProcessEnv } = {},
): CliResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    input: options.input ?? "",
    env: { ...process.env, ...options.env },
    maxBuffer: 1 << 28,
  });
  return { status, stdout, stderr };
}

/** Runs a shell line in which `nextstat` is the command under test. */
export function shell(line: string): CliResult {
  const define = `nextstat() { "${process.execPath}" "${COMMAND}" "$@"; }`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `${define}; ${line}`], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

/** Runs a `nextstat` command line as on a terminal, or returns null where `script` is not installed. */
export function onTerminal(args: string): string | null {
  const line = `"${process.execPath}" "${COMMAND}" ${args}`;
  const { error, stdout } = spawnSync("script", ["-qec", line, "/dev/null"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return error === undefined ? stdout.replaceAll("\r\n", "\n") : null;
}

/** Runs the command in this process: for what ends before anything is computed. */
export async function runHere(
  args: readonly string[],
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) => {
    process[name].setMaxListeners(0);
    return vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += text;
      return true;
    });
  });
  try {
    return { exitCode: await run(args, "0.0.0"), ...written };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
