/**
 * A web page that fits: the library as one browser bundle, a page that uses it, and the server they come from.
 *
 * @module
 */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Bundles src/index.ts as a web page would, or what it uses of it. */
export async function bundleLibrary(used = "*"): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export ${used} from "./index.ts";`,
      resolveDir: fileURLToPath(new URL("../../src", import.meta.url)),
    },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}

/** What the page reports: about itself, and the results in the order of the workspaces. */
export interface PageReport {
  readonly crossOriginIsolated: boolean;
  readonly sharedArrayBuffer: boolean;
  /** Whether the content security policy lets text become code. */
  readonly evalAllowed: boolean;
  readonly results: readonly string[];
  readonly error: string | null;
}

/** The numbers of a fit that must not depend on where it ran: as JSON, equal text is equal to the last bit. */
export const SUMMARY = `({ bestfit, nll, uncertainties, nFev }) =>
  JSON.stringify({ nll, bestfit, uncertainties, nFev }, null, 1)`;

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>nextstat</title>
<script type="module" src="/page.js"></script>
<pre id="report"></pre>
`;

const SCRIPT = `const report = {
  crossOriginIsolated: globalThis.crossOriginIsolated,
  sharedArrayBuffer: typeof SharedArrayBuffer !== "undefined",
  evalAllowed: true,
  results: [],
  error: null,
};
try {
  new Function("return 1")();
} catch {
  report.evalAllowed = false;
}
const summary = ${SUMMARY};
try {
  const { fit, fromPyhf } = await import("/nextstat.js");
  for (const text of await (await fetch("/workspaces.json")).json()) {
    report.results.push(summary(fit(fromPyhf(text))));
  }
} catch (error) {
  report.error = String(error?.stack ?? error);
}
const element = document.getElementById("report");
element.textContent = JSON.stringify(report);
element.className = "done";
`;

export interface PageServer {
  /** The page under a content security policy without \`unsafe-eval\`. */
  readonly plainUrl: string;
  /** The same, cross-origin isolated. */
  readonly isolatedUrl: string;
  close(): Promise<void>;
}

/** Serves the page, the bundle and the workspaces. */
export async function servePage(
  bundle: string,
  workspaces: readonly string[],
): Promise<PageServer> {
  const files: Readonly<Record<string, readonly [type: string, body: string]>> = {
    "/": ["text/html", PAGE],
    "/isolated": ["text/html", PAGE],
    "/page.js": ["text/javascript", SCRIPT],
    "/nextstat.js": ["text/javascript", bundle],
    "/workspaces.json": ["application/json", JSON.stringify(workspaces)],
  };
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    const [type, body] = files[path] ?? ["text/plain", ""];
    response.writeHead(files[path] === undefined ? 404 : 200, {
      "content-type": `${type}; charset=utf-8`,
      "content-security-policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
      ...(path === "/isolated"
        ? {
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-embedder-policy": "require-corp",
          }
        : {}),
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    plainUrl: `http://127.0.0.1:${port}/`,
    isolatedUrl: `http://127.0.0.1:${port}/isolated`,
    close: () => closeServer(server),
  };
}

function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
