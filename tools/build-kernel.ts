/**
 * Compiles the AssemblyScript kernel to WebAssembly and embeds it as text, so that the library is plain files that need
 * no loader, in Node and in browsers alike.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import asc from "assemblyscript/asc";

/** Writes src/wasm/kernel-bytes.ts. */
export async function buildKernel(root: string): Promise<void> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      "src/wasm/kernel/index.ts",
      "--outFile",
      "kernel.wasm",
      "-O3",
      "--noAssert",
      "--runtime",
      "stub",
      "--enable",
      "simd",
      "--use",
      "abort=",
    ],
    {
      writeFile: (_name: string, contents: Uint8Array | string) => {
        if (typeof contents !== "string") binary = contents;
      },
      listFiles: () => [],
    },
  );
  if (error !== null || binary === undefined) {
    throw new Error(`the kernel does not compile:\n${stderr.toString()}`, { cause: error });
  }
  mkdirSync(`${root}/src/wasm`, { recursive: true });
  const base64 = Buffer.from(binary).toString("base64");
  writeFileSync(
    `${root}/src/wasm/kernel-bytes.ts`,
    `/** The compiled kernel, base64; made by tools/build-kernel.ts. */\nexport const KERNEL_BYTES: string =\n  "${base64}";\n`,
  );
}
