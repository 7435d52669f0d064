/**
 * Dense linear algebra on row-major matrices in kernel memory. `stride` is the row length in numbers, even; columns past
 * the logical width are zero.
 */

function product(a: v128, b: v128): v128 {
  return f64x2.mul(a, b);
}
function sum(a: v128, b: v128): v128 {
  return f64x2.add(a, b);
}
function lanes(a: v128): f64 {
  return f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1);
}

/** Dot product of `n` numbers. */
export function dot(a: usize, b: usize, n: usize): f64 {
  let s = f64x2.splat(0);
  let t = s;
  const end = n << 3;
  let k: usize = 0;
  for (; k + 24 < end; k += 32) {
    s = sum(s, product(v128.load(a + k), v128.load(b + k)));
    t = sum(t, product(v128.load(a + k, 16), v128.load(b + k, 16)));
  }
  s = sum(s, t);
  let r = lanes(s);
  for (; k < end; k += 8) r += load<f64>(a + k) * load<f64>(b + k);
  return r;
}

/** y += c x, `n` numbers. */
export function axpy(c: f64, x: usize, y: usize, n: usize): void {
  const v = f64x2.splat(c);
  const end = n << 3;
  let k: usize = 0;
  for (; k + 8 < end; k += 16)
    v128.store(y + k, sum(v128.load(y + k), product(v, v128.load(x + k))));
  for (; k < end; k += 8) store<f64>(y + k, load<f64>(y + k) + c * load<f64>(x + k));
}

/** Lower triangle of out = I + m m^T, m `[n x width]`, out rows of `outStride`. */
export function identityPlusRows(
  m: usize,
  n: usize,
  width: usize,
  out: usize,
  outStride: usize,
): void {
  const row = width << 3;
  const zero = f64x2.splat(0);
  for (let i: usize = 0; i < n; i += 2) {
    const pair = i + 1 < n;
    const a = m + i * row;
    const b = pair ? a + row : a;
    for (let j: usize = 0; j <= i; j += 2) {
      const pairJ = j + 1 < n;
      const c = m + j * row;
      const d = pairJ ? c + row : c;
      let ac = zero;
      let ad = zero;
      let bc = zero;
      let bd = zero;
      for (let k: usize = 0; k < row; k += 16) {
        const x = v128.load(a + k);
        const y = v128.load(b + k);
        const v = v128.load(c + k);
        const w = v128.load(d + k);
        ac = sum(ac, product(x, v));
        ad = sum(ad, product(x, w));
        bc = sum(bc, product(y, v));
        bd = sum(bd, product(y, w));
      }
      const first = out + ((i * outStride + j) << 3);
      const diagonal: f64 = i === j ? 1 : 0;
      store<f64>(first, lanes(ac) + diagonal);
      if (pairJ) store<f64>(first, lanes(ad), 8);
      if (pair) {
        const second = first + (outStride << 3);
        store<f64>(second, lanes(bc));
        if (pairJ) store<f64>(second, lanes(bd) + diagonal, 8);
      }
    }
  }
}

/**
 * Lower triangle of out += v^T diag(w) v, v `[rows x stride]`, out `[stride x stride]`. Entries just above the diagonal
 * are written too. `triangular` skips what is zero when v is lower triangular.
 */
export function addColumns(
  v: usize,
  w: usize,
  rows: usize,
  stride: usize,
  out: usize,
  triangular: bool,
): void {
  const row = stride << 3;
  for (let i: usize = 0; i < stride; i += 2) {
    const from: usize = triangular ? i : 0;
    for (let j: usize = 0; j <= i; j += 4) {
      const wide = j + 2 < stride;
      const skip: usize = wide ? 16 : 0;
      let a0 = f64x2.splat(0);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      let at = v + from * row;
      for (let k = from; k < rows; k++) {
        const weight = load<f64>(w + (k << 3));
        const x = f64x2.splat(weight * load<f64>(at + (i << 3)));
        const y = f64x2.splat(weight * load<f64>(at + (i << 3), 8));
        const p = at + (j << 3);
        const s = v128.load(p);
        const t = v128.load(p + skip);
        a0 = sum(a0, product(x, s));
        a1 = sum(a1, product(x, t));
        b0 = sum(b0, product(y, s));
        b1 = sum(b1, product(y, t));
        at += row;
      }
      const o = out + i * row + (j << 3);
      v128.store(o, sum(v128.load(o), a0));
      v128.store(o + row, sum(v128.load(o + row), b0));
      if (wide) {
        v128.store(o, sum(v128.load(o, 16), a1), 16);
        v128.store(o + row, sum(v128.load(o + row, 16), b1), 16);
      }
    }
  }
}

