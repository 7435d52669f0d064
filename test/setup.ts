/**
 * The same random cases in every run, so that a failure is one change's doing. FAST_CHECK_SEED=N chooses others.
 *
 * @module
 */

import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 20261122) });
