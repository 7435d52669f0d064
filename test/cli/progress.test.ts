import { EventEmitter } from "node:events";
import { describe, expect, test } from "vitest";
import {
  duration,
  type InterruptedProcess,
  interruptible,
  progressLine,
} from "../../src/cli/progress.ts";

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

  test("the end of the terminal asks to stop without a word, as nobody would read it", () => {
    const { of, events, exits, written } = stubProcess();
    const { signal } = interruptible(of);
    events.emit("SIGHUP", "SIGHUP");
    expect(signal.aborted).toBe(true);
    expect({ exits, written }).toEqual({ exits: [], written: [] });
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
  test.each<[readonly [number, number, number, number], string]>([
    [[0, 100_000, 0, 0], "fitting toys 0 of 100,000"],
    [[12_300, 100_000, 9.919, 12_300], "fitting toys 12,300 of 100,000, 1,240/s, 1 min 11 s left"],
    // What was found in files says nothing about the rate.
    [[60_000, 100_000, 5, 10_000], "fitting toys 60,000 of 100,000, 2,000/s, 20 s left"],
    [[3, 64, 10, 2], "fitting toys 3 of 64, 0.2/s, 5 min 5 s left"],
    [[2, 1000, 60, 1], "fitting toys 2 of 1,000, 1.0/min, 16 h 38 min left"],
    [[10, 10, 1, 10], "fitting toys 10 of 10, 10/s, 0 s left"],
  ])("%j", ([done, total, seconds, fresh], line) => {
    expect(progressLine("fitting toys", done, total, seconds, fresh)).toBe(line);
  });

  test.each<[number, string]>([
    [0, "0 s"],
    [0.34, "0.3 s"],
    [59.2, "1 min"],
    [3599.5, "1 h"],
    [3601, "1 h 1 min"],
    [86_399, "1 d"],
    [100_000, "1 d 4 h"],
  ])("%f s last %s", (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
