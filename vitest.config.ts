/** How `npm test` and `npm run prove` run: every file in test/, the long ones sampled unless PROVE=full. */
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const full = process.env.PROVE === 'full';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Database servers, each when a file first asks for it.
    globalSetup: ['test/store/server-setup.ts'],
    // More than twice as many as there are cores: most files wait for a browser, a process, a database or a silent server.
    maxWorkers: Math.ceil(availableParallelism() * 2.5),
    // The full runs take minutes by design; a sampled test that needs longer than this hangs.
    testTimeout: full ? 600_000 : 40_000,
    hookTimeout: 60_000,
    // Two busy cores can hold a browser up for longer than the default of one second.
    expect: { poll: { timeout: 8000 } },
    // A test that passes only on the second try is broken (CONTRIBUTING.md).
    retry: 0,
  },
});
