/** The header: model sections and scratch sections as absolute addresses. */

let base: usize = 0;

/** Says where the header is; the first call. */
export function open(header: usize): void {
  base = header;
}

export function slot(index: usize): usize {
  return <usize>load<i32>(base + (index << 2));
}

export function f64at(address: usize, index: usize): f64 {
  return load<f64>(address + (index << 3));
}

export function put(address: usize, index: usize, value: f64): void {
  store<f64>(address + (index << 3), value);
}

export function add(address: usize, index: usize, value: f64): void {
  const at = address + (index << 3);
  store<f64>(at, load<f64>(at) + value);
}

export function i32at(address: usize, index: usize): i32 {
  return load<i32>(address + (index << 2));
}

export function u(address: usize, index: usize): usize {
  return <usize>load<i32>(address + (index << 2));
}

/** First address free for the evaluator: everything below belongs to the module's constants. */
export function heapBase(): usize {
  return __heap_base;
}
