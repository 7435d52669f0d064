/**
 * HS3 0.2 -> {@link Workspace}, for documents of binned `histfactory_dist` channels: what ROOT's RooJSONFactoryWSTool,
 * pyhs3 and nextstat write.
 *
 * The meaning of every key is ROOT's (JSONFactories_HistFactory.cxx, probed with 6.40) where the standard leaves it open:
 * the uncertainties of a shapesys are relative, those of a staterror are the errors of the samples that carry it.
 *
 * @module
 */

import { NextstatError, suggestName } from "../../errors.ts";
import { quoteNames } from "../../workspace/names.ts";
import { newConversionLog } from "../conversion.ts";
import { checkWorkspace } from "../pyhf/read.ts";
import { buildWorkspace } from "./build-workspace.ts";
import { hs3Error, lookUp, type ObjectNode, pointerOf, textOf, textsOf } from "./document.ts";
import { type Hs3Document, indexDocument, readValues } from "./index-document.ts";
import { readLikelihood } from "./likelihood.ts";
import type { Listener } from "./read-channel.ts";
import { reportUnread } from "./report-unread.ts";
import type { Hs3Import, Hs3Notice, Hs3Options } from "./types.ts";

/**
 * Reads an HS3 document.
 *
 * @throws NextstatError `input` with a JSON pointer for a document that is malformed or cannot be expressed, `usage` for an
 * analysis or a parameter point that does not exist
 */
export function readHs3(value: unknown, options: Hs3Options = {}): Hs3Import {
  const document = indexDocument(value);
  const log = newConversionLog();
  const notices: Hs3Notice[] = [];
  const note = (path: string, message: string): void => {
    log.changed.push({ path, note: message });
    notices.push({ message });
  };
  if (!document.version.startsWith("0.2")) {
    note("/metadata/hs3_version", `written for HS3 ${document.version}, read as 0.2`);
  }
  const leftOut: string[] = [];
  const listener: Listener = {
    unsupported(problem, pointer, hint) {
      if (options.allowUnsupported !== true) throw hs3Error(problem, pointer, hint);
      log.lost.push({ path: pointer, note: problem });
      leftOut.push(problem);
      notices.push({ message: `left out: ${problem}` });
    },
    assumed: (what, pointer) => note(pointer, what),
  };
  const analyses = chooseAnalyses(document, options.analysis, notices);
  const [analysis] = analyses;
  const likelihoodNode = chooseLikelihood(document, analysis, notices);
  const likelihood = readLikelihood(document, likelihoodNode, listener);
  const measurements = (analyses.length === 0 ? [undefined] : analyses).map((node) => ({
    name: node === undefined ? textOf(likelihoodNode, "name") : textOf(node, "name"),
    pointer: (node ?? likelihoodNode).pointer,
    poi: node === undefined ? "" : poiOf(node, notices),
    values: readValues(document, node, options.parameterPoint),
  }));
  const built = buildWorkspace({
    document,
    likelihood,
    likelihoodName: textOf(likelihoodNode, "name"),
    measurements,
    interpolation: options.interpolation ?? "standard",
    log,
    notices,
  });
  const origin = (pointer: string): string => originOf(built.origins, pointer);
  const { workspace, warnings } = withOrigins(() => checkWorkspace(built.workspace), origin);
  notices.push(...warnings.map((message) => ({ message })));
  reportUnread(
    document,
    { likelihood, likelihoodNode, analyses, values: measurements[0]?.values },
    log,
    notices,
  );
  return { workspace, notices, report: log, source: { ...built.source, leftOut }, origin };
}

/** The pointer of the nearest part that is known to come from the document. */
function originOf(origins: ReadonlyMap<string, string>, pointer: string): string {
  for (let path = pointer; path !== ""; path = path.slice(0, path.lastIndexOf("/"))) {
    const origin = origins.get(path);
    if (origin !== undefined) return origin;
  }
  return "";
}

/** Runs a check of the workspace and says where in the document the trouble is. */
function withOrigins<T>(check: () => T, origin: (pointer: string) => string): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof NextstatError)) throw error;
    const { pointer } = error.location;
    throw pointer === undefined ? error : error.at({ pointer: origin(pointer) });
  }
}

/** The analysis asked for, or the first and every other of its likelihood. */
function chooseAnalyses(
  { analyses }: Hs3Document,
  asked: string | undefined,
  notices: Hs3Notice[],
): readonly ObjectNode[] {
  const names = [...analyses.keys()];
  if (asked !== undefined) {
    const node = analyses.get(asked);
    if (node !== undefined) return [node];
    throw new NextstatError("usage", `no analysis "${asked}"`, {
      location: { pointer: "/analyses" },
      hint: suggestName(asked, names),
    });
  }
  const [first] = analyses.values();
  if (first === undefined) return [];
  const likelihood = textOf(first, "likelihood");
  const alike = [...analyses.values()].filter((node) => textOf(node, "likelihood") === likelihood);
  const others = names.filter((name) => !alike.some((node) => textOf(node, "name") === name));
  if (others.length > 0) {
    notices.push({
      message: `the document has ${names.length} analyses; using "${names[0]}" (others: ${quoteNames(others)}; choose with --analysis)`,
    });
  }
  return alike;
}

function chooseLikelihood(
  { likelihoods }: Hs3Document,
  analysis: ObjectNode | undefined,
  notices: Hs3Notice[],
): ObjectNode {
  if (analysis !== undefined) {
    const pointer = pointerOf(analysis, "likelihood");
    return lookUp(likelihoods, textOf(analysis, "likelihood"), "likelihood", pointer);
  }
  const [first, ...others] = likelihoods.values();
  if (first === undefined) {
    throw hs3Error(
      "the document has neither an analysis nor a likelihood",
      "",
      'add "likelihoods" and "analyses"',
    );
  }
  if (others.length > 0) {
    throw hs3Error(
      `the document has ${likelihoods.size} likelihoods and no analysis that chooses one`,
      "/likelihoods",
      'add "analyses"',
    );
  }
  notices.push({ message: "the document has no analysis, so no parameter of interest" });
  return first;
}

/** The first parameter of interest; the others float like any parameter. */
function poiOf(analysis: ObjectNode, notices: Hs3Notice[]): string {
  if (analysis.value.parameters_of_interest === undefined) return "";
  const [first = "", ...others] = textsOf(analysis, "parameters_of_interest");
  if (others.length > 0) {
    notices.push({
      message: `${analysis.what} has ${others.length + 1} parameters of interest; using "${first}" (${quoteNames(others)} float)`,
    });
  }
  return first;
}
