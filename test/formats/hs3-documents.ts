/**
 * HS3 documents for tests: a small one with every kind of modifier, and the golden ones of ROOT.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import type { Model } from "../../src/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: cases break the document in ways no type allows
export type Loose = any;

export const goldenFolder: URL = new URL("../golden/hs3/", import.meta.url);

/** A golden document as text. */
export function goldenDocument(name: string): string {
  return readFileSync(new URL(`${name}.hs3.json`, goldenFolder), "utf8");
}

/** Names in the document of a model's parameters, in the order of the model. */
export function documentNames(model: Model): string[] {
  return model.resolved.parameters.map(
    ({ name, set, bin }) =>
      model.hs3?.parameters[name] ?? (bin === null ? name : `${set}_bin_${bin}`),
  );
}

/** A fresh copy of a valid document: one channel of two bins, every modifier but custom. */
export function validDocument(): Loose {
  const axes = [{ name: "x", min: 0, max: 2, nbins: 2 }];
  const gammas = (stem: string): string[] => [`${stem}_bin_0`, `${stem}_bin_1`];
  return {
    distributions: [
      {
        name: "model_SR",
        type: "histfactory_dist",
        axes,
        staterror: { relThreshold: 0, constraint_type: "Gauss" },
        samples: [
          {
            name: "signal",
            data: { contents: [5, 10] },
            modifiers: [
              { name: "mu", type: "normfactor", parameter: "mu" },
              {
                name: "lumi",
                type: "normfactor",
                parameter: "lumi",
                constraint_name: "lumiConstraint",
              },
            ],
          },
          {
            name: "background",
            data: { contents: [50, 60], errors: [3, 4] },
            modifiers: [
              {
                name: "xsec",
                type: "normsys",
                parameter: "alpha_xsec",
                interpolation: 4,
                data: { hi: 1.1, lo: 0.9 },
              },
              {
                name: "jes",
                type: "histosys",
                parameter: "alpha_jes",
                interpolation: 4,
                data: { hi: { contents: [52, 61] }, lo: { contents: [47, 58] } },
              },
              {
                name: "shape",
                type: "shapesys",
                parameters: gammas("shape"),
                constraint_type: "Poisson",
                data: { vals: [0.1, 0.2] },
              },
              { name: "staterror", type: "staterror", parameters: gammas("stat_SR") },
              { name: "free", type: "shapefactor", parameters: gammas("free") },
            ],
          },
        ],
      },
      {
        name: "lumiConstraint",
        type: "gaussian_dist",
        x: "lumi",
        mean: "nom_lumi",
        sigma: 0.02,
      },
    ],
    data: [{ name: "obsData_SR", type: "binned", axes, contents: [57, 71] }],
    likelihoods: [{ name: "likelihood", distributions: ["model_SR"], data: ["obsData_SR"] }],
    domains: [
      {
        name: "default_domain",
        type: "product_domain",
        axes: [{ name: "mu", min: 0, max: 5 }],
      },
    ],
    parameter_points: [
      {
        name: "default_values",
        parameters: [
          { name: "mu", value: 1 },
          { name: "nom_lumi", value: 1, const: true },
        ],
      },
    ],
    analyses: [
      {
        name: "analysis",
        likelihood: "likelihood",
        parameters_of_interest: ["mu"],
        domains: ["default_domain"],
      },
    ],
    metadata: { hs3_version: "0.2" },
  };
}

/** The channel of {@link validDocument}. */
export function channelOf(document: Loose): Loose {
  return document.distributions[0];
}

/** A modifier of {@link validDocument} by its name. */
export function modifierOf(document: Loose, name: string): Loose {
  const modifiers = channelOf(document).samples.flatMap((sample: Loose) => sample.modifiers);
  return modifiers.find((modifier: Loose) => modifier.name === name);
}