/** In-place Cholesky factor (lower) of the lower triangle of a; false when it is not positive definite. */
export function cholesky(a: usize, n: usize, stride: usize): bool {
  const row = stride << 3;
  for (let j: usize = 0; j < n; j++) {
    const rj = a + j * row;
    const d = load<f64>(rj + (j << 3)) - dot(rj, rj, j);
    if (!(d > 0)) return false;
    const root = Math.sqrt(d);
    const inverse = 1 / root;
    store<f64>(rj + (j << 3), root);
    let i = j + 1;
    const columnEnd = j << 3;
    for (; i + 3 < n; i += 4) {
      const r0 = a + i * row;
      const r1 = r0 + row;
      const r2 = r1 + row;
      const r3 = r2 + row;
      let s0 = f64x2.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let k: usize = 0;
      for (; k + 8 < columnEnd; k += 16) {
        const x = v128.load(rj + k);
        s0 = sum(s0, product(x, v128.load(r0 + k)));
        s1 = sum(s1, product(x, v128.load(r1 + k)));
        s2 = sum(s2, product(x, v128.load(r2 + k)));
        s3 = sum(s3, product(x, v128.load(r3 + k)));
      }
      let t0 = lanes(s0);
      let t1 = lanes(s1);
      let t2 = lanes(s2);
      let t3 = lanes(s3);
      if (k < columnEnd) {
        const x = load<f64>(rj + k);
        t0 += x * load<f64>(r0 + k);
        t1 += x * load<f64>(r1 + k);
        t2 += x * load<f64>(r2 + k);
        t3 += x * load<f64>(r3 + k);
      }
      store<f64>(r0 + columnEnd, (load<f64>(r0 + columnEnd) - t0) * inverse);
      store<f64>(r1 + columnEnd, (load<f64>(r1 + columnEnd) - t1) * inverse);
      store<f64>(r2 + columnEnd, (load<f64>(r2 + columnEnd) - t2) * inverse);
      store<f64>(r3 + columnEnd, (load<f64>(r3 + columnEnd) - t3) * inverse);
    }
    for (; i < n; i++) {
      const ri = a + i * row;
      store<f64>(ri + columnEnd, (load<f64>(ri + columnEnd) - dot(ri, rj, j)) * inverse);
    }
  }
  return true;
}

/** b <- L^-1 b. */
export function solveLower(l: usize, n: usize, stride: usize, b: usize): void {
  for (let i: usize = 0; i < n; i++) {
    const row = l + ((i * stride) << 3);
    store<f64>(
      b + (i << 3),
      (load<f64>(b + (i << 3)) - dot(row, b, i)) / load<f64>(row + (i << 3)),
    );
  }
}

/** b <- L^-T b. */
export function solveLowerTransposed(l: usize, n: usize, stride: usize, b: usize): void {
  for (let i: isize = <isize>n - 1; i >= 0; i--) {
    const k = <usize>i;
    const row = l + ((k * stride) << 3);
    const v = load<f64>(b + (k << 3)) / load<f64>(row + (k << 3));
    store<f64>(b + (k << 3), v);
    axpy(-v, row, b, k);
  }
}

/**
 * out <- (L L^T)^-1, full, from the Cholesky factor. `scratch` `[stride x stride]` receives L^-1; `ones` is `[stride]` ones.
 */
export function invertCholesky(
  l: usize,
  n: usize,
  stride: usize,
  scratch: usize,
  ones: usize,
  out: usize,
): void {
  const row = stride << 3;
  memory.fill(scratch, 0, stride * row);
  memory.fill(out, 0, stride * row);
  for (let i: usize = 0; i < n; i++) {
    const li = l + i * row;
    const to = scratch + i * row;
    const inverse = 1 / load<f64>(li + (i << 3));
    let k: usize = 0;
    for (; k + 3 < i; k += 4) {
      const c0 = f64x2.splat(-load<f64>(li + (k << 3)) * inverse);
      const c1 = f64x2.splat(-load<f64>(li + (k << 3), 8) * inverse);
      const c2 = f64x2.splat(-load<f64>(li + (k << 3), 16) * inverse);
      const c3 = f64x2.splat(-load<f64>(li + (k << 3), 24) * inverse);
      const f0 = scratch + k * row;
      const f1 = f0 + row;
      const f2 = f1 + row;
      const f3 = f2 + row;
      const end = (k + 4) << 3;
      for (let j: usize = 0; j < end; j += 16) {
        let t = v128.load(to + j);
        t = sum(t, product(c0, v128.load(f0 + j)));
        t = sum(t, product(c1, v128.load(f1 + j)));
        t = sum(t, product(c2, v128.load(f2 + j)));
        t = sum(t, product(c3, v128.load(f3 + j)));
        v128.store(to + j, t);
      }
    }
    for (; k < i; k++) axpy(-load<f64>(li + (k << 3)) * inverse, scratch + k * row, to, k + 1);
    store<f64>(to + (i << 3), inverse);
  }
  addColumns(scratch, ones, n, stride, out, true);
  mirror(out, n, stride);
}

/** Copies the lower triangle to the upper one. */
export function mirror(a: usize, n: usize, stride: usize): void {
  for (let i: usize = 0; i < n; i++) {
    for (let j: usize = 0; j < i; j++) {
      store<f64>(a + ((j * stride + i) << 3), load<f64>(a + ((i * stride + j) << 3)));
    }
  }
}
