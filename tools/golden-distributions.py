"""Reference values of the normal distribution and the incomplete gamma function.

    pip install mpmath==1.3.0
    python tools/golden-distributions.py > test/math/distributions.golden.json

Worked to 50 digits and rounded once. The arguments are doubles written in full, so that both sides evaluate the same
number. Nothing is random.

- normal:   [x, cdf, sf, log sf]
- quantile: [p, z] with cdf(z) = p; the quantile of an upper tail p is -z
- gamma:    [a, x, P(a, x), Q(a, x)], regularised
- chi2:     [statistic, degrees of freedom, sf] = Q(ndf/2, statistic/2)

Below 2.3e-308 a double has fewer digits: compare those entries absolutely. 0 stands for a value under 2.5e-324.
"""

import json
import re
import sys

import mpmath
from mpmath import mpf

VERSION = "1.3.0"
DIGITS = 50
GUARD = 30


def survival(x: mpf) -> mpf:
    return mpmath.erfc(x / mpmath.sqrt(2)) / 2


def normal_rows() -> list[list[float]]:
    points = [k / 4 for k in range(-152, 153)]
    points += [sign * 2.0**-k for k in (4, 8, 16, 26, 40, 60) for sign in (-1, 1)]
    special = (0.67448975, 1.2815515655446004, 1.6448536269514722, 5.656854249492381, 37.5193, 37.677)
    points += [sign * x for x in special for sign in (-1, 1)]
    rows = []
    for x in sorted(set(points)):
        lower, upper = survival(-mpf(x)), survival(mpf(x))
        logarithm = mpmath.log(upper) if x > 0 else mpmath.log1p(-lower)
        rows.append([x, float(lower), float(upper), float(logarithm)])
    return rows


def quantile(p: mpf) -> mpf:
    """By Newton's method on the logarithm of the smaller tail."""
    if p > 0.5:
        return -quantile(1 - p)
    z = mpf(0) if p > 0.1 else mpmath.sqrt(-2 * mpmath.log(p))
    for _ in range(200):
        tail = survival(z)
        step = tail * mpmath.log(tail / p) * mpmath.sqrt(2 * mpmath.pi) * mpmath.exp(z * z / 2)
        z += step
        if abs(step) < mpf(10) ** -(DIGITS + 5) * max(1, z):
            return -z
    raise ArithmeticError(f"no quantile of {p}")


def quantile_rows() -> list[list[float]]:
    points = [10.0**-k for k in (300, 250, 200, 150, 100, 75, 50, 40, 30, 25, 20, 18)]
    points += [10.0**-k for k in range(2, 17)] + [5.0 * 10.0**-k for k in range(2, 17)]
    points += [1 - 10.0**-k for k in range(2, 17)] + [1 - 5.0 * 10.0**-k for k in range(2, 16)]
    points += [k / 40 for k in range(1, 40)] + [0.02425, 0.97575, 0.075, 0.925]
    points += [0.5 + sign * 2.0**-k for k in (10, 20, 30, 40, 50) for sign in (-1, 1)]
    points += [0.15865525393145707, 0.8413447460685429, 0.02275013194817921, 2.866515718791939e-7]
    with mpmath.extradps(GUARD):
        return [[p, float(quantile(mpf(p)))] for p in sorted(set(points))]


def lower_gamma(a: mpf, x: mpf) -> mpf:
    """P(a, x) by its power series: every term positive."""
    if x == 0:
        return mpf(0)
    term = total = 1 / a
    n = 0
    while term > total * mpmath.eps:
        n += 1
        term *= x / (a + n)
        total += term
    return total * mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a))


def upper_gamma(a: mpf, x: mpf) -> mpf:
    """Q(a, x) by its continued fraction (Lentz); for x > a."""
    b = x + 1 - a
    c, d = mpf(10) ** 1000, 1 / b
    h = d
    for n in range(1, 1000000):
        numerator = n * (a - n)
        b += 2
        d = 1 / (b + numerator * d)
        c = b + numerator / c
        h *= c * d
        if abs(c * d - 1) < mpmath.eps * 10:
            return h * mpmath.exp(a * mpmath.log(x) - x - mpmath.loggamma(a))
    raise ArithmeticError(f"no Q({a}, {x})")


