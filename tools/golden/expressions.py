"""Writes test/golden/expressions/tree.root and root.json: what TTreeFormula and TTree::Draw of ROOT make of expressions.

usage: python tools/golden/expressions.py     (with the packages of requirements-root.txt)
"""

import json
import math
import os
from array import array

import numpy as np
import ROOT

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "../../test/golden/expressions")
ENTRIES = 12
ROOT.gErrorIgnoreLevel = ROOT.kFatal

# Selections and weights as they stand in configurations.
PLAIN = """
met
met>50
met>=50&&njet>=2
(met>50)*weight
weight*(met>25&&abs(weight)<2.5)
njet==2||njet==3
!(njet==2)
!passed
!njet
!met>3
njet>=4&&Sum$(jet_id==5)>=2
passed&&!zero
met/1000.
met*1e-3
sqrt(met*met+weight*weight)
sqrt(met)
sqrt(pow(met,2)+pow(weight,2))
abs(met)
fabs(met)
fabs(met-91.2)<10
abs(charge)==1
TMath::Abs(met)
TMath::Max(met,50.)
TMath::Min(njet,2)
TMath::Power(met,2)
TMath::Power(met,0.5)
TMath::Sqrt(met)
TMath::Log(met)
TMath::Exp(-met/50)
TMath::ATan2(weight,met)
TMath::Hypot(met,weight)
TMath::Pi()
TMath::TwoPi()-TMath::Pi()
2*TMath::Pi()*met
cos(TMath::Pi()*weight)
TMath::Floor(met/10)
TMath::Ceil(met/10)
TMath::Nint(met/10)
TMath::Nint(njet+0.5)
TMath::Even(njet)
TMath::Odd(njet)
TMath::Sign(met,-1)
TMath::Range(0,100,met)
TMath::DegToRad()*met
TMath::SinH(weight)
TMath::E()
log(met)
log(10)
log10(met)
log2(njet+1)
exp(-met/100)
exp(1000)
sin(met)+cos(met)
tan(weight)
asin(weight)
acos(weight)
atan(met)
atan2(met,weight)
sinh(weight)
cosh(weight)
tanh(weight)
hypot(3,4)
min(met,50)
max(met,50)
sq(met)
int(met)
int(met/25)
int(-2.7)
floor(-2.5)
ceil(2.1)
round(2.5)
sign(met)
fmod(met,7)
pi*met
2^3^2
2**3**2
-met^2
(-2)^2
2^-1
-2^2-1
5/2
njet/2
7%3
-7%3
met%7
event%1000
event%2==0
(event%4)<2
run%10
mask64%7
7%4*2
2*7%4
8%5%3
10-2*3%4
7/2*2
2-3+4
1-2+3-4
8/4/2
2--3
3+-2
2*-3
1<2<3
3>2>1
1==1==1
met<0==0
2==2<2
1!=2==0
flags&4
flags&1&&flags&2
(flags&3)==3
6&3==2
flags|8
flags>>1
flags&(1<<3)
1<<2+1
2*3<<1
8>>1<<1
mask64>>60
1|2&4
njet>2?1:0
njet>2?met:weight
(njet>=4)*1.1+(njet<4)*0.9
weight*(njet>2?1.05:0.95)
njet>2?1:njet>1?2:3
met>100?3:met>50?2:met>20?1:0
1?2:3+4
1/zero
0/0
met/zero
sqrt(-1)
log(0)
TMath::Sqrt(-1)
TMath::Log(0)
0x1F&3
1.5E-2
name=="ee"
"mumu"==name
name!="ee"
name=="ee"&&met>10
name=="ee"||name=="mumu"
label=="ee!"
passed+passed
charge*weight
small+s16+u16
run
event
mask64
tau.pt
ev.x
x*y
TMath::PiOver2()+TMath::PiOver4()
TMath::RadToDeg()*weight
TMath::Sqrt2()*TMath::Ln10()*TMath::LogE()
TMath::Infinity()
TMath::QuietNaN()
TMath::IsNaN(TMath::Sqrt(met))
TMath::Finite(TMath::Log(zero))
TMath::Sq(met)
TMath::Log2(njet)
TMath::Log10(met)
TMath::Sin(met)*TMath::Cos(met)
TMath::Tan(weight)
TMath::ASin(weight)
TMath::ACos(weight)
TMath::ATan(met)
TMath::CosH(weight)
TMath::TanH(weight)
TMath::ASinH(met)
TMath::ACosH(met)
TMath::ATanH(weight)
TMath::FloorNint(met)
TMath::CeilNint(met)
TMath::Sign(weight,met)
TMath::Nint(met)
TMath::Nint(-2.5)
TMath::Min(weight,met)
std::abs(met)
asinh(met)
acosh(met)
atanh(weight)
cbrt(met)
trunc(weight)
round(met)
round(-2.5)
floor(met)
ceil(weight)
exp(-1000)
exp(met*3)
pow(met,0.5)
pow(-8,1/3.)
0^0
met^2
met^3
weight^-1
hypot(met,weight)
-1>>1
flags>>2
met&7
flags|passed
1<<40
1<<flags
-3&255
flags%5
met%7.5
7.9%3.9
event==1152921504606846983
+5*met
njet|-2|3<met
2^met|1
(0.5^met)>>njet
-met<=passed<<0.5<=-met
1>=7<=met>>njet>=2
met<njet<weight
met<(njet>2)
int(mask64)
int(met**0.5)
int(1e30)
TMath::Sign(met,int(weight/10))
TMath::Nint(event)
TMath::Nint(met**0.5)
TMath::Nint(met*1e9)
TMath::Nint(2147483647.5)
TMath::FloorNint(met*1e9)
TMath::CeilNint(-run)
TMath::Even(met**0.5)
TMath::Odd(pow(u16,flags))
max(7,met**0.5)
max(met**0.5,7)
min(7,met**0.5)
min(met**0.5,7)
TMath::Max(7,met**0.5)
TMath::Max(met**0.5,7)
TMath::Min(7,met**0.5)
TMath::Min(met**0.5,7)
1^(met**0.5)
pow(passed,met**0.5)
(-1)^TMath::Infinity()
TMath::ATan2(met,zero)
TMath::ATan2(zero,-zero)
atan2(met,-zero)
atan2(met**0.5,zero)
Entry$
Entry$%2
Entry$==3
""".split("\n")[1:-1]

