/** `nextstat parity explain`. @module */
import type { Command } from "commander";
import type { Run } from "../run.ts";
export function defineExplain(_command: Command, _run: Run): void {}
