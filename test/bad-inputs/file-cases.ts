/**
 * Files that cannot be read, and patches that cannot be applied.
 *
 * @module
 */

import { gzipSync } from "node:zlib";
import { type BadInput, validText, validWorkspace } from "./base.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const patch =
  (...operations: readonly object[]) =>
  (): string =>
    JSON.stringify(operations);

export const fileCases: readonly BadInput[] = [
  { name: "no such file", path: "missing", expect: /there is no such file/ },
  { name: "directory as file", path: "directory", expect: /this is a directory, not a file/ },
  {
    name: "gzip cut off",
    text: () => gzipSync(validText()).subarray(0, 200),
    expect: /the gzip data end too early/,
  },
  {
    name: "gzip damaged",
    text: () => {
      const data = Uint8Array.from(gzipSync(validText()));
      data.fill(0x55, 40, 80);
      return data;
    },
    expect: /the gzip data are damaged/,
  },
  { name: "gzip header only", text: () => bytes(0x1f, 0x8b), expect: /gzip data end too early/ },
  {
    name: "gzip in gzip",
    text: () => gzipSync(gzipSync(validText())),
    expect: /not valid UTF-8 text|gzip-compressed data/,
  },
  {
    name: "gzip that grows beyond the limit",
    text: () => gzipSync(new Uint8Array(300 * 1024 * 1024), { level: 1 }),
    expect: /the input is too large \(limit 256 MiB\)/,
    slow: true,
  },
  {
    name: "ROOT file",
    text: () => bytes(0x72, 0x6f, 0x6f, 0x74, 0, 0, 0xf6, 0x0e, 0, 0, 0, 0x64),
    expect: /this is a ROOT file/,
  },
  { name: "zip archive", text: () => bytes(0x50, 0x4b, 3, 4, 0x14, 0), expect: /zip archive/ },
  {
    name: "zstd file",
    text: () => bytes(0x28, 0xb5, 0x2f, 0xfd, 4),
    expect: /compressed with zstd/,
  },
  {
    name: "xz file",
    text: () => bytes(0xfd, 0x37, 0x7a, 0x58, 0x5a),
    expect: /compressed with xz/,
  },
  {
    name: "UTF-16 text",
    text: () => Buffer.from(`\u{feff}${validText()}`, "utf16le"),
    expect: /encoded in UTF-16/,
  },
  {
    name: "Latin-1 text",
    text: () => Buffer.from('{\n  "channels": "Zähler"}', "latin1"),
    expect: /not valid UTF-8 text/,
    line: 2,
  },
  {
    name: "pickle file",
    text: () => bytes(0x80, 0x04, 0x95, 0x10, 0, 0, 0),
    expect: /not valid UTF-8 text/,
  },
  {
    name: "patch that is not JSON",
    patches: [() => '[{"op": "add",}]'],
    expect: /not valid JSON: trailing comma/,
    line: 1,
  },
  { name: "patch empty", patches: [() => ""], expect: /the file is empty/ },
  {
    name: "patch an object",
    patches: [() => '{"op": "remove", "path": "/channels/0"}'],
    expect: /a JSON Patch must be a list of operations, found an object/,
  },
  {
    name: "workspace as patch",
    patches: [validText],
    expect: /this is a workspace, not a JSON Patch/,
  },
  {
    name: "patch with an unknown operation",
    patches: [patch({ op: "delete", path: "/channels/0" })],
    expect: /unknown JSON Patch operation "delete"/,
    pointer: "/0/op",
  },
  {
    name: "patch without path",
    patches: [patch({ op: "remove" })],
    expect: /an operation lacks the key "path"/,
    pointer: "/0",
  },
  {
    name: "patch without value",
    patches: [patch({ op: "add", path: "/channels/-" })],
    expect: /an operation lacks the key "value"/,
  },
  {
    name: "patch path without slash",
    patches: [patch({ op: "remove", path: "channels/0" })],
    expect: /"path" must be a JSON pointer .*found the text "channels\/0"/,
    pointer: "/0/path",
  },
  {
    name: "patch for another workspace",
    patches: [patch({ op: "replace", path: "/channels/5/name", value: "x" })],
    expect:
      /patch operation 0 \("replace" at "\/channels\/5\/name"\) cannot be applied: index 5 is beyond the end of a list of 2/,
  },
  {
    name: "patch of a key that is not there",
    patches: [patch({ op: "remove", path: "/chanels/0" })],
    expect: /there is no "chanels"/,
  },
  {
    name: "patch through a number",
    patches: [patch({ op: "add", path: "/channels/0/samples/0/data/0/x", value: 1 })],
    expect: /\/channels\/0\/samples\/0\/data\/0 is neither a list nor an object/,
  },
  {
    name: "patch index with a leading zero",
    patches: [patch({ op: "remove", path: "/channels/01" })],
    expect: /"01" is not an index of a list/,
  },
  {
    name: "patch test that fails",
    patches: [patch({ op: "test", path: "/version", value: "1.0.1" })],
    expect: /the value there is not the one the test expects/,
  },
  {
    name: "patch into a prototype",
    patches: [patch({ op: "add", path: "/__proto__/polluted", value: 1 })],
    expect: /the key "__proto__" is not allowed/,
  },
  {
    name: "patch moving a value into itself",
    patches: [patch({ op: "move", from: "/channels/0", path: "/channels/0/samples/0" })],
    expect: /a value cannot move into itself/,
  },
  {
    name: "second operation of the second patch",
    patches: [
      patch({ op: "replace", path: "/channels/0/name", value: "SR" }),
      patch(
        { op: "replace", path: "/channels/0/name", value: "SR" },
        { op: "remove", path: "/observations/2" },
      ),
    ],
    expect: /patch operation 1 \("remove" at "\/observations\/2"\)/,
    pointer: "/1",
  },
  {
    name: "patch that breaks the workspace",
    patches: [patch({ op: "remove", path: "/observations/1" })],
    expect: /channel "CR" has no observation \(after applying patches\)/,
    pointer: "/channels/1",
  },
  {
    name: "patch with a wrong modifier",
    patches: [
      patch({
        op: "add",
        path: "/channels/0/samples/0/modifiers/-",
        value: { name: "x", type: "normsystem", data: null },
      }),
    ],
    expect: /unknown modifier type "normsystem".*after applying patches/,
    pointer: "/channels/0/samples/0/modifiers/3/type",
  },
  {
    name: "patch that removes everything",
    patches: [patch({ op: "remove", path: "" })],
    expect: /a workspace must be an object, found null \(after applying patches\)/,
  },
  {
    name: "patch of ten thousand levels",
    patches: [
      () =>
        `[{"op": "add", "path": "/channels/0/samples/0/data/0", "value": ${"[".repeat(10_000)}${"]".repeat(10_000)}}]`,
    ],
    expect: /entry 0 of "data" must be a finite number, found a list/,
  },
  {
    name: "patchset with several patches and no choice",
    patches: [
      () =>
        JSON.stringify({
          metadata: {
            references: { hepdata: "ins1234567" },
            digests: { md5: "0".repeat(32) },
            labels: ["mass"],
            description: "signal points",
          },
          patches: [
            { metadata: { name: "m500", values: [500] }, patch: [] },
            { metadata: { name: "m600", values: [600] }, patch: [] },
          ],
          version: "1.0.0",
        }),
    ],
    expect: /this patchset holds 2 patches: "m500", "m600"/,
  },
  {
    name: "patchset without digests",
    patches: [
      () =>
        JSON.stringify({
          metadata: { references: {}, labels: ["mass"], description: "" },
          patches: [{ metadata: { name: "m500", values: [500] }, patch: [] }],
          version: "1.0.0",
        }),
    ],
    expect: /a patchset metadata object lacks the key "digests"/,
    pointer: "/metadata",
  },
  {
    name: "patch applied to a patchset",
    text: () => JSON.stringify({ patches: [], metadata: {}, version: "1.0.0" }),
    patches: [patch({ op: "remove", path: "/patches" })],
    expect: /this is a pyhf patchset, not a workspace/,
  },
  {
    name: "patched workspace with a model of the wrong length",
    text: () => JSON.stringify(validWorkspace()),
    patches: [patch({ op: "add", path: "/channels/0/samples/0/data/-", value: 3 })],
    expect: /has 2 entries, expected 3|has 3 entries, expected 2/,
  },
];
