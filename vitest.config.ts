import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
    // Fits of large models on a busy two-core machine; nothing here measures time.
    testTimeout: 120_000,
    // By default one core stays idle, which is half of a machine with two.
    maxWorkers: "100%",
    hookTimeout: 60_000,
  },
});