# Lists, and what is harder. Not what ROOT reads beyond the end of a list: an element of an empty list within a list, and a list of
# one item left of a longer one.
LISTS = """
jet_pt
jet_pt[0]
jet_pt[1]
jet_pt[5]
jet_pt[]
jet_pt[njet-1]
jet_pt[-1]
jet_pt[1.7]
jet_pt/1e3
jet_pt*jet_id
jet_pt+pt3
jet_pt+el_pt
jet_pt>30&&el_pt>30
jet_pt[0]>20||met>50
njet>2&&jet_pt[2]>20
njet>2?jet_pt[2]:-1
jet_pt>30?el_pt[0]:0
jet_pt[0]+jet_pt[1]
jet_pt[0]+el_pt
el_pt[0]*jet_pt
pt3
pt3[1]
pt3*pt3
mat
mat[1]
mat[1][2]
mat[][1]
mat[1][]
mat*pt3
mat[1]*pt3
mat[0]+mat[1]
mat[][0]*pt3
jet_mat
jet_mat[0]
jet_mat[][1]
jet_mat[1][1]
jet_mat*jet_pt
jet_mat[][0]*jet_pt
jet_mat*pt3
hits
hits[0]
hits[][0]
hits*jet_pt
hits+hits
Alt$(jet_pt[2],-1)
Alt$(jet_pt,-1)
Alt$(jet_pt[2],met)
Alt$(el_pt,0)+jet_pt
Alt$(jet_pt[0],0)+el_pt
Alt$(jet_pt[0]+jet_pt[1],0)
Alt$(el_pt[0],0)>20
Alt$(met,0)+el_pt
Sum$(jet_pt)
Sum$(jet_pt)+met
Sum$(jet_pt)+jet_pt
Sum$(jet_pt>30)
Sum$(jet_pt>30)>=2
Sum$(jet_pt>30&&jet_id==5)
Sum$(jet_pt*(jet_id==5))
Sum$(met)
Sum$(jet_pt[0])
Sum$(jet_pt*met)
Sum$(jet_pt+pt3)
Sum$(mat*mat)
Sum$(mat[1])
Sum$(jet_mat[][1])
Sum$(jet_pt*jet_mat[][1])
Sum$(hits)
Sum$(hits>10)
Sum$(Sum$(jet_pt))
Sum$(Length$(jet_pt))
Sum$(el_pt)>0&&Sum$(jet_pt)>0
Sum$(jet_pt*(Iteration$==0))
Sum$(el_tight)
Sum$(el_pt*el_tight)
Length$(jet_pt)
Length$(met)
Length$(jet_pt[0])
Length$(jet_pt[5])
Length$(hits)
Length$(mat)
Length$(jet_mat)
Length$(jet_pt>30)
Length$
Length$*jet_pt
Min$(jet_pt)
Max$(jet_pt)
Max$(jet_pt*(jet_id>2))
Max$(el_pt)>20
MaxIf$(jet_pt,jet_id>2)
MinIf$(jet_pt,jet_id>2)
MaxIf$(jet_pt,0)
MinIf$(jet_pt,met>50)
MaxIf$(met,jet_pt>30)
MaxIf$(jet_pt,el_pt>30)
MaxIf$(el_pt,el_tight)
MaxIf$(hits,hits<100)
jet_pt>Max$(el_pt)
Iteration$
Iteration$*jet_pt
jet_pt*(Iteration$<2)
jet_pt[Iteration$]
jet_pt[Iteration$+1]
jet_pt[jet_id]
jet_pt[Length$(jet_pt)-1]
pt3[njet]
mat[njet%2][1]
jet_pt[Sum$(jet_id)>3]
@el_pt.size()
@hits.size()
@el_pt.size()+njet
el_tight
!el_tight
el_pt*el_q
jet_id==el_q
int(jet_pt)
min(jet_pt,50)
max(jet_pt,el_pt)
TMath::Max(jet_pt,30)
TMath::Abs(jet_id-3)
name=="emu"&&jet_pt>20
Entry$*jet_pt
0&&jet_pt
""".split("\n")[1:-1]

