"""Writes test/golden/expressions/python.json or pandas.json: what uproot, or DataFrame.query of pandas, makes of expressions.

usage: python tools/golden/expressions-python.py uproot     (uproot 5.7.7, awkward 2.14.0, NumPy 2.3.5)
       python tools/golden/expressions-python.py pandas     (pandas 3.1.1, numexpr 2.14.2, NumPy 2.4.6; after uproot)
"""

import json
import math
import os
import sys
import warnings

import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../test/golden/expressions")
SCALARS = "passed charge small s16 u16 njet run event mask64 met weight zero flags tau.pt".split()
warnings.simplefilter("ignore")

UPROOT = """
met
met*2.0
met*weight
met+njet
njet*2.5
njet+1
njet/2
njet//2
njet%3
-njet%3
-njet//3
met%7
-met//7
-met%7
weight%-0.3
weight//0.25
njet**2
2**njet
met**2
met**0.5
weight**2
weight**3
-2**2*met
2**3**2*met
2**-1*met
u16*2
u16*20
u16+s16
small+small
small*2
-small
-u16
s16*s16
s16*s16*s16
charge*small
run*2
run+njet
run*run
event+weight
mask64-njet
mask64*2.0
~passed
~njet
passed+passed
passed*2
passed*2.5
passed*met
passed&passed
passed|(njet>2)
passed^passed
passed&njet
passed/passed
passed//passed
passed%passed
passed**2
passed<<1
True+met
passed==True
flags<<2
flags>>1
njet<<40
1<<njet
flags&4
flags|8
flags^255
(flags&3)==3
njet&1==1
run&1
(run+njet)>>3
(True+True)*met
True/True+met
(True&False)*met
run<<charge
flags>>charge
(run+njet)>>charge
(run+njet)<<charge
flags>>40
(njet>2)&(met<50)
(njet>2)|(met<50)
(njet>2)*met
(njet>2)+(met>3)
(njet>2)+1
(njet>2)/2
~(njet>2)&passed
0<njet
met==55.5
met==33.3
weight==0.1
met!=met
met>1e300
event>1e18
njet<=2|passed
sqrt(met)
sqrt(njet)
sqrt(small)
sqrt(passed)
sqrt(2)*met
abs(met)
abs(charge)
abs(-3)*met
abs(passed)
fabs(njet)
log(met)
log(weight)
log10(weight)
log2(small)
log1p(weight)
exp(weight)
exp(met)
exp(-met/50.0)
exp(s16)
exp(charge)
expm1(weight)
exp2(njet)
sin(met)
cos(weight)
arctan2(met,njet)
atan2(weight,met)
hypot(met,njet)
hypot(small,small)
cbrt(met)
tanh(weight)
floor(met)
floor(njet)
ceil(weight)
trunc(met)
round(met)
round(passed)
rint(njet)
fmax(met,30)
fmin(njet,2.5)
fmax(met,weight)
copysign(met,-1)
signbit(met)
neg(met)
isfinite(met)
isnan(sqrt(met))
logical_and(njet>2,met>50)
where(met>50,1,0)
where(met>50,met,0)
where(met>50,met,weight)
where(met>50,1.5,njet)
where(passed,2,njet)
where(njet,2,3)
njet/0
met/0
weight/0.0
njet//0
njet%0
met//0
met%0
1/3*met
met*(1/3)
(2**0.5)*met
1e-40*met
met*1e300
weight*exp(-weight/50.0)
weight*(met>25)*(abs(weight)<2.5)
get("odd name")
get('met')*2
tau.pt*2
odd name
sinh(weight)
cosh(weight)
tan(weight)
arcsin(weight)
acos(weight)
atan(met)
asinh(weight)
arccosh(met)
atanh(weight)
absolute(s16)
logical_or(njet>2,met>50)
isinf(log(met))
fmin(met,weight)
floor(-met)
round(weight)
""".split("\n")[1:-1]

UPROOT_REFUSED = """
njet**-1
small*300
small>300
small>-1
s16*40000
njet*3000000000
-passed
+passed
passed-passed
~met
met&1
met<<2
0<njet<4
njet>2 and met>3
met>2 or met<1
not passed
1 if passed else 2
np.sqrt(met)
max(met,30)
min(met,30)
int(met)
met.real
pi*met
lambda x: x
met in [1,2]
met is 1
met @ met
jet_pt
jet_pt*2
foo
foo(met)
sqrt()
met*
(met
met)
met met
0/0*weight
ev.y.z
jet_pt[:,0]
""".split("\n")[1:-1]

