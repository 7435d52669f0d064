import { describe, expect, test } from "vitest";
import { describeFailure } from "../../src/cli/exit.ts";
import { NextstatError } from "../../src/errors.ts";

describe("failures as one line and an exit code", () => {
  test("what the user can mend is 2", () => {
    const location = { file: "ws.json", pointer: "/channels/0" };
    const input = new NextstatError("input", "wrong length", { location, hint: "count again" });
    expect(describeFailure(input, "fit")).toEqual({
      exitCode: 2,
      line: "nextstat: wrong length — ws.json, at /channels/0 — count again",
    });
    expect(describeFailure(new NextstatError("usage", "no"), "fit").exitCode).toBe(2);
  });

  test("no number is 1", () => {
    expect(describeFailure(new NextstatError("numeric", "no"), "fit").exitCode).toBe(1);
  });

  test("what the system refuses is 2", () => {
    const error = Object.assign(new Error("ENOSPC: disk full"), {
      code: "ENOSPC",
      syscall: "write",
    });
    expect(describeFailure(error, "fit")).toEqual({
      exitCode: 2,
      line: "nextstat: ENOSPC: disk full",
    });
  });

  test("anything else is a bug and asks for a report", () => {
    const { exitCode, line } = describeFailure(new TypeError("x is not\na function"), "fit");
    expect(exitCode).toBe(70);
    expect(line).toBe(
      "nextstat: internal error: TypeError: x is not a function (please report this with the command and its input; NEXTSTAT_DEBUG=1 shows where)",
    );
  });

  test("line breaks and control characters from the input stay visible", () => {
    const error = new NextstatError("input", 'unknown channel "a\u001b[2Jb\n  c"');
    expect(describeFailure(error, undefined).line).toBe(
      'nextstat: unknown channel "a\\u001b[2Jb c"',
    );
  });
});