REFUSED = """
~5
met=5
(met
met)
met*
met met
foo
foo(met)
sin()
sin(1,2)
min(1,2,3)
pt3[3]
mat[2][0]
mat[0][3]
3<2>0
met=<5
met=>5
met<2>=njet
zero<zero>>njet
1<=2<=3
3>=2>=1
1?0?5:6:7
name==1
name=='ee'
true
TMath::Pi
pi()
Alt$(jet_pt)
el_pt.size()
@met.size()
!-met
1.2f
met > 10 and met < 50
&met
""".split("\n")[1:-1]

# Variable and weight of TTree::Draw.
DRAWN = [
    ("met", "weight"), ("met", "(met>50)*weight"), ("jet_pt", "weight"), ("jet_pt", "jet_pt>30"), ("met", "jet_pt>30"),
    ("jet_pt[0]", "weight"), ("jet_pt[0]", "el_pt>20"), ("jet_pt", "jet_id>2"), ("el_pt", "jet_pt[1]>20"),
    ("Sum$(jet_pt)", "jet_pt>20"), ("met", "1"), ("pt3", "weight*passed"),
]


def write_tree(path):
    file = ROOT.TFile(path, "RECREATE", "", 101)
    tree = ROOT.TTree("events", "events")
    types = {
        "passed": ("O", "b"), "charge": ("B", "b"), "small": ("b", "B"), "s16": ("S", "h"), "u16": ("s", "H"), "njet": ("I", "i"),
        "run": ("i", "I"), "event": ("L", "q"), "mask64": ("l", "Q"), "met": ("F", "f"), "weight": ("D", "d"), "zero": ("D", "d"),
        "flags": ("I", "i"),
    }
    scalar = {}
    for key, (leaf, code) in types.items():
        scalar[key] = array(code, [0])
        tree.Branch(key, scalar[key], f"{key}/{leaf}")
    arrays = {}
    for key, code, length, leaf in [
        ("pt3", "f", 3, "pt3[3]/F"), ("jet_pt", "f", 10, "jet_pt[njet]/F"), ("jet_id", "i", 10, "jet_id[njet]/I"),
        ("mat", "d", 6, "mat[2][3]/D"), ("jet_mat", "f", 20, "jet_mat[njet][2]/F"), ("ev", "f", 2, "x/F:y/F"),
        ("odd name", "d", 1, "odd/D"), ("tau.pt", "d", 1, "tau.pt/D"),
    ]:
        arrays[key] = array(code, [0] * length)
        tree.Branch(key, arrays[key], leaf)
    name = array("b", [0] * 32)
    tree.Branch("name", name, "name/C")
    vectors = {"el_pt": "float", "el_q": "int", "el_tight": "bool", "hits": "vector<float>"}
    held = {key: ROOT.std.vector(inner)() for key, inner in vectors.items()}
    for key, vector in held.items():
        tree.Branch(key, vector)
    label = ROOT.std.string()
    tree.Branch("label", label)
    rng = np.random.default_rng(7)
    jets = [3, 0, 1, 5, 2, 2, 4, 0, 1, 3, 6, 2]
    for i in range(ENTRIES):
        values = {
            "passed": i % 3 != 0, "charge": -1 if i % 2 else 1, "small": i * 37 % 256, "s16": -300 * i, "u16": 5900 * i,
            "njet": jets[i], "run": 4000000000 + i, "event": 2**60 + 2 * i + 1 if i % 4 == 3 else 10007 * i - 30000,
            "mask64": (1 << 63) + 5 * i if i % 5 == 4 else 1 << (3 * i),
            "met": [55.5, 0, -3.25, 120.125, 33.3, 7.7, 250.9, 41.1, 18.6, 99.99, 64, 12.34][i],
            "weight": [1, 0.5, -1.25, 2.2, 0.1, 1.7, 0, -0.3, 1e-3, 3.3, 0.75, 1][i],
            "zero": 0, "flags": [0, 1, 2, 3, 4, 5, 6, 7, 12, 255, -1, 1024][i],
        }
        for key, value in values.items():
            scalar[key][0] = value
        for j in range(3):
            arrays["pt3"][j] = rng.exponential(30)
        for j in range(jets[i]):
            arrays["jet_pt"][j] = rng.exponential(40) + 15
            arrays["jet_id"][j] = int(rng.integers(0, 6))
            arrays["jet_mat"][2 * j] = rng.normal()
            arrays["jet_mat"][2 * j + 1] = 10 * j + i
        for j in range(6):
            arrays["mat"][j] = rng.normal(0, 3)
        arrays["ev"][0], arrays["ev"][1] = i * 0.5 - 2, -i
        arrays["odd name"][0], arrays["tau.pt"][0] = i * 1.5, 100 - i
        text = ["ee", "mumu", "emu", "ee", "", "tau", "ee", "mumu", "emu", "a b", "ee", "x"][i]
        for j, byte in enumerate(text.encode() + b"\0"):
            name[j] = byte
        label.assign(text + "!")
        for vector in held.values():
            vector.clear()
        for _ in range([2, 1, 0, 3, 2, 0, 2, 4, 1, 2, 0, 1][i]):
            held["el_pt"].push_back(rng.exponential(50))
            held["el_q"].push_back(int(rng.integers(-1, 2)))
            held["el_tight"].push_back(bool(rng.integers(0, 2)))
        for j in range(i % 4):
            held["hits"].push_back(ROOT.std.vector["float"]([float(i + 10 * j + 100 * k) for k in range((i + j) % 3)]))
        tree.Fill()
    tree.Write()
    file.Close()


