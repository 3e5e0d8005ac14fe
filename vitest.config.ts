import { defineConfig } from 'vitest/config';
import { useScratchMemory } from './test/support/scratch.ts';

useScratchMemory();

export default defineConfig({
  test: {
    // Two cores: more forks than that only make timings unsteady.
    maxWorkers: 2,
    // What has to come at some time is waited for long: a busy machine is no fault.
    expect: { poll: { timeout: 20_000, interval: 20 } },
    projects: [
      { extends: true, test: { name: 'unit', include: ['src/**/*.test.ts'], testTimeout: 30_000 } },
      {
        extends: true,
        test: {
          name: 'end-to-end',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Real servers on real ports: one file at a time.
          fileParallelism: false,
        },
      },
    ],
  },
});