def both_gammas(a: float, x: float) -> tuple[mpf, mpf]:
    """P and Q, the smaller computed and the larger its complement."""
    with mpmath.extradps(GUARD):
        if x <= a:
            lower = lower_gamma(mpf(a), mpf(x))
            return lower, 1 - lower
        upper = upper_gamma(mpf(a), mpf(x))
        return 1 - upper, upper


def gamma_rows() -> list[list[float]]:
    rows = []
    small = (0.5, 1.0, 1.5, 2.0, 2.5, 4.75, 10.0, 10.5, 25.0, 60.5)
    large = (100.0, 250.0, 1000.0, 3162.5, 10000.0, 31623.0, 100000.0)
    for a in small + large:
        scales = (0.01, 0.1, 0.5, 0.9, 1 - 2.0**-20, 1.0, 1 + 2.0**-20, 1.1, 1.5, 2.0, 4.0)
        points = [0.0, 1e-300, 1e-10, a + 1, 700.0, 1e6] + [a * scale for scale in scales]
        points += [a + k * a**0.5 for k in (-35, -20, -10, -3, -1, 1, 3, 10, 20, 35)]
        rows += [[a, x, *map(float, both_gammas(a, x))] for x in sorted(set(points)) if x >= 0]
    return rows


def chi2_rows() -> list[list[float]]:
    rows = []
    for ndf in (1, 2, 3, 4, 5, 7, 10, 31, 100, 999, 20000):
        points = [0.0, 1e-8, 0.5, 1.0, 2.705543454095404, 3.841458820694124, 1400.0]
        points += [ndf * 0.75, float(ndf), ndf * 1.25, ndf + 300.0]
        for statistic in sorted(set(points)):
            rows.append([statistic, ndf, float(both_gammas(ndf / 2, statistic / 2)[1])])
    return rows


def check() -> None:
    """The two gamma methods against each other and against mpmath's, the quantile against the survival."""
    with mpmath.extradps(GUARD):
        for a, x in ((0.5, 1.25), (10.5, 11.0), (1000.0, 1003.0), (100000.0, 100200.0)):
            assert abs(lower_gamma(mpf(a), mpf(x)) + upper_gamma(mpf(a), mpf(x)) - 1) < mpf(10) ** -DIGITS
        for a, x in ((0.5, 20.0), (25.0, 60.0), (60.5, 20.0)):
            theirs = mpmath.gammainc(mpf(a), mpf(x), regularized=True)
            assert abs(both_gammas(a, x)[1] / theirs - 1) < mpf(10) ** -DIGITS
        for p in (mpf(10) ** -300, mpf("0.3"), 1 - mpf(2) ** -53):
            assert abs(survival(-quantile(p)) / p - 1) < mpf(10) ** -DIGITS


def shortest(row: list[float]) -> str:
    """JSON as the project's formatter writes it: exponents without sign and leading zeros."""
    return re.sub(r"e([+-]?)0*(\d+)", lambda m: "e" + m[1].replace("+", "") + m[2], json.dumps(row))


def main() -> None:
    if mpmath.__version__ != VERSION:
        sys.exit(f"golden-distributions.py needs mpmath {VERSION}, found {mpmath.__version__}")
    mpmath.mp.dps = DIGITS
    check()
    document = {
        "tool": f"mpmath {VERSION}, {DIGITS} digits, rounded to double",
        "command": "python tools/golden-distributions.py > test/math/distributions.golden.json",
        "normal": normal_rows(),
        "quantile": quantile_rows(),
        "gamma": gamma_rows(),
        "chi2": chi2_rows(),
    }
    entries = []
    for key, value in document.items():
        text = json.dumps(value)
        if isinstance(value, list):
            text = "[\n" + ",\n".join("    " + shortest(row) for row in value) + "\n  ]"
        entries.append(f"  {json.dumps(key)}: {text}")
    print("{\n" + ",\n".join(entries) + "\n}")


main()