def number(value):
    return value if math.isfinite(value) else str(value)


def instances(tree, expression):
    """What the formula is in each entry; None where it is refused."""
    formula = ROOT.TTreeFormula("formula", expression, tree)
    if formula.GetNdim() == 0:
        return None
    entries = []
    for i in range(ENTRIES):
        tree.LoadTree(i)
        entries.append([number(formula.EvalInstance(k)) for k in range(formula.GetNdata())])
    return entries


def drawn(tree, variable, weight):
    n = tree.Draw(variable, weight, "goff")
    return {
        "variable": variable, "weight": weight,
        "values": [number(tree.GetV1()[i]) for i in range(n)], "weights": [number(tree.GetW()[i]) for i in range(n)],
    }


# ROOT writes the name of a file into it.
os.chdir(FOLDER)
write_tree("tree.root")
root_file = ROOT.TFile("tree.root")
events = root_file.Get("events")
result = {
    "version": ROOT.gROOT.GetVersion(),
    "evaluated": [{"expression": e, "entries": instances(events, e)} for e in PLAIN + LISTS],
    "refused": [e for e in REFUSED if instances(events, e) is None],
    "drawn": [drawn(events, *pair) for pair in DRAWN],
}
assert all(case["entries"] is not None for case in result["evaluated"]), [c["expression"] for c in result["evaluated"] if c["entries"] is None]
print("not refused:", [e for e in REFUSED if e not in result["refused"]])
with open("root.json", "w") as out:
    # One case in a line.
    lines = {key: value if isinstance(value, str) else [json.dumps(case, allow_nan=False) for case in value] for key, value in result.items()}
    out.write("{\n" + f'"version": "{lines.pop("version")}",\n')
    out.write(",\n".join(f'"{key}": [\n' + ",\n".join(cases) + "\n]" for key, cases in lines.items()) + "\n}\n")
print(len(PLAIN), "plain,", len(LISTS), "with lists")
