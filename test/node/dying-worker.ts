/** A worker thread that ends as soon as it is asked for something. */

import { parentPort } from "node:worker_threads";

parentPort?.on("message", () => process.exit(7));
