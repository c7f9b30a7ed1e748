/** The Dockerfile's step that fills the compile cache, run on this machine: what a start finds there afterwards. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { full } from './runs.ts';

const root = join(import.meta.dirname, '..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
/** Up to the question whether the folder is there: this test names one of its own. */
const step = /^RUN (SLACK_BOT_TOKEN=[\s\S]*?) && test -d/m.exec(dockerfile)?.[1];

const options = (/--.* (?=src\/main\.mjs)/.exec(step ?? '')?.[0] ?? '').split(' ').filter(Boolean);

const folder = mkdtempSync(join(tmpdir(), 'compile-cache-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = {
  PATH: [join(root, 'node_modules/.bin'), process.env.PATH].join(':'),
  NODE_COMPILE_CACHE: folder,
  HOST: '127.0.0.1',
  PORT: '0',
};

/** Which of the modules that this one loads were not in the cache, or not of use. */
function missing(module: string): readonly string[] {
  const code = `await import(${JSON.stringify(join(root, module))})`;
  const { stderr } = spawnSync(process.execPath, [...options, '--input-type=module', '-e', code], {
    encoding: 'utf8',
    env: { ...env, NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
    maxBuffer: 64 * 1024 * 1024,
  });
  const lines = stderr.split('\n').filter((line) => line.includes(root) && !line.includes('[eval1]'));
  expect(lines.filter((line) => line.includes(' was accepted')).length).toBeGreaterThan(10);
  return lines.filter((line) => / was (not initialized|rejected)/.test(line));
}

let said: string;
beforeAll(() => {
  if (!full) return;
  said = spawnSync('sh', ['-c', step ?? 'false'], { cwd: root, encoding: 'utf8', env }).stdout;
});

// In the long run alone: it compiles everything once, as the image does.
describe.runIf(full)('the step that fills the compile cache', () => {
  test('ends by itself, and says by which variable', () => {
    expect(said).toMatch(/^DATABASE_URL: a file that the URL names cannot be read/);
  });

  test.each([
    ['the bot', 'src/start.ts'],
    ['the store, which is loaded late: pg and kysely', 'src/store/connection.ts'],
    ['its jobs: pg-boss', 'src/store/parts.ts'],
    ['its migrations', 'src/store/prepare.ts'],
    ['the embedded database', 'src/store/embedded.ts'],
  ])('leaves nothing to be compiled of %s', (_, module) => {
    expect(missing(module)).toEqual([]);
  });
});
