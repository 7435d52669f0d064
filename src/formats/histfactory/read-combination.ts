/**
 * The file of the combination: which channels, which functions, which measurements.
 *
 * @module
 */

import type { ConversionLog } from "../conversion.ts";
import {
  CONSTRAINT_TYPES,
  type CombinationElement,
  type ConstraintElement,
  type MeasurementElement,
  type SettingElement,
} from "./document.ts";
import {
  booleanOf,
  checkElement,
  childrenOf,
  namesIn,
  numberOf,
  requiredText,
  textOf,
  xmlError,
} from "./elements.ts";
import { changed, lost } from "./report.ts";
import type { XmlElement } from "./xml-text.ts";

/** @throws NextstatError `input` for what ROOT would refuse too */
export function readCombination(root: XmlElement, log: ConversionLog): CombinationElement {
  checkElement(root, "Combination");
  if (root.attributes.has("Mode")) lost(log, root.place, "Mode of <Combination>, as in ROOT");
  const inputs = childrenOf(root, "Input").map((element) => {
    const name = element.text.trim();
    if (name === "")
      throw xmlError("<Input> names no file", element.place, "put the name inside it");
    return { name, place: element.place };
  });
  if (inputs.length === 0) {
    throw xmlError("the combination has no <Input>", root.place, "name the file of each channel");
  }
  const measurements = childrenOf(root, "Measurement").map((child) => readMeasurement(child, log));
  if (measurements.length === 0) {
    throw xmlError("the combination has no <Measurement>", root.place, "add one with a <POI>");
  }
  const names = new Set<string>();
  for (const { name, place } of measurements) {
    if (names.has(name))
      throw xmlError(`two measurements are called "${name}"`, place, "rename one");
    names.add(name);
  }
  const functions = childrenOf(root, "Function").map((child) => ({
    name: requiredText(child, "Name"),
    expression: requiredText(child, "Expression"),
    dependents: requiredText(child, "Dependents"),
    place: child.place,
  }));
  return { functions, inputs, measurements };
}

function readMeasurement(element: XmlElement, log: ConversionLog): MeasurementElement {
  const name = requiredText(element, "Name");
  const here = `measurement "${name}"`;
  for (const attribute of ["BinLow", "BinHigh", "Mode"]) {
    if (element.attributes.has(attribute)) {
      lost(log, element.place, `${attribute} of ${here}: ROOT does not use it`);
    }
  }
  // Whether ROOT fits after making the workspace.
  booleanOf(element, "ExportOnly", false);
  const lumi = numberOf(element, "Lumi", 1);
  if (!(lumi > 0)) {
    throw xmlError(`Lumi of ${here} is not positive (${lumi})`, element.place, 'as in Lumi="1.0"');
  }
  const relative = element.attributes.has("LumiRelErr") ? numberOf(element, "LumiRelErr", 0) : null;
  if (relative !== null && relative < 0) {
    throw xmlError(`LumiRelErr of ${here} is negative (${relative})`, element.place);
  }
  const pois = childrenOf(element, "POI").flatMap((poi) =>
    namesIn(poi).map((poiName) => ({ name: poiName, place: poi.place })),
  );
  if (pois.length === 0) {
    throw xmlError(`${here} has no <POI>`, element.place, "name the parameter of interest");
  }
  for (const asimov of childrenOf(element, "Asimov")) {
    lost(
      log,
      asimov.place,
      `Asimov data "${textOf(asimov, "Name") ?? ""}" of ${here}: made on demand (fit --asimov)`,
    );
  }
  return {
    name,
    place: element.place,
    lumi,
    lumiRelErr: relative,
    pois,
    settings: childrenOf(element, "ParamSetting").flatMap((child) => readSetting(child, log)),
    constraints: childrenOf(element, "ConstraintTerm").flatMap((child) => readTerm(child, log)),
  };
}

function readSetting(element: XmlElement, log: ConversionLog): SettingElement[] {
  const written = textOf(element, "Const") ?? "False";
  const constant = written === "True";
  if (!constant && written !== "False" && written !== "false") {
    const note = `Const="${written}" of ParamSetting "${element.text.trim()}": ROOT takes all but "True" for False here`;
    changed(log, element.place, note);
  }
  const value = element.attributes.has("Val") ? numberOf(element, "Val", 0) : null;
  return namesIn(element).map((name) => ({ name, place: element.place, constant, value }));
}

function readTerm(element: XmlElement, log: ConversionLog): ConstraintElement[] {
  const type = textOf(element, "Type");
  const known = CONSTRAINT_TYPES.find((candidate) => candidate === type);
  if (known === undefined) {
    throw xmlError(
      `<ConstraintTerm> has the type "${type ?? ""}"`,
      element.place,
      `choose one of ${CONSTRAINT_TYPES.join(", ")}`,
    );
  }
  const relative = numberOf(element, "RelativeUncertainty", 0);
  const names = namesIn(element);
  if (known !== "NoConstraint" && relative === 0) {
    const note = `ConstraintTerm ${known} of ${names.join(", ")}: ROOT ignores it without a RelativeUncertainty`;
    lost(log, element.place, note);
    return [];
  }
  if (relative < 0) {
    throw xmlError(
      `RelativeUncertainty of <ConstraintTerm> is negative (${relative})`,
      element.place,
      "give the relative uncertainty, as in 0.1",
    );
  }
  return names.map((name) => ({ name, place: element.place, type: known, relative }));
}
