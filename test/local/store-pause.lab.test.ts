/** A store that stands still: a real process with a child for its connection, as PostgreSQL has them, stopped and let go on. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createStorePause } from '../../src/local/store-pause.ts';

/** Forks a child; both say a word every few milliseconds. */
const server = `
  const { spawn } = require('node:child_process');
  const child = spawn(process.execPath, ['-e', "setInterval(() => console.log('child'), 5)"], { stdio: 'inherit' });
  process.on('SIGTERM', () => { child.kill('SIGKILL'); process.exit(0); });
  setInterval(() => console.log('server'), 5);
`;

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'store-pause-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, 'pg'));
  return folder;
}

async function startServer(folder: string): Promise<{ child: ChildProcess; heard: () => Set<string> }> {
  const child = spawn(process.execPath, ['-e', server], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    const gone = once(child, 'exit');
    child.kill('SIGCONT');
    child.kill('SIGTERM');
    await gone;
  });
  await writeFile(join(folder, 'pg', 'postmaster.pid'), `${child.pid}\n${folder}\n`);
  let words = new Set<string>();
  child.stdout?.on('data', (text: Buffer) => {
    for (const word of text.toString().trim().split(/\s+/)) words.add(word);
  });
  return {
    child,
    heard() {
      const said = words;
      words = new Set();
      return said;
    },
  };
}

/** Until both have spoken since. */
async function bothSpeak(heard: () => Set<string>): Promise<void> {
  const spoken = new Set<string>();
  await expect
    .poll(() => {
      for (const word of heard()) spoken.add(word);
      return [...spoken].toSorted();
    })
    .toEqual(['child', 'server']);
}

test('neither the server nor its connections answer, until it goes on', async () => {
  const folder = await dataFolder();
  const { heard } = await startServer(folder);
  await bothSpeak(heard);
  const store = createStorePause(folder);
  expect(await store.set(true)).toBe(true);
  // What was said before may still be in the pipe.
  await sleep(100);
  heard();
  await sleep(200);
  expect([...heard()]).toEqual([]);
  expect(await store.set(false)).toBe(true);
  await bothSpeak(heard);
});

test.each([
  ['no file', undefined],
  ['a file without a number', 'hello'],
  ['the number of everybody', '-1\n'],
  ['a process that is gone', '4194303\n'],
])('nothing is stopped when there is %s', async (_why, text) => {
  const folder = await dataFolder();
  if (text !== undefined) await writeFile(join(folder, 'pg', 'postmaster.pid'), text);
  const store = createStorePause(folder);
  expect(await store.set(true)).toBe(false);
  expect(await store.set(false)).toBe(true);
});
