/**
 * A server on this machine that behaves as well or as badly as a test wants.
 *
 * @module
 */

import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

export interface ArchiveServer {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Answers by path; other paths are 404. */
  readonly answers: Map<string, RequestListener>;
  /** Headers of the last request. */
  readonly lastHeaders: () => Readonly<Record<string, unknown>>;
  readonly close: () => Promise<void>;
}

export async function startArchiveServer(): Promise<ArchiveServer> {
  const answers = new Map<string, RequestListener>();
  let headers: Readonly<Record<string, unknown>> = {};
  const server = createServer((request, response) => {
    headers = request.headers;
    const answer = answers.get(request.url ?? "");
    if (answer === undefined) response.writeHead(404).end("not here");
    else answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    answers,
    lastHeaders: () => headers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
