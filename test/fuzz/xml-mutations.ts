/**
 * Random damage to HistFactory's XML: to its elements and attributes, most of which stays well-formed, or to its bytes.
 *
 * @module
 */

import type { Rng } from "../formats/fuzz.ts";
import { below, damage, pick } from "./root-mutations.ts";

/** Two channels, two measurements, and every element and attribute that HistFactory has. */
export const TEXTS: Readonly<Record<"combination.xml" | "channel.xml" | "control.xml", string>> = {
  "combination.xml": `<?xml version="1.0"?>
<!DOCTYPE Combination SYSTEM 'HistFactorySchema.dtd' [<!ENTITY main "channel.xml"><!ENTITY half "0&#46;5">]>
<!-- two channels -->
<Combination OutputFilePrefix="results/x" Mode="comb">
  <Function Name="scaled" Expression="sqrt(mu*k)" Dependents="mu[1,0,3],k[1,0.1,10]" />
  <Function Name="tilt" Expression="1+0.1*alpha_jes" Dependents="alpha_jes[0,-5,5]" />
  <Input>&main;</Input>
  <Input><![CDATA[control.xml]]></Input>
  <Measurement Name="m" Lumi="1.0" LumiRelErr="0.1" BinLow="0" BinHigh="2" ExportOnly="True">
    <POI>mu</POI>
    <ParamSetting Const="True">Lumi alpha_norm</ParamSetting>
    <ParamSetting Val="&half;">k</ParamSetting>
    <ConstraintTerm Type="Gamma" RelativeUncertainty="0.3">norm</ConstraintTerm>
    <Asimov Name="a" FixParams="mu=1" />
  </Measurement>
  <Measurement Name="other" Lumi="2" LumiRelErr="0.02">
    <POI>k mu</POI>
    <ConstraintTerm Type="Gamma" RelativeUncertainty="0.2">norm</ConstraintTerm>
    <ConstraintTerm Type="LogNormal" RelativeUncertainty="0.2">theory</ConstraintTerm>
    <ConstraintTerm Type="Uniform" RelativeUncertainty="1">rate</ConstraintTerm>
  </Measurement>
</Combination>
`,
  "channel.xml": `<!DOCTYPE Channel SYSTEM 'HistFactorySchema.dtd'>
<Channel Name="SR" InputFile="data.root" HistoPath="">
  <Data HistoName="data" InputFile="data.root" HistoPath="" />
  <StatErrorConfig RelErrorThreshold="0.01" ConstraintType="Gaussian" />
  <Sample Name="signal" HistoName="signal" NormalizeByTheory="True">
    <NormFactor Name="scaled" Val="1" Low="0" High="5" />
    <NormFactor Name="scaled" Val="1" Low="0" High="5" Const="False" />
    <OverallSys Name="theory" High="1.2" Low="0.8" />
  </Sample>
  <Sample Name="bkg" HistoName="bkg" HistoPath="folder" NormalizeByTheory="False">
    <OverallSys Name="norm" High="1.1" Low="0.9" />
    <HistoSys Name="jes" HistoNameHigh="up" HistoPathHigh="/" HistoFileHigh="data.root"
      HistoNameLow="down" HistoPathLow="" HistoFileLow="data.root" />
    <ShapeSys Name="shape" HistoName="relative" HistoPath="" ConstraintType="Poisson" />
    <StatError Activate="True" HistoName="relative" HistoPath="/" InputFile="data.root" />
  </Sample>
</Channel>
`,
  "control.xml": `<Channel Name="CR" InputFile="data.root">
  <Data HistoName="bkg" />
  <Sample Name="bkg" HistoName="up">
    <NormFactor Name="tilt" Val="1" Low="0" High="2" />
    <OverallSys Name="rate" High="1.3" Low="0.7" />
    <ShapeFactor Name="free" Const="False" HistoName="signal" />
    <HistoFactor Name="unused" />
    <StatError Activate="true" />
  </Sample>
  <Sample Name="fakes" HistoName="down"><StatError Activate="True" /></Sample>
</Channel>
`,
};

