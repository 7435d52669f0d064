/**
 * The file of one channel: its data, its samples and their systematics.
 *
 * @module
 */

import type { ConversionLog } from "../conversion.ts";
import type {
  BinConstraint,
  ChannelElement,
  HistogramName,
  SampleElement,
  SystematicElement,
} from "./document.ts";
import {
  attribute,
  booleanOf,
  checkElement,
  childrenOf,
  numberOf,
  requiredNumber,
  requiredText,
  textOf,
  xmlError,
} from "./elements.ts";
import { lost } from "./report.ts";
import type { XmlElement } from "./xml-text.ts";

/** Where histograms are unless an element says otherwise: each element's own, for everything inside it. */
interface Defaults {
  readonly file: string;
  readonly path: string;
}

/** @throws NextstatError `input` for what ROOT would refuse too */
export function readChannel(root: XmlElement, log: ConversionLog): ChannelElement {
  checkElement(root, "Channel");
  const name = requiredText(root, "Name");
  if (/^\d|,/.test(name)) {
    throw xmlError(
      `the channel name "${name}" ${name.includes(",") ? "has a comma in it" : "begins with a digit"}`,
      root.place,
      "ROOT takes no such names: rename the channel",
    );
  }
  if (root.attributes.has("HistoName")) {
    lost(log, root.place, "HistoName of <Channel>, as in ROOT");
  }
  const defaults = inherit(root, { file: "", path: "" });
  const [data, ...others] = childrenOf(root, "Data");
  for (const other of others) {
    lost(log, other.place, `more data "${textOf(other, "Name") ?? ""}" of channel "${name}"`);
  }
  if (data !== undefined && attribute(data, "Name") !== undefined) {
    throw xmlError(
      `the first <Data> of channel "${name}" has a Name`,
      data.place,
      "ROOT names the first ones obsData: remove the attribute",
    );
  }
  const samples = childrenOf(root, "Sample").map((child) => readSample(child, defaults, log));
  if (samples.length === 0) {
    throw xmlError(`channel "${name}" has no <Sample>`, root.place, "a channel needs one");
  }
  const configs = childrenOf(root, "StatErrorConfig");
  return {
    name,
    place: root.place,
    data: data === undefined ? null : histogramOf(data, defaults),
    // ROOT takes the last one.
    statErrorConfig: configs.map(readStatErrorConfig).at(-1) ?? null,
    samples,
  };
}

function inherit(element: XmlElement, from: Defaults): Defaults {
  return {
    file: element.attributes.get("InputFile")?.value ?? from.file,
    path: element.attributes.get("HistoPath")?.value ?? from.path,
  };
}

/** The histogram of an element that must name one. */
function histogramOf(element: XmlElement, defaults: Defaults): HistogramName {
  const { file, path } = inherit(element, defaults);
  const name = requiredText(element, "HistoName");
  if (file === "") {
    const hint = "add it here, or to the sample or channel around it";
    throw xmlError(`<${element.name}> has no InputFile`, element.place, hint);
  }
  return { file, path, name, place: element.place };
}

function readStatErrorConfig(element: XmlElement): ChannelElement["statErrorConfig"] {
  return {
    threshold: numberOf(element, "RelErrorThreshold", 0.05),
    constraint: constraintOf(element) ?? "Poisson",
  };
}

const BIN_CONSTRAINTS: Readonly<Record<string, BinConstraint>> = {
  Gaussian: "Gaussian",
  Gauss: "Gaussian",
  Poisson: "Poisson",
  Pois: "Poisson",
};

function constraintOf(element: XmlElement): BinConstraint | null {
  const found = element.attributes.get("ConstraintType");
  if (found === undefined) return null;
  if (Object.hasOwn(BIN_CONSTRAINTS, found.value)) {
    return BIN_CONSTRAINTS[found.value] as BinConstraint;
  }
  throw xmlError(
    `ConstraintType of <${element.name}> is "${found.value}"`,
    found.place,
    "choose Gaussian or Poisson",
  );
}

function readSample(element: XmlElement, around: Defaults, log: ConversionLog): SampleElement {
  const name = requiredText(element, "Name");
  const defaults = inherit(element, around);
  return {
    name,
    place: element.place,
    nominal: histogramOf(element, around),
    normalizeByTheory: element.attributes.has("NormalizeByTheory")
      ? booleanOf(element, "NormalizeByTheory", true)
      : null,
    systematics: element.children.flatMap((child) => readSystematic(child, defaults, log)),
  };
}

function readSystematic(
  element: XmlElement,
  defaults: Defaults,
  log: ConversionLog,
): SystematicElement[] {
  const { place } = element;
  switch (element.name) {
    case "NormFactor":
      return [readNormFactor(element)];
    case "OverallSys": {
      const [low, high] = [requiredNumber(element, "Low"), requiredNumber(element, "High")];
      return [{ type: "OverallSys", name: requiredText(element, "Name"), place, low, high }];
    }
    case "HistoSys": {
      const side = (which: "High" | "Low"): HistogramName => ({
        file: textOf(element, `HistoFile${which}`) ?? defaults.file,
        path: element.attributes.get(`HistoPath${which}`)?.value ?? defaults.path,
        name: requiredText(element, `HistoName${which}`),
        place,
      });
      const name = requiredText(element, "Name");
      return [{ type: "HistoSys", name, place, low: side("Low"), high: side("High") }];
    }
    case "ShapeSys":
      return [
        {
          type: "ShapeSys",
          name: requiredText(element, "Name"),
          place,
          histogram: histogramOf(element, defaults),
          constraint: constraintOf(element),
        },
      ];
    case "ShapeFactor":
      return [
        {
          type: "ShapeFactor",
          name: requiredText(element, "Name"),
          place,
          constant: booleanOf(element, "Const", false),
          shape: element.attributes.has("HistoName") ? histogramOf(element, defaults) : null,
        },
      ];
    case "StatError": {
      requiredText(element, "Activate");
      if (!booleanOf(element, "Activate", false)) return [];
      const name = textOf(element, "HistoName");
      // Unlike elsewhere, an empty text does not replace what is inherited.
      const file = textOf(element, "InputFile") ?? defaults.file;
      const path = textOf(element, "HistoPath") ?? defaults.path;
      const histogram = name === undefined ? null : { file, path, name, place };
      return [{ type: "StatError", place, histogram }];
    }
    default:
      lost(log, place, "HistoFactor, which ROOT does not support either");
      return [];
  }
}

function readNormFactor(element: XmlElement): SystematicElement {
  const name = requiredText(element, "Name");
  const value = numberOf(element, "Val", 1);
  // ROOT has 1 for a missing end as well, and then refuses the empty range.
  const [low, high] = [requiredNumber(element, "Low"), requiredNumber(element, "High")];
  if (!(low < high)) {
    throw xmlError(
      `NormFactor "${name}" has Low ${low} and High ${high}`,
      element.place,
      "Low must be below High",
    );
  }
  if (value < low || value > high) {
    throw xmlError(
      `NormFactor "${name}" starts at Val ${value}, outside its range ${low} to ${high}`,
      element.place,
      "move it, or widen the range",
    );
  }
  const constant = booleanOf(element, "Const", false);
  return { type: "NormFactor", name, place: element.place, value, low, high, constant };
}
