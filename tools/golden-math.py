"""Reference values of the special functions, to 40 digits, for test/math/special.golden.json.

    pip install mpmath==1.3.0
    python tools/golden-math.py > test/math/special.golden.json

The arguments are chosen here and written as the exact decimal expansion of a double, so that both sides evaluate the
same number. Nothing is random.
"""

import json
import re
import sys

import mpmath

VERSION = "1.3.0"
DIGITS = 40


def arguments() -> list[float]:
    """Doubles that meet every branch of lnGamma and both sides of every boundary between two of them."""
    near = [sign * 2.0**-k for k in (2, 5, 10, 20, 30, 40, 50) for sign in (-1, 1)]
    points = [5e-324, 1e-300, 1e-100, 1e-20, 1e-10, 1e-5, 0.001, 0.01, 0.1, 0.25, 0.4]
    points += [1 + d for d in near] + [2 + d for d in near] + [1.0, 2.0]
    for boundary in (0.5, 1.5, 2.5, 10.0):
        points += [boundary * (1 - 2.0**-50), boundary, boundary * (1 + 2.0**-50)]
    points += [n / 8 for n in range(20, 84)]
    points += [float(n) for n in range(3, 40)]
    points += [10 * 1.37**n for n in range(60)]
    points += [1e10, 123456789.125, 1e15, 2.0**53, 1e100, 1e300, 2.5e305]
    return sorted(set(points))


def shortest(row: list[float]) -> str:
    """JSON as the project's formatter writes it: exponents without sign and leading zeros."""
    return re.sub(r"e([+-]?)0*(\d+)", lambda m: "e" + m[1].replace("+", "") + m[2], json.dumps(row))


def main() -> None:
    if mpmath.__version__ != VERSION:
        sys.exit(f"golden-math.py needs mpmath {VERSION}, found {mpmath.__version__}")
    mpmath.mp.dps = DIGITS
    rows = [[x, float(mpmath.loggamma(mpmath.mpf(x)))] for x in arguments()]
    header = {
        "tool": f"mpmath {VERSION}, {DIGITS} digits, rounded to double",
        "command": "python tools/golden-math.py > test/math/special.golden.json",
    }
    lines = ",\n".join("    " + shortest(row) for row in rows)
    print("{")
    for key, value in header.items():
        print(f"  {json.dumps(key)}: {json.dumps(value)},")
    print(f'  "lnGamma": [\n{lines}\n  ]\n}}')


main()
