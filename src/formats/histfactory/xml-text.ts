/**
 * XML text -> a tree of elements that know where they are.
 *
 * Nothing outside the text is ever read: a DOCTYPE may name a file, and that file is not looked at. Entities that the text
 * itself declares are resolved where they stand for plain text; see `entities.ts`.
 *
 * @module
 */

import { SaxesParser } from "saxes";
import { NextstatError } from "../../errors.ts";
import { declaredEntities } from "./entities.ts";

/** A place in an XML file. */
export interface Place {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
}

/** The value of an attribute, entities resolved. */
export interface XmlAttribute {
  readonly value: string;
  readonly place: Place;
}

/** An element with everything in it but comments and processing instructions. */
export interface XmlElement {
  readonly name: string;
  readonly place: Place;
  readonly attributes: ReadonlyMap<string, XmlAttribute>;
  readonly children: readonly XmlElement[];
  /** All text directly inside, joined. */
  readonly text: string;
}

/** HistFactory nests three deep. */
const MAX_DEPTH = 32;

interface OpenElement extends XmlElement {
  readonly attributes: Map<string, XmlAttribute>;
  readonly children: XmlElement[];
  text: string;
}

/**
 * The outermost element of an XML text.
 *
 * @param file for messages
 * @throws NextstatError `input` with line and column for text that is not well-formed, or declares what is not resolved
 */
export function parseXml(text: string, file: string): XmlElement {
  const placeAt = places(text, file);
  const fail = (problem: string, offset: number, hint = ""): NextstatError =>
    new NextstatError("input", problem, { location: placeAt(offset), hint });
  const parser = new SaxesParser({ fileName: "" });
  const open: OpenElement[] = [];
  let root: XmlElement | undefined;
  // What has been read of the current tag ends here.
  let tagEnd = 0;

  parser.on("error", (error) => {
    const problem = error.message.replace(/^:?\d*:?\d*:?\s*/, "").replace(/\.$/, "");
    throw fail(`this is not well-formed XML: ${problem}`, parser.position - 1);
  });
  parser.on("doctype", (doctype) => {
    const declared = declaredEntities(doctype, text, (problem, hint) =>
      fail(problem, text.indexOf("<!DOCTYPE"), hint),
    );
    for (const [name, value] of declared) parser.ENTITIES[name] = value;
  });
  parser.on("opentagstart", ({ name }) => {
    // One character after the name has been read.
    const offset = text.lastIndexOf(`<${name}`, parser.position - name.length - 2);
    tagEnd = offset + 1 + name.length;
    if (open.length >= MAX_DEPTH) {
      throw fail(
        `elements are nested more than ${MAX_DEPTH} deep`,
        offset,
        "is it a HistFactory file?",
      );
    }
    const place = placeAt(offset);
    open.push({ name, place, attributes: new Map(), children: [], text: "" });
  });
  parser.on("attribute", ({ name, value }) => {
    const offset = text.indexOf(name, tagEnd);
    tagEnd = parser.position;
    open.at(-1)?.attributes.set(name, { value, place: placeAt(offset) });
  });
  const addText = (piece: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.on("text", addText);
  parser.on("cdata", addText);
  parser.on("closetag", () => {
    const element = open.pop() as OpenElement;
    const parent = open.at(-1);
    if (parent === undefined) root = element;
    else parent.children.push(element);
  });
  // A byte-order mark is the parser's business.
  parser.write(text).close();
  if (root === undefined) throw fail("the file has no element", 0);
  return root;
}

/** Line and column of a position, both from 1. */
function places(text: string, file: string): (offset: number) => Place {
  const starts = [0];
  for (const { index } of text.matchAll(/\n/g)) starts.push(index + 1);
  return (offset) => {
    const at = Math.min(Math.max(offset, 0), text.length);
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return { file, line: low + 1, column: at - (starts[low] as number) + 1 };
  };
}
