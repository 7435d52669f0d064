import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import { type InterruptedProcess, interruptible, progressLine } from "../../src/cli/progress.ts";

/** A process that only takes notes. */
function stubProcess(): {
  of: InterruptedProcess;
  events: EventEmitter;
  exits: number[];
  written: string[];
} {
  const events = new EventEmitter();
  const exits: number[] = [];
  const written: string[] = [];
  const of: InterruptedProcess = {
    on: (event, listener) => events.on(event, listener),
    off: (event, listener) => events.off(event, listener),
    exit: (code) => exits.push(code),
    stderr: { write: (text) => written.push(text) },
  };
  return { of, events, exits, written };
}

describe("interruption", () => {
  test.each(["SIGINT", "SIGTERM"])("%s asks to stop, a second one ends the process", (name) => {
    const { of, events, exits, written } = stubProcess();
    const { signal } = interruptible(of);
    expect(signal.aborted).toBe(false);
    events.emit(name);
    expect(signal.aborted).toBe(true);
    expect(written.join("")).toMatch(/^\nnextstat: interrupted, [^\n]+\n$/);
    expect(exits).toEqual([]);
    events.emit("SIGINT");
    expect(exits).toEqual([130]);
    expect(written).toHaveLength(1);
  });

  test("afterwards the signals have their usual meaning again", () => {
    const { of, events } = stubProcess();
    const { signal, done } = interruptible(of);
    done();
    events.emit("SIGINT");
    expect(signal.aborted).toBe(false);
    expect(events.eventNames()).toEqual([]);
  });

  test("of this process: the work in hand is finished, the rest is not begun", async () => {
    const { signal, done } = interruptible({
      on: (event, listener) => process.on(event, listener),
      off: (event, listener) => process.off(event, listener),
      exit: () => {},
      stderr: { write: () => true },
    });
    let steps = 0;
    try {
      while (!signal.aborted && steps < 1000) {
        steps++;
        if (steps === 3) process.kill(process.pid, "SIGINT");
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      done();
    }
    expect(signal.aborted).toBe(true);
    expect(steps).toBeLessThan(1000);
  });
});

describe("the line of progress", () => {
  test.each<[number | undefined, string]>([
    [undefined, "3.0 s: refitting jes"],
    [0, "3.0 s: refitting jes"],
    [0.25, "3.0 s: refitting jes (25 %, about 9 s left)"],
    [1, "3.0 s: refitting jes (100 %, about 0 s left)"],
  ])("at %s", (fraction, line) => {
    expect(progressLine(3, "refitting jes", fraction)).toBe(line);
  });
});
