/**
 * Every setting of TRExFitter's blocks and what becomes of it here. The tables are those of TRExFitter's documentation
 * (docs/settings.md and jobSchema.config of 2021) and those that its later source reads.
 *
 * @module
 */

/**
 * - `applied`: it is in the plan;
 * - `no effect`: plots, tables, names of files: nothing of the workspace;
 * - `procedure`: what is done with the workspace; the note names the command;
 * - `not supported`: the workspace is another one than TRExFitter's; the note says how.
 */
export type KeyStatus = "applied" | "no effect" | "procedure" | "not supported";

/** What becomes of a key. */
export interface KeyRule {
  readonly status: KeyStatus;
  /** Empty for what needs no words. */
  readonly note: string;
  /** Values, in capitals, with which the key says what holds anyway. */
  readonly harmless: readonly string[];
}

/** A table of one kind of block, in short: words for keys that need no note. */
interface Table {
  readonly applied?: string;
  readonly noEffect?: string;
  readonly procedure?: Readonly<Record<string, string>>;
  /** Key and, after a space, values that are harmless. */
  readonly notSupported?: Readonly<Record<string, string>>;
}

/** `{a,b}{,s}` as every combination, over all words. */
function words(text: string): string[] {
  return text.split(/\s+/).flatMap((word) => {
    const braces = /^([^{]*)\{([^}]*)\}(.*)$/.exec(word);
    if (braces === null) return word === "" ? [] : [word];
    const [, before, choices, after] = braces as unknown as [string, string, string, string];
    return choices.split(",").flatMap((choice) => words(`${before}${choice}${after}`));
  });
}

const INPUTS = "{Ntuple,Histo}{Path,File,Name}{,s}";
const INPUTS_WITH_SUFFIXES = `${INPUTS} {Ntuple,Histo}{Path,File,Name}Suff{,s}`;
const RANGES = "{RatioYmax,RatioYmin}{,PostFit}";
const MATRICES =
  "{ResponseMatrix,Acceptance,SelectionEff,Migration,MigrationEff}{Path,File,Name}{,s}";

const UNFOLDING = "unfolding: no samples are made of truth distributions and response matrices";
const INTERPOLATION = "--interp-defaults root is normsys code4, histosys code4p";
const FRIENDS = "|columns of friend trees are not known in expressions";
const GAMMAS = "every region and sample has its own parameters of the simulated statistics";
const SMOOTHING = "systematics are smoothed by 353QH, twice";

