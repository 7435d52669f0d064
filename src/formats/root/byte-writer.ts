/**
 * Writes ROOT's big-endian numbers and strings into memory that grows.
 *
 * @module
 */

const BYTE_COUNT = 0x40000000;

/** A position in bytes to be. A class for the same reason as `ByteReader`. */
export class ByteWriter {
  #bytes = new Uint8Array(1 << 12);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written, as a view. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #make(room: number): number {
    const at = this.#length;
    if (at + room > this.#bytes.length) {
      const larger = new Uint8Array(2 * (at + room));
      larger.set(this.bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#length = at + room;
    return at;
  }

  u8(value: number): void {
    const at = this.#make(1);
    this.#bytes[at] = value;
  }
  i16(value: number): void {
    const at = this.#make(2);
    this.#view.setInt16(at, value);
  }
  i32(value: number): void {
    const at = this.#make(4);
    this.#view.setInt32(at, value);
  }
  f32(value: number): void {
    const at = this.#make(4);
    this.#view.setFloat32(at, value);
  }
  f64(value: number): void {
    const at = this.#make(8);
    this.#view.setFloat64(at, value);
  }
  raw(bytes: Uint8Array): void {
    const at = this.#make(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** TString. */
  string(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length < 255) this.u8(bytes.length);
    else {
      this.u8(255);
      this.i32(bytes.length);
    }
    this.raw(bytes);
  }

  /** Byte count and version of a class before what `write` writes. */
  envelope(version: number, write: () => void): void {
    const at = this.#make(4);
    this.i16(version);
    write();
    this.#view.setUint32(at, BYTE_COUNT | (this.#length - at - 4));
  }

  /** Bytes over those written before. */
  overwrite(at: number, bytes: Uint8Array): void {
    this.#bytes.set(bytes, at);
  }
}

/** Bytes that {@link ByteWriter.string} writes. */
export function stringBytes(text: string): number {
  const { length } = new TextEncoder().encode(text);
  return length < 255 ? 1 + length : 5 + length;
}
