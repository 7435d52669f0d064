/**
 * Compiles the AssemblyScript kernels to WebAssembly and embeds them as text, so that the library is plain files that need
 * no loader, in Node and in browsers alike.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import asc from "assemblyscript/asc";

/** Where each kernel comes from and goes to. */
const KERNELS = [
  ["src/wasm/kernel/index.ts", "src/wasm/kernel-bytes.ts"],
  ["src/formats/root/kernel.ts", "src/formats/root/kernel-bytes.ts"],
] as const;

/** Writes the `kernel-bytes.ts` of every kernel. */
export async function buildKernels(root: string): Promise<void> {
  for (const [source, target] of KERNELS) {
    const base64 = Buffer.from(await compile(source)).toString("base64");
    mkdirSync(dirname(`${root}/${target}`), { recursive: true });
    writeFileSync(
      `${root}/${target}`,
      `/** The compiled kernel, base64; made by tools/build-kernel.ts. */\nexport const KERNEL_BYTES: string =\n  "${base64}";\n`,
    );
  }
}

async function compile(source: string): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      source,
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
    throw new Error(`${source} does not compile:\n${stderr.toString()}`, { cause: error });
  }
  return binary;
}