const TABLES: Readonly<Record<string, Table>> = {
  Job: {
    applied: `POI ReadFrom ${INPUTS} HistoNameNominal MCweight Selection Lumi LumiScale SystPruningShape SystPruningNorm
      MCstatThreshold MCstatConstraint BlindingThreshold BlindingType StatOnly CustomAsimov MergeUnderOverFlow
      DecorrSysts DecorrSuff ReplacementFile AllowWrongRegionSample BlindSRs GuessMCStatEmptyBins CorrectNormForNegativeIntegral
      PruningType CombinationXml`,
    noEffect: `Label POIUnit SystLarge DebugLevel Logo PlotOptions PlotOptionsSummary TableOptions YIELDS NORMSIG NOSIG OVERSIG
      CHI2 PREFITONPOSTFIT NOXERR STANDALONE FOOTNOTESIZE LANDSCAPE SystControlPlots SystDataPlots SystErrorBars
      CorrelationThreshold SignalRegionsPlot HistoChecks LumiLabel CmeLabel SplitHistoFiles KeepPrefitBlindedBins
      RankingMaxNP RankingPlot RankingPOIName ImageFormat SummaryErrorbars InputFolder InputName OutputDir
      WorkspaceFileName KeepPruning AtlasLabel CleanTables SystCategoryTables SummaryPlotRegions SummaryPlotYmax
      SummaryPlotYmin SummaryLogY ${RANGES} RatioYtitle RandomPOISeed GetChi2 UseGammaPulls DoSummaryPlot DoMergedPlot
      DoTables DoPieChartPlot DoSignalRegionsPlot DoSystNormalizationPlots SuppressNegativeBinWarnings RunROOTMacros
      RegionGroups LogScale Suffix SaveSuffix HideNP SummaryPlotLabels SummaryPlotValidationRegions
      SummaryPlotValidationLabels SummaryPrefix POIPrecision UseGammasForCorr UseATLASRounding{,Txt,Tex}
      {PrePostFit,Summary,Merge,PieChart,NPRanking}CanvasSize Label{X,Y}{,Summary,Merge}
      Legend{X1,X2,Y,NColumns}{,Summary,Merge} ScaleSamplesToData ReorderNPs Bootstrap{,Syst,Sample,NomHistos} HEPDataFormat UheppFormat CombinerFormat
      UsePDGRounding{,Txt,Tex} UseHEPDataRounding RankingUpperAxisNdivision RankingPOIAxisScale SeparationPlot
      ShowValidationPruning DoExtendedCovariances UseFolderStructure RecreateBinningFiles NoPrePostFitLabel
      WorkspaceCreationType WriteCustomAsimovToWS ExperimentLabel ProducePerRegionWS DrawPruningPlot PreFitLabel
      PostFitLabel PlotLabel OVERSIGSCALE`,
    procedure: {
      IntCodeOverall: INTERPOLATION,
      IntCodeShape: INTERPOLATION,
      IntCode: INTERPOLATION,
      FixNPforStatOnly: "fit --fix NAME=VALUE",
    },
    notSupported: {
      PruningShapeOption: "MAXBIN|shapes are pruned by their largest bin",
      CustomFunctions: "|functions of other files are not known in expressions",
      ...all(
        "CustomIncludePaths CustomFunctionsExecutes",
        "|functions of other files are not known in expressions",
      ),
      AddAliases: "|aliases are not known in expressions",
      ...all("FriendPath{,s}", FRIENDS),
      AlternativeShapeHistFactory: "FALSE|changes of yield and shape are modifiers of their own",
      RemoveLargeSyst: "FALSE|large systematics are kept, with a notice",
      RemoveSystOnEmptySample: "TRUE FALSE|samples without events have no systematics",
      MaxNtupleEvents: "-1|all events are read",
      SmoothMorphingTemplates: "FALSE|templates are not smoothed along a morphing parameter",
      PropagateSystsForMorphing: "FALSE|templates of a morphing inherit no systematics",
      ExcludeFromMorphing: "|no sample is left out",
      SmoothingOption: `|${SMOOTHING}`,
      KernelSmoothingOption: `|${SMOOTHING}`,
      KernelSmoothingType: `|${SMOOTHING}`,
      TtresSmoothing: `FALSE|${SMOOTHING}`,
      ...unfolding(
        "{ResponseMatrix,Acceptance,SelectionEff,Migration}{Path,File,Name}{,s} {ResponseMatrix,Acceptance,SelectionEff,Migration}NameNominal",
      ),
    },
  },
  Fit: {
    procedure: {
      FitType: "fit; BONLY: fit --fix POI=0",
      FitRegion: "fit --fit-regions NAMES",
      FitBlind: "fit --asimov",
      POIAsimov: "fit --asimov --init POI=VALUE",
      NPValues: "fit --asimov --init NAME=VALUE",
      NPValuesFromFitResults: "fit --asimov --init NAME=VALUE",
      SetGlobalObservables: "fit --asimov",
      FixNPs: "fit --fix NAME=VALUE",
      doLHscan: "scan --parameter NAME",
      do2DLHscan: "scan2d",
      ...all("LHscan{Min,Max,Steps}", "scan --start X --stop X --points N"),
      ...all("LHscan{Min,Max,Steps}Y Parallel2Dscan Parallel2DscanStep", "scan2d"),
      UseMinos: "fit --minos NAMES",
      ...all("SetRandomInitialNPval{,Seed}", "fit starts from several points by itself"),
      NumCPU: "--threads N",
      StatOnlyFit: "impacts",
      ...all("GetGoodnessOfFit SaturatedModel", "goodness-of-fit"),
      ...all("DoNonProfileFit DoNonProfileFitSystThreshold", "impacts"),
      ...all("FitToys ToysHisto{Min,Max,Nbins} ToysSeed", "toys fit"),
      ...all("ToysPseudodataNP ToysPseudodataNPShift", "toys fit --init NAME=VALUE"),
      TemplateInterpolationOption: "none: a workspace of pyhf knows no morphing",
      BlindedParameters: "none: parameters are shown",
      UseHesseBeforeMigrad: "fit needs no Hesse before it",
    },
  },
  Limit: {
    procedure: {
      LimitType: "upper-limit; TOYS: upper-limit --toys N",
      LimitBlind: "upper-limit --asimov",
      POIAsimov: "upper-limit --asimov --init POI=VALUE",
      ...all("SignalInjection SignalInjectionValue", "upper-limit --asimov --init POI=VALUE"),
      ConfidenceLevel: "upper-limit --cl C",
    },
    noEffect: "ParamName ParamValue OutputPrefixName",
  },
  Significance: {
    procedure: {
      SignificanceBlind: "significance --asimov",
      POIAsimov: "significance --asimov --init POI=VALUE",
      SignificanceType: "significance; toys: significance --toys N",
    },
    noEffect: "ParamName ParamValue OutputPrefixName",
  },
  // Anything, for plots.
  Options: {},
  Region: {
    applied: `${INPUTS_WITH_SUFFIXES} Variable VariableForSample Selection SelectionForSample MCweight Rebin Rebinning Binning
      Type DataType DropBins BlindBins`,
    noEffect: `VariableTitle Label TexLabel ShortLabel LumiLabel CmeLabel LogScale BinWidth BinLabels Ymax Ymin ${RANGES} Group
      YaxisTitle YmaxScale XaxisRange BinDividers RangeLabels BinTickMarks{,Labels} DrawDataMinusBkg RandomNFscale
      PruningPlotSamples`,
    notSupported: {
      AutomaticDropBins: "FALSE|bins above BlindingThreshold are blind, not left out",
      TransfoErr: "|bins are merged without a limit on their statistical uncertainty",
      ...all("FriendPath{,s} FriendPathSuff{,s}", FRIENDS),
      SkipSmoothing: "TRUE FALSE|nominal templates are never smoothed",
      IsBinOfRegion: "|systematics are smoothed in each region by itself",
      ...unfolding(`${MATRICES} NumberOfRecoBins NormalizeMigrationMatrix`),
    },
  },
  Sample: {
    applied: `Type ${INPUTS_WITH_SUFFIXES} NormFactor ShapeFactor NormalizedByTheory MCweight Selection Regions Exclude
      LumiScale LumiScales IgnoreSelection IgnoreWeight UseMCstat UseSystematics MultiplyBy DivideBy AddSample{,s}
      SubtractSample{,s} AsimovReplacementFor SeparateGammas
      UseGaussianShapeSysConstraint NoPruning NormToSample MCstatScale SystFromSample Morphing Template`,
    noEffect: "Title TexTitle Group FillColor{,RGB} LineColor{,RGB} BuildPullTable GridDID",
    notSupported: {
      SeparateGamma: "FALSE|the key is SeparateGammas",
      ...all("FriendPath{,s} FriendPathSuff{,s}", FRIENDS),
      UseFriend: `FALSE${FRIENDS}`,
      ...all(
        "EFTSMReference EFTParam EFTTitle EFTValue",
        "|the sample does not depend on parameters of an effective theory",
      ),
      HistoFolderName: "|folders in the names of histograms stay",
      Smooth: "FALSE|the nominal template is not smoothed",
      CorrelateGammasInRegions: `|${GAMMAS}`,
      CorrelateGammasWithSample: `|${GAMMAS}`,
    },
  },
  NormFactor: {
    applied: "Samples Regions Exclude Nominal Min Max Constant Tau",
    noEffect: "Title TexTitle Category SubCategory",
    notSupported: {
      Expression: "|the factor is a parameter of its own",
      CorrelateUnfolding: `|${UNFOLDING}`,
    },
  },
  ShapeFactor: {
    applied: "Samples Regions Exclude",
    noEffect: "Title TexTitle Category SubCategory",
    notSupported: {
      Expression: "|each bin has a parameter of its own",
      Nominal: "1|each bin starts at 1",
      Min: "0|each bin ranges from 0 to 10",
      Max: "10|each bin ranges from 0 to 10",
      Constant: "FALSE|each bin floats",
    },
  },
  Systematic: {
    applied: `Samples Regions Exclude ExcludeRegionSample Type NuisanceParameter IsFreeParameter
      {Ntuple,Histo}{Path,File,Name}{,s}{Up,Down} {Ntuple,Histo}{Path,File,Name}Suf{Up,Down} SampleUp SampleDown
      Weight{,Suf}{Up,Down} IgnoreWeight Symmetrisation Smoothing OverallUp OverallDown ScaleUp ScaleDown ReferenceSample
      DropShapeIn DropNorm{,In} KeepNormForSamples DummyForSamples NoPruning Decorrelate
      SubtractRefSampleVar {Ntuple,Histo}{Path,File,Name}{,s}{Up,Down}RefSample
      {Ntuple,Histo}{Path,File,Name}Suf{Up,Down}RefSample {Ntuple,Histo}{Path,File,Name}{,s}{Up,Down}SubtractSample
      {Ntuple,Histo}{File,Name}Suf{Up,Down}SubtractSample KeepReferenceOverallVar ReferencePruning CombineName CombineType DropNormSpecial`,
    noEffect: "Title TexTitle Category SubCategory StoredName IsCorrelated",
    notSupported: {
      SmoothingOption: `|${SMOOTHING}`,
      PreSmoothing: "FALSE|nothing is smoothed beforehand",
      ReferenceSmoothing: "|each sample is smoothed by itself",
      ForceShape: "NOSHAPE|the shape of the effect is its own",
      ...all(
        "NtuplePath NtuplePaths NtuplePathRefSample NtuplePathsRefSample",
        "|TRExFitter does not read it either",
      ),
    },
  },
  Unfolding: {
    notSupported:
      unfolding(`MatrixOrientation TruthDistribution{Path,File,Name} NumberOfTruthBins Tau TitleX TitleY ${RANGES} LogX LogY
      TitleOffset{X,Y} UnfoldingResult{Min,Max} NominalTruthSample Migration{TitleX,TitleY,LogX,LogY,TitleOffsetX,TitleOffsetY,Zmin,Zmax,Text}
      ResponseZ{min,max} PlotSystematicMigrations`),
  },
  UnfoldingSample: {
    notSupported: unfolding(`Title FillColor LineColor ${MATRICES} Regions Type`),
  },
  UnfoldingSystematic: {
    notSupported:
      unfolding(`Samples Region Regions NuisanceParameter Type Title Category SubCategory Symmetrisation SmoothingOption
      {ResponseMatrix,Acceptance,SelectionEff,Migration}{Path,File,Name}{,s}{Up,Down} OverallUp OverallDown`),
  },
  TruthSample: {
    notSupported: unfolding(
      "Title FillColor LineColor LineStyle TruthDistribution{Path,File,Name} UseForPlotting",
    ),
  },
};