PANDAS = """
met>50
met>50 and njet>2
met>50 & njet>2
met>50 or njet>2
met>50 | njet>2 & passed
(met>50)|(njet>2)&passed
not met>50
~(met>50)
not passed
not passed and njet>1
~passed & njet>1
0<met<100
0<=njet<4
0<met<njet*20<500
njet in [2, 3]
njet not in [2, 3]
njet == [2, 3]
njet != [2, 3]
name == "ee"
name != 'ee'
"ee" == name
name in ["ee", "mumu"]
name not in ["ee", "mumu"]
name == "ee" and met > 10
`odd name` > 5
`odd name` > 5 and `tau.pt` < 95
met*2 > 100
met/weight > 20
njet/2 >= 1.5
njet//2 == 1
njet%2 == 0
-njet%3 == 1
met**2 > 3000
-met**2 > -100
2**3**2 > met*5
sqrt(met) > 7
abs(weight) < 1
log(met) > 3
sin(met) > 0
arctan2(met, weight) > 1.5
met == 33.3
weight == 0.1
met == met
met > weight
passed
passed == True
passed and njet == 2
a_b >= -1.0 & a_b <= 0.5
a_b>=-1.0 and a_b<=0.5 and not (njet == 2)
(met > 20) & (njet >= 2) | (weight < 0)
met > 1e2
met >= 120.125
event > 0 and run > 4000000003
1 < 2 and met > 3
met + njet*10 > 60
met > 10 == passed
-met < -50
+met > 50
exp(-met/50) > 0.5
floor(met) == 55
""".split("\n")[1:-1]

PANDAS_REFUSED = """
foo > 1
met >
(met > 1
met > 1)
met > 1 njet
foo(met) > 1
`foo` > 1
met = 5
""".split("\n")[1:-1]


def plain(values):
    return [v if math.isfinite(v) else str(v) for v in np.asarray(values).astype("f8").tolist()]


def from_uproot():
    import uproot

    with uproot.open(os.path.join(FOLDER, "tree.root")) as file:
        tree = file["events"]

        def evaluate(expression):
            try:
                values = tree.arrays([expression])[expression].to_numpy()
                return values if values.ndim == 1 else None
            except Exception:
                return None

        evaluated = []
        for expression in UPROOT:
            values = evaluate(expression)
            assert values is not None, expression
            evaluated.append({"expression": expression, "type": values.dtype.name, "values": plain(values)})
        refused = [e for e in UPROOT_REFUSED if evaluate(e) is None]
        print("not refused:", [e for e in UPROOT_REFUSED if e not in refused])
    return {"version": uproot.__version__, "numpy": np.__version__, "evaluated": evaluated, "refused": refused}


def from_pandas():
    """Of the columns as they are in python.json, and two more."""
    import pandas as pd

    with open(os.path.join(FOLDER, "columns.json")) as file:
        columns = json.load(file)
    frame = pd.DataFrame({key: np.array(c["values"], c["type"]) if c["type"] != "str" else pd.Series(c["values"]) for key, c in columns.items()})

    def evaluate(expression, engine):
        try:
            return list(frame.query(expression, engine=engine).index)
        except Exception:
            return None

    evaluated = []
    for expression in PANDAS:
        python, numexpr = (evaluate(expression, engine) for engine in ("python", "numexpr"))
        if python is None or (numexpr is not None and python != numexpr):
            print("left out:", expression, python, numexpr)
            continue
        evaluated.append({"expression": expression, "selected": python})
    refused = [e for e in PANDAS_REFUSED if evaluate(e, "python") is None]
    print("not refused:", [e for e in PANDAS_REFUSED if e not in refused])
    return {"version": pd.__version__, "evaluated": evaluated, "refused": refused}


def write_columns():
    """The numbers of the tree for pandas: 64-bit integers as text, exact."""
    import uproot

    texts = ["ee", "mumu", "emu", "ee", "", "tau", "ee", "mumu", "emu", "a b", "ee", "x"]
    with uproot.open(os.path.join(FOLDER, "tree.root")) as file:
        arrays = {key: file["events"][key].array(library="np") for key in [*SCALARS, "odd name"]}
    columns = {key: {"type": a.dtype.name, "values": a.tolist()} for key, a in arrays.items()}
    columns["a_b"] = {"type": "float64", "values": [0.1 * i - 0.6 for i in range(12)]}
    columns["name"] = {"type": "str", "values": texts}
    with open(os.path.join(FOLDER, "columns.json"), "w") as out:
        out.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(c)}" for k, c in columns.items()) + "\n}\n")


which = sys.argv[1]
result = from_uproot() if which == "uproot" else from_pandas()
if which == "uproot":
    write_columns()
with open(os.path.join(FOLDER, "python.json" if which == "uproot" else "pandas.json"), "w") as out:
    parts = [
        f'"{key}": "{value}"' if isinstance(value, str)
        else f'"{key}": [\n' + ",\n".join(json.dumps(case, allow_nan=False) for case in value) + "\n]"
        for key, value in result.items()
    ]
    out.write("{\n" + ",\n".join(parts) + "\n}\n")
print(len(result["evaluated"]), "evaluated", len(result["refused"]), "refused")
