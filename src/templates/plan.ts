/**
 * What is to be built: regions, samples and systematic uncertainties, and for each template where its events or its
 * histogram come from. Configurations of TRExFitter and cabinetry are read into this; what builds a workspace knows no
 * other form. Everything is spelled out: defaults are applied, inheritance is resolved, names are unique.
 *
 * @module
 */

/** An expression over columns, and where it stands in the configuration, for messages. */
export interface PlannedExpression {
  readonly text: string;
  /** As in `line 12: Selection of region "SR"`. */
  readonly origin: string;
}

/** What an expression is for. */
export type ExpressionRole = "variable" | "selection" | "weight";

/** An expression of a configuration that is evaluated for events, and where it comes from: for reports. */
export interface ExpressionUse {
  readonly key: string;
  readonly role: ExpressionRole;
  /** Where it is used; empty: everywhere. */
  readonly region: string;
  readonly sample: string;
  readonly line: number;
  readonly text: string;
  /** Made of several settings. */
  readonly derived: boolean;
  /** The first table whose events it is evaluated for. */
  readonly table: TableLocation;
}

/** How expressions are read: ROOT's TTreeFormula, or Python with numpy as uproot evaluates it. */
export type ExpressionStyle = "root" | "python";

/** Events of tables, to be filled into a histogram of the variable. */
export interface EventSource {
  readonly kind: "events";
  /** What of the configuration asks for it, for messages: `line 12: sample "ttbar"`. */
  readonly origin: string;
  /** Files, patterns with `*`, `?` and `[...]` allowed, and the table in each; relative to the folder of the configuration. */
  readonly files: readonly TableLocation[];
  readonly variable: PlannedExpression;
  /** Events where this is zero or false are left out; a value of ROOT's is a factor of the weight too. Null: none are. */
  readonly selection: PlannedExpression | null;
  /** Factors of an event's weight; their product is the weight. */
  readonly weights: readonly PlannedExpression[];
  /** Constant factor. */
  readonly scale: number;
}

/** A table in a file. */
export interface TableLocation {
  readonly path: string;
  /** Of the tree or ntuple; empty for files that are one table. */
  readonly table: string;
}

/** A histogram that exists already. */
export interface HistogramSource {
  readonly kind: "histogram";
  /** As that of {@link EventSource}. */
  readonly origin: string;
  /** All are added. */
  readonly files: readonly HistogramLocation[];
  readonly scale: number;
}

/** A histogram in a ROOT file. */
export interface HistogramLocation {
  readonly path: string;
  readonly histogram: string;
}

/** Other sources, each times a factor, added. */
export interface SumSource {
  readonly kind: "sum";
  readonly terms: readonly { readonly factor: number; readonly source: TemplateSource }[];
}

/** Two sources multiplied or divided bin by bin; a bin that is divided by 0 is 0. */
export interface ProductSource {
  readonly kind: "product" | "quotient";
  readonly left: TemplateSource;
  readonly right: TemplateSource;
}

/** A source times what makes the total of one source that of another. */
export interface NormalisedSource {
  readonly kind: "normalised";
  readonly source: TemplateSource;
  readonly from: TemplateSource;
  readonly to: TemplateSource;
}

/** A source with its statistical uncertainties times a factor. */
export interface UncertaintySource {
  readonly kind: "uncertainty";
  readonly source: TemplateSource;
  readonly factor: number;
}

/** Where a template comes from. */
export type TemplateSource =
  | EventSource
  | HistogramSource
  | SumSource
  | ProductSource
  | NormalisedSource
  | UncertaintySource;

/** Bins of a region. */
export interface Binning {
  /** [bins + 1] ascending: what events are filled into. Null where a histogram has its own. */
  readonly edges: readonly number[] | null;
  /** The bins have equal widths and events find theirs by ROOT's arithmetic, which at edges can differ from comparing. */
  readonly isUniform: boolean;
  /** What is done to all histograms of the region once the nominal ones are known; null: nothing. */
  readonly rebin: Rebin | null;
  /** Bins, counted from 0 after rebinning, that the workspace leaves out. */
  readonly dropped: readonly number[];
  /** Content outside the edges is added to the first and the last bin. */
  readonly mergeOutside: boolean;
}

/** Merging of bins. */
export type Rebin =
  | { readonly kind: "group"; readonly bins: number }
  | { readonly kind: "edges"; readonly edges: readonly number[] }
  | {
      readonly kind: "TransfoD" | "TransfoF";
      readonly signal: number;
      readonly background: number;
    };

/** A region: a channel of the workspace. */
export interface RegionPlan {
  readonly name: string;
  readonly binning: Binning;
  /** Observed events; null: the sum of the samples at their nominal values (Asimov data). */
  readonly data: TemplateSource | null;
  /** In the order of the workspace. */
  readonly samples: readonly SamplePlan[];
  /** Bins whose observed events are replaced by the expected ones; null: none are. */
  readonly blinding: Blinding | null;
}

/** Which bins are blind: those where signal over background (or over its root) is above a threshold, or given ones. */
export type Blinding =
  | { readonly kind: "bins"; readonly bins: readonly number[] }
  | { readonly kind: "S/B" | "S/(S+B)" | "S/sqrt(B)" | "S/sqrt(S+B)"; readonly threshold: number };