function all(keys: string, note: string): Record<string, string> {
  return Object.fromEntries(words(keys).map((key) => [key, note]));
}

function unfolding(keys: string): Record<string, string> {
  return all(keys, `|${UNFOLDING}`);
}

function rulesOf(table: Table): ReadonlyMap<string, KeyRule> {
  const rules = new Map<string, KeyRule>();
  const { applied = "", noEffect = "", procedure = {}, notSupported = {} } = table;
  for (const key of words(applied)) rules.set(key, { status: "applied", note: "", harmless: [] });
  for (const key of words(noEffect)) {
    rules.set(key, { status: "no effect", note: "", harmless: [] });
  }
  for (const [key, note] of Object.entries(procedure)) {
    rules.set(key, { status: "procedure", note, harmless: [] });
  }
  for (const [key, text] of Object.entries(notSupported)) {
    const bar = text.indexOf("|");
    const harmless = words(text.slice(0, bar));
    rules.set(key, { status: "not supported", note: text.slice(bar + 1), harmless });
  }
  return rules;
}

/** Rules by kind of block and key. */
export const BLOCK_KEYS: Readonly<Record<string, ReadonlyMap<string, KeyRule>>> =
  Object.fromEntries(Object.entries(TABLES).map(([kind, table]) => [kind, rulesOf(table)]));

export const BLOCK_KINDS: readonly string[] = Object.keys(TABLES);

/** The rule of a key, or null for one that TRExFitter does not know either. */
export function ruleOf(kind: string, key: string): KeyRule | null {
  if (kind === "Options") return { status: "no effect", note: "", harmless: [] };
  return BLOCK_KEYS[kind]?.get(key) ?? null;
}
