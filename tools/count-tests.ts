/**
 * Prints `N passed, N failed, N skipped` from vitest's JSON report. A test file that could not be loaded counts as one
 * failure, and so does a report that is missing.
 *
 *     node tools/count-tests.ts report.json
 *
 * @module
 */

import { readFileSync } from "node:fs";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

const [path = "report.json"] = process.argv.slice(2);
const { passed, failed, skipped } = count(path);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);

function count(file: string): { passed: number; failed: number; skipped: number } {
  let report: Report;
  try {
    report = JSON.parse(readFileSync(file, "utf8")) as Report;
  } catch (error) {
    console.error(`no test report: ${error instanceof Error ? error.message : error}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