const NAMES = ["mu", "k", "Lumi", "norm", "alpha_norm", "jes", "shape", "SR", "__proto__", "m"];
const HISTOGRAMS = ["data", "bkg", "wide", "negative", "infinite", "folder/bkg", "folder", "a//b"];
const FILES = ["data.root", "broken.root", "channel.xml", "combination.xml", "../data.root", "/"];
const NUMBERS = ["0", "-1", "1e308", "1e-320", "-0", "1e999", "nan", "0x1", "1,5", "9".repeat(400)];
const WORDS = [
  "",
  " ",
  "True",
  "false",
  "1",
  "Gamma",
  "NoConstraint",
  "Gaussian",
  "x".repeat(5000),
];
const SPECIAL = [
  "&amp;",
  "&#0;",
  "&#x41;",
  "x&#10;y",
  "&mu;",
  "&main;",
  "\u0000",
  "\u{1f600}",
  "\ud800",
  "\r",
];
const VALUES = [...NAMES, ...HISTOGRAMS, ...FILES, ...NUMBERS, ...WORDS, ...SPECIAL];
/** What stands between elements. */
const PIECES = [
  "<",
  ">",
  "</",
  "&",
  "]]>",
  "<!--",
  "-->",
  "<![CDATA[",
  "<?x ?>",
  "<!DOCTYPE x [<!ENTITY a '&a;'>]>",
  "<!DOCTYPE x [<!ENTITY % a SYSTEM 'x'>]>",
  "<x>".repeat(40),
  "<Sample/>",
  "mu",
];

type Mutation = (text: string, rng: Rng) => string;

/** One of the matches, and the text with it replaced. */
function replaceOne(
  text: string,
  pattern: RegExp,
  rng: Rng,
  by: (match: RegExpExecArray) => string,
): string {
  const matches = [...text.matchAll(pattern)];
  if (matches.length === 0) return text;
  const match = pick(matches, rng);
  return text.slice(0, match.index) + by(match) + text.slice(match.index + match[0].length);
}

/** Elements without elements in them, and whole ones. */
const LEAF = /<(\w+)[^<>]*\/>|<(\w+)[^<>]*>[^<>]*<\/\2>/g;
const WHOLE = /<(Sample|Measurement|Channel|Combination)\b[\s\S]*?<\/\1>/g;
const ATTRIBUTE = /\s(\w+)="([^"]*)"/g;
const CONTENT = />([^<>]+)</g;

const MUTATIONS: readonly Mutation[] = [
  // A value, by an odd one or one from elsewhere.
  (text, rng) => replaceOne(text, ATTRIBUTE, rng, ([, name]) => ` ${name}="${pick(VALUES, rng)}"`),
  (text, rng) => {
    const values = [...text.matchAll(ATTRIBUTE)].map((match) => match[2] as string);
    const other = values.length === 0 ? "" : pick(values, rng);
    return replaceOne(text, ATTRIBUTE, rng, ([, name]) => ` ${name}="${other}"`);
  },
  // An attribute: away, twice, under another name.
  (text, rng) => replaceOne(text, ATTRIBUTE, rng, () => ""),
  (text, rng) => replaceOne(text, ATTRIBUTE, rng, ([whole]) => whole + whole),
  (text, rng) => {
    const names = [...text.matchAll(ATTRIBUTE)].map((match) => match[1] as string);
    const other = names.length === 0 ? "Name" : pick(names, rng);
    return replaceOne(text, ATTRIBUTE, rng, ([, , value]) => ` ${other}="${value}"`);
  },
  // An element: away, twice, elsewhere, under another name.
  (text, rng) => replaceOne(text, rng() < 0.8 ? LEAF : WHOLE, rng, () => ""),
  (text, rng) => replaceOne(text, rng() < 0.7 ? LEAF : WHOLE, rng, ([whole]) => whole + whole),
  (text, rng) => {
    const pattern = rng() < 0.7 ? LEAF : WHOLE;
    const elements = [...text.matchAll(pattern)].map(([whole]) => whole);
    const other = elements.length === 0 ? "" : pick(elements, rng);
    return replaceOne(text, pattern, rng, ([whole]) => (rng() < 0.5 ? whole + other : other));
  },
  (text, rng) => {
    const names = [...text.matchAll(LEAF)].map((match) => match[1] ?? (match[2] as string));
    const other = names.length === 0 ? "Data" : pick(names, rng);
    return replaceOne(text, LEAF, rng, ([whole, a, b]) => whole.replaceAll(a ?? b ?? "", other));
  },
  // Text inside an element, and between elements.
  (text, rng) => replaceOne(text, CONTENT, rng, () => `>${pick(VALUES, rng)}<`),
  (text, rng) => replaceOne(text, />/g, rng, () => `>${pick(PIECES, rng)}`),
];

/** One of the texts with one to four damages: of elements and attributes, or of bytes. */
export function damageXml(rng: Rng): { readonly name: string; readonly text: string } {
  const name = pick(["combination.xml", "channel.xml", "control.xml"] as const, rng);
  let text = TEXTS[name];
  if (rng() < 0.3) {
    // As a reader does that takes any bytes: what is not UTF-8 becomes U+FFFD.
    return { name, text: new TextDecoder().decode(damage(new TextEncoder().encode(text), rng)) };
  }
  const count = 1 + below(rng() < 0.6 ? 1 : 4, rng);
  for (let i = 0; i < count; i++) text = pick(MUTATIONS, rng)(text, rng);
  return { name, text };
}