/** A sample in a region. */
export interface SamplePlan {
  readonly name: string;
  readonly isSignal: boolean;
  readonly nominal: TemplateSource;
  /** Whether the uncertainty of the number of simulated events becomes a modifier; null: the sample has none. */
  readonly statistical: StatisticalPlan | null;
  /** Names of parameters that scale the sample. */
  readonly normFactors: readonly string[];
  readonly shapeFactors: readonly string[];
  /** The luminosity scales the sample. */
  readonly scalesWithLuminosity: boolean;
  readonly systematics: readonly SystematicPlan[];
}

/** How the uncertainty of the number of simulated events enters. */
export interface StatisticalPlan {
  /** Shared by all samples of the region (`staterror`), or for this sample alone (`shapesys`). */
  readonly kind: "shared" | "separate";
  /** Bins with a smaller relative uncertainty (of the sum of samples, where shared) get none. 0: all bins have one. */
  readonly threshold: number;
  readonly constraint: "Gaussian" | "Poisson";
}

/** A systematic uncertainty of a sample in a region. */
export interface SystematicPlan {
  /** As in the configuration; names the histograms. */
  readonly name: string;
  /** Of the nuisance parameter; effects with the same name are correlated. */
  readonly parameter: string;
  readonly effect: NormalisationEffect | TemplateEffect | UncorrelatedEffect | CombinedEffect;
}

/** A factor on the yield. */
export interface NormalisationEffect {
  readonly kind: "normalisation";
  /** Of the yield at +1 and -1 standard deviation: 1.05 and 0.95 for 5 %. */
  readonly up: number;
  readonly down: number;
}

/** Histograms at +1 and -1 standard deviation. */
export interface TemplateEffect {
  readonly kind: "template";
  readonly up: TemplateSource | null;
  readonly down: TemplateSource | null;
  /** The templates vary this histogram, where that is not the nominal one of the sample: only the ratio to it is used. */
  readonly reference: TemplateSource | null;
  readonly symmetrisation: Symmetrisation;
  readonly smoothing: string | null;
  /** Factors on the difference to the nominal template. */
  readonly scaleUp: number;
  readonly scaleDown: number;
  /** Samples of the region, this one among them, of which the effect leaves the yield of all together as it is. */
  readonly heldWith?: readonly string[];
  /** What of the effect is kept: the change of the yield, the change of the shape. */
  readonly keepNormalisation: boolean;
  readonly keepShape: boolean;
  /** Effects below these are left out; null: never. */
  readonly pruning: Pruning | null;
  /** A sample of the region: of the effect is left out what is left out of that sample's effect of the same name. */
  readonly prunedAs?: string;
}

/** Thresholds of pruning. */
export interface Pruning {
  /** On the relative change of the yield, and of the shape in the bin where it changes most. */
  readonly normalisation: number;
  readonly shape: number;
  /** Changes are compared with the sum of these samples; without it with the sample itself. */
  readonly relativeTo?: "background" | "total";
}

/** How variations are combined, as in `combine-sides.ts`. */
export type Combination =
  | "envelope"
  | "standard deviation"
  | "standard deviation of all"
  | "hessian"
  | "sum in squares";

/** Several effects with one parameter, combined bin by bin. */
export interface CombinedEffect
  extends Pick<TemplateEffect, "keepNormalisation" | "keepShape" | "pruning" | "prunedAs"> {
  readonly kind: "combined";
  readonly how: Combination;
  /** With their names; what of them is kept and pruned is that of the combination. */
  readonly parts: readonly {
    readonly name: string;
    readonly effect: NormalisationEffect | TemplateEffect;
  }[];
}

/**
 * How the sides of a template effect are made mirror images:
 * - `one-sided`: the side that is given (up, where both are) is mirrored about the nominal template, bin by bin;
 * - `one-sided apart`: cabinetry's; the factor on the yield and the shape at the nominal yield are each mirrored;
 * - the others as in `workspace/preprocess/symmetrise.ts`.
 */
export type Symmetrisation =
  | "none"
  | "one-sided"
  | "one-sided apart"
  | "two-sided"
  | "absolute mean"
  | "maximum";

/** A relative uncertainty in each bin, independent of the other bins (`shapesys`). */
export interface UncorrelatedEffect {
  readonly kind: "uncorrelated";
  /** The uncertainty of a bin is the distance of this histogram from the nominal one. */
  readonly up: TemplateSource;
}

/** A setting of a parameter in the measurement. */
export interface ParameterPlan {
  readonly name: string;
  readonly init: number | null;
  readonly bounds: readonly [number, number] | null;
  readonly isFixed: boolean;
  /** No constraint term: the parameter floats freely. */
  readonly isFree: boolean;
  /** A Gaussian constraint of a norm factor, which else has none. */
  readonly gaussian?: { readonly centre: number; readonly width: number };
}

/** What becomes of bins of nominal templates without positive content. */
export interface Floor {
  /** Events that they get. */
  readonly events: number;
  /** A bin that has no statistical uncertainty gets the smallest one of the bins with content, else 100 %. */
  readonly guessesUncertainty: boolean;
  /** A template with a negative total gets `events` in total, else what its bins then add up to. */
  readonly rescalesNegative: boolean;
}

/** A whole analysis. */
export interface AnalysisPlan {
  readonly style: ExpressionStyle;
  readonly measurement: string;
  /** Parameters of interest; the first is the one of the workspace. */
  readonly pois: readonly string[];
  /** Relative uncertainty of the luminosity; null: no sample scales with it. */
  readonly luminosity: number | null;
  /** What is done about bins of templates without positive content; null: they stay as they are. */
  readonly floor: Floor | null;
  readonly parameters: readonly ParameterPlan[];
  readonly regions: readonly RegionPlan[];
}
