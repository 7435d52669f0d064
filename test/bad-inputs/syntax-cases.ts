/**
 * Inputs that are not JSON, or not a JSON object.
 *
 * @module
 */

import { type BadInput, textWith, validText } from "./base.ts";

export const syntaxCases: readonly BadInput[] = [
  { name: "empty file", text: () => "", expect: /the file is empty/ },
  { name: "white space only", text: () => " \n\t \r\n ", expect: /the file is empty/ },
  { name: "byte order mark only", text: () => "\u{feff}", expect: /the file is empty/ },
  {
    name: "truncated in a list of numbers",
    text: () => validText().slice(0, validText().indexOf("60")),
    expect: /the text ends too early, with \d+ brackets still open/,
  },
  {
    name: "truncated in a text",
    text: () => validText().slice(0, validText().indexOf("ackground")),
    expect: /the text ends too early inside a text that never ends/,
  },
  {
    name: "last bracket missing",
    text: () => validText().slice(0, -1),
    expect: /ends too early, with 1 bracket still open \(the last is \{ of line 1\)/,
  },
  {
    name: "truncated after a key",
    text: () => '{"channels"',
    expect: /ends too early/,
    line: 1,
  },
  {
    name: "NaN literal",
    text: textWith("52", "NaN"),
    expect: /found NaN.*NaN and Infinity are not JSON/s,
  },
  {
    name: "Infinity literal",
    text: textWith("52", "Infinity"),
    expect: /found Infinity.*NaN and Infinity are not JSON/s,
  },
  {
    name: "-Infinity literal",
    text: textWith("52", "-Infinity"),
    expect: /found -Infinity.*NaN and Infinity are not JSON/s,
  },
  {
    name: "Python literals",
    text: textWith('"data": null', '"data": None'),
    expect: /found None.*this is Python/s,
  },
  {
    name: "Python quotes",
    text: () => "{'channels': []}",
    expect: /found 'channels'.*double quotes/s,
    line: 1,
  },
  {
    name: "trailing comma in an object",
    text: textWith('"version": "1.0.0"', '"version": "1.0.0",'),
    expect: /trailing comma before }/,
  },
  { name: "trailing comma in a list", text: () => "[1, 2,\n]", expect: /trailing comma/, line: 1 },
  {
    name: "comma missing between list entries",
    text: () => '{"channels": [1 2]}',
    expect: /expected a comma or \], found 2.*a comma is missing/s,
  },
  {
    name: "comma missing between keys",
    text: () => '{"channels": [],\n "observations": []\n "version": "1.0.0"}',
    expect: /expected a comma or }, found "version".*a comma is missing/s,
    line: 3,
  },
  { name: "double comma", text: () => '{"a": [1,,2]}', expect: /expected a value, found ,/ },
  {
    name: "colon missing",
    text: () => '{"channels" []}',
    expect: /expected a colon after the key/,
  },
  {
    name: "key without quotes",
    text: () => "{channels: []}",
    expect: /expected a key in double quotes or }, found channels/,
  },
  { name: "number as key", text: () => '{1: "a"}', expect: /expected a key in double quotes/ },
  {
    name: "comment",
    text: textWith('"channels"', '// the channels\n  "channels"'),
    expect: /found \/\/.*JSON has no comments/s,
    line: 2,
  },
  { name: "leading zero", text: textWith("52", "052"), expect: /found 052.*numbers look like/s },
  { name: "leading plus", text: textWith("52", "+52"), expect: /found \+52.*numbers look like/s },
  { name: "bare point", text: textWith("52", ".5"), expect: /found \.5.*numbers look like/s },
  {
    name: "point at the end",
    text: textWith("52", "52."),
    expect: /found 52\..*numbers look like/s,
  },
  { name: "hexadecimal number", text: textWith("52", "0x34"), expect: /found 0x34/ },
  { name: "exponent without digits", text: textWith("52", "5e"), expect: /found 5e/ },
  {
    name: "line break in a text",
    text: textWith('"background"', '"back\nground"'),
    expect: /found a text that does not end on its line/,
  },
  {
    name: "control character in a text",
    text: textWith('"background"', '"back\u0001ground"'),
    expect: /control character \(code 1\) in a text/,
  },
  {
    name: "unknown escape",
    text: textWith('"background"', '"back\\qground"'),
    expect: /the escape \\q in a text/,
  },
  {
    name: "broken unicode escape",
    text: textWith('"background"', '"back\\u12g4"'),
    expect: /the escape \\u in a text/,
  },
  { name: "closing bracket of the other kind", text: () => '{"a": [1}', expect: /found }/ },
  { name: "only a closing bracket", text: () => "]", expect: /expected a value, found \]/ },
  {
    name: "two documents in one file",
    text: () => `${validText()}\n${validText()}`,
    expect: /expected nothing more, found \{.*one document/s,
  },
  {
    name: "YAML",
    text: () => "channels:\n  - name: SR\n",
    expect: /not valid JSON: expected a value, found channels/,
    line: 1,
  },
  {
    name: "CSV",
    text: () => "bin,signal,background\n0,5,50\n",
    expect: /not valid JSON: expected a value, found bin/,
  },
  {
    name: "XML",
    text: () => '<?xml version="1.0"?>\n<!DOCTYPE Combination SYSTEM "HistFactorySchema.dtd">\n',
    expect: /this is XML or HTML, not JSON/,
  },
  { name: "HTML", text: () => "\n<html><body>404</body></html>", expect: /this is XML or HTML/ },
  {
    name: "binary data",
    text: () => "\u0002\u0000\u0007\u0010data",
    expect: /binary data, not text/,
  },
  {
    name: "no-break space between tokens",
    text: () => '{"channels":\u00a0[]}',
    expect: /not valid JSON: expected a value, found the invisible character U\+00A0/,
  },
  {
    name: "ten thousand lists in each other",
    text: () => "[".repeat(10_000) + "]".repeat(10_000),
    expect: /a workspace must be an object, found a list of 1 entry/,
  },
  {
    name: "ten thousand objects in each other",
    text: () => `${'{"channels":'.repeat(10_000)}1${"}".repeat(10_000)}`,
    expect: /this is a pyhf model specification, not a workspace/,
  },
  {
    name: "ten thousand levels in a sample's data",
    text: textWith("[\n            5,", `[${"[".repeat(10_000)}${"]".repeat(10_000)},`),
    expect: /entry 0 of "data" must be a finite number, found a list/,
    pointer: "/channels/0/samples/0/data/0",
  },
  {
    name: "ten thousand levels, cut off",
    text: () => '{"channels":['.repeat(10_000),
    expect: /ends too early, with 20000 brackets still open/,
  },
  {
    name: "a text of 400 MB",
    text: () => `{"version": "${"x".repeat(400_000_000)}"}`,
    expect: /too large/,
    slow: true,
  },
  {
    name: "key twice in one object",
    text: textWith('"version": "1.0.0"', '"version": "1.0.0",\n  "version": "1.0.0"'),
    expect: /the key "version" appears twice/,
  },
  {
    name: "key twice deep inside",
    text: textWith('"hi": 1.05', '"hi": 1.05,\n"hi": 1.06'),
    expect: /the key "hi" appears twice/,
    pointer: "/channels/1/samples/0/modifiers/0/data",
  },
  { name: "a number", text: () => "42", expect: /must be an object, found 42/ },
  { name: "null", text: () => "null", expect: /must be an object, found null/ },
  { name: "a text", text: () => '"workspace.json"', expect: /found the text "workspace.json"/ },
  { name: "an empty list", text: () => "[]", expect: /must be an object, found an empty list/ },
];
