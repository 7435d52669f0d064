/**
 * Text of XML elements, and the grammar that goes with them.
 *
 * @module
 */

/** An element on lines of its own; with a text it is one line. */
export interface WrittenElement {
  readonly name: string;
  /** In the order in which they are written; undefined ones are left out. */
  readonly attributes?: Readonly<Record<string, string | number | undefined>>;
  readonly text?: string;
  readonly children?: readonly WrittenElement[];
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"\t\n\r]/g, (character) => ESCAPES[character] as string);
}

/** A whole file. `grammar` is where the DTD is, seen from it. */
export function xmlText(root: WrittenElement, grammar: string): string {
  return `<!DOCTYPE ${root.name} SYSTEM '${grammar}'>\n\n${lines(root, "")}`;
}

function lines(
  { name, attributes = {}, text, children = [] }: WrittenElement,
  indent: string,
): string {
  const written = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escaped(String(value))}"`],
  );
  const start = `${indent}<${name}${written.join("")}`;
  if (text !== undefined) return `${start}>${escaped(text)}</${name}>\n`;
  if (children.length === 0) return `${start} />\n`;
  const inside = children.map((child) => lines(child, `${indent}  `)).join("");
  return `${start}>\n${inside}${indent}</${name}>\n`;
}

/**
 * The grammar that files written here follow, in the words of HistFactory's own. ROOT checks the files against the DTD that
 * they name.
 */
export const GRAMMAR: string = [
  element("Combination", "(Function*,Input+,Measurement*)", ["OutputFilePrefix", "Mode?"]),
  element("Function", "EMPTY", ["Name", "Expression", "Dependents"]),
  element("Input", "(#PCDATA)", []),
  element("Measurement", "(POI,ParamSetting*,ConstraintTerm*)", [
    ...["Name", "Lumi", "LumiRelErr", "BinLow?", "BinHigh?", "Mode?", "ExportOnly?"],
  ]),
  element("POI", "(#PCDATA)", []),
  element("ParamSetting", "(#PCDATA)", ["Val?", "Const?"]),
  element("ConstraintTerm", "(#PCDATA)", ["Type", "RelativeUncertainty?"]),
  element("Channel", "(Data*,StatErrorConfig*,Sample+)", [
    ...["Name", "InputFile?", "HistoPath?", "HistoName?"],
  ]),
  element("Data", "EMPTY", ["Name?", "InputFile?", "HistoPath?", "HistoName?"]),
  element("StatErrorConfig", "EMPTY", ["RelErrorThreshold?", "ConstraintType?"]),
  element("Sample", "(StatError|HistoSys|OverallSys|ShapeSys|NormFactor|ShapeFactor)*", [
    ...["Name", "InputFile?", "HistoName?", "HistoPath?", "NormalizeByTheory?"],
  ]),
  element("StatError", "EMPTY", ["Activate", "HistoName?", "InputFile?", "HistoPath?"]),
  element("HistoSys", "EMPTY", [
    ...["Name", "InputFile?", "HistoFileHigh?", "HistoPathHigh?", "HistoNameHigh?"],
    ...["HistoFileLow?", "HistoPathLow?", "HistoNameLow?"],
  ]),
  element("OverallSys", "EMPTY", ["Name", "High", "Low"]),
  element("ShapeSys", "EMPTY", [
    "Name",
    "HistoName",
    "HistoPath?",
    "InputFile?",
    "ConstraintType?",
  ]),
  element("NormFactor", "EMPTY", ["Name", "Val", "High", "Low", "Const?"]),
  element("ShapeFactor", "EMPTY", ["Name", "Const?", "HistoName?", "HistoPath?", "InputFile?"]),
].join("\n");

/** One element of the grammar; attributes ending in a question mark may be missing. */
function element(name: string, content: string, attributes: readonly string[]): string {
  const list = attributes.map((attribute) => {
    const optional = attribute.endsWith("?");
    const own = optional ? attribute.slice(0, -1) : attribute;
    return `\n  ${own} CDATA #${optional ? "IMPLIED" : "REQUIRED"}`;
  });
  const declared = list.length === 0 ? "" : `<!ATTLIST ${name}${list.join("")}>\n`;
  return `<!ELEMENT ${name} ${content}>\n${declared}`;
}
