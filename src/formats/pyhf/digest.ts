/**
 * Digests of workspaces, the same as pyhf's.
 *
 * @module
 */

import { md5, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { NextstatError, suggestName } from "../../errors.ts";
import type { Workspace } from "../../workspace/types.ts";
import { type NumberSpellings, pythonJson } from "./python-json.ts";

/** Hash functions that a digest can be made with, by Python's names. */
export const DIGEST_ALGORITHMS = ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"] as const;

/** One of {@link DIGEST_ALGORITHMS}. */
export type DigestAlgorithm = (typeof DIGEST_ALGORITHMS)[number];

const HASHES: Readonly<Record<DigestAlgorithm, (bytes: Uint8Array) => Uint8Array>> = {
  md5,
  sha1,
  sha224,
  sha256,
  sha384,
  sha512,
};

/**
 * pyhf's `utils.digest`: the hash, in hexadecimal digits, of the UTF-8 form of
 * `json.dumps(workspace, sort_keys=True, ensure_ascii=False)`.
 *
 * @param spellings of the numbers; without them whole numbers count as written without a point
 * @throws NextstatError `usage` for an unknown algorithm, `input` for names without UTF-8 form
 */
export function digestWorkspace(
  workspace: Workspace,
  algorithm: DigestAlgorithm = "sha256",
  spellings: NumberSpellings = new WeakMap(),
): string {
  if (!DIGEST_ALGORITHMS.includes(algorithm)) {
    throw new NextstatError("usage", `unknown algorithm "${algorithm}"`, {
      hint: suggestName(algorithm, DIGEST_ALGORITHMS),
    });
  }
  const text = pythonJson(workspace, { ensureAscii: false, spellings });
  return bytesToHex(HASHES[algorithm](utf8ToBytes(text)));
}
