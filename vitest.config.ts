/**
 * How `npm test` and `npm run prove` run: every file in test/, the long ones sampled unless PROVE=full. Files share the
 * processes that run them, because loading all modules anew for each took a sixth of the time; but for those that change
 * what their process trusts.
 */
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const full = process.env.PROVE === 'full';
/** Half of what the many processes of the tests cost would be compiling the same modules. */
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/test', import.meta.url));

const real = 'test/**/*.{lab,e2e,browser}.test.ts';

/** These change which authorities their process trusts, and a look reads them once. */
const ownTrust = [
  'test/check/**/*.lab.test.ts',
  'test/watch/*.lab.test.ts',
  'test/local/internet/internet.lab.test.ts',
];

export default defineConfig({
  test: {
    // Several times as many as there are cores: most files wait for a browser, a process, a database or a silent server.
    maxWorkers: Math.ceil(availableParallelism() * 3.5),
    // Most of what tests make dies young: fewer and larger collections take a tenth less of the processor.
    execArgv: ['--max-semi-space-size=64'],
    // The full runs take minutes by design; a sampled test that needs longer than this hangs.
    testTimeout: full ? 600_000 : 40_000,
    hookTimeout: 60_000,
    // Two busy cores can hold a browser up for longer than the default of one second.
    expect: { poll: { timeout: 8000 } },
    // A test that passes only on the second try is broken (CONTRIBUTING.md).
    retry: 0,
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: ['test/**/*.test.ts'],
          exclude: [real],
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: 'real',
          include: [real],
          exclude: ownTrust,
          isolate: false,
          globalSetup: ['test/store/server-setup.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'own trust',
          include: ownTrust,
          globalSetup: ['test/store/server-setup.ts'],
        },
      },
    ],
  },
});
