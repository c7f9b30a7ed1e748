/** The bot's process: started with nothing but its variables, again after a death, and never left behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type BotProcess, createBotProcess } from '../../src/local/bot-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'bot-process-'));
const program = (name: string, code: string) => {
  const path = join(folder, name);
  writeFileSync(path, code);
  return path;
};

let staying = '';
let dying = '';
beforeAll(() => {
  staying = program(
    'staying.mjs',
    `console.log(JSON.stringify({ env: process.env, pid: process.pid }));
     process.on('SIGTERM', () => process.exit(0));
     setInterval(() => {}, 1000);`,
  );
  dying = program('dying.mjs', `console.log('hello'); process.exit(7);`);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A bot process of which each line and death is kept, and can be waited for. */
function run(entry: string, env: Record<string, string> = {}, delaysMs: number[] = []) {
  const happened: string[] = [];
  let wake = (): void => {};
  const add = (what: string): void => {
    happened.push(what);
    wake();
  };
  const bot: BotProcess = createBotProcess({
    entry,
    env: () => env,
    onLine: add,
    onDeath: (how, restartMs) => add(`${how}, again in ${restartMs}`),
    delaysMs,
  });
  onTestFinished(() => bot.stop());
  return {
    bot,
    happened,
    async until(count: number): Promise<string[]> {
      while (happened.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return happened;
    },
  };
}

test('has only the variables given', async () => {
  const { bot, until } = run(staying, { SLACK_API_URL: 'http://127.0.0.1:1/api/' });
  bot.start();
  const [line = ''] = await until(1);
  expect(JSON.parse(line)).toEqual({ env: { SLACK_API_URL: 'http://127.0.0.1:1/api/' }, pid: bot.pid });
});

test('is started again after a death, and after too many waits for a person', async () => {
  const { bot, until } = run(dying, {}, [1, 2]);
  bot.start();
  expect((await until(6)).filter((each) => each !== 'hello')).toEqual([
    'exit code 7, again in 1',
    'exit code 7, again in 2',
    'exit code 7, again in null',
  ]);
  expect(bot.pid).toBeUndefined();
});

test('a restart is another process with the variables of then', async () => {
  const env: Record<string, string> = { TRANSPORT: 'socket' };
  const { bot, until } = run(staying, env);
  bot.start();
  const before = JSON.parse((await until(1))[0] ?? '');
  env.TRANSPORT = 'http';
  await bot.restart();
  const after = JSON.parse((await until(2))[1] ?? '');
  expect(after.env).toEqual({ TRANSPORT: 'http' });
  expect(after.pid).not.toBe(before.pid);
  expect(alive(before.pid)).toBe(false);
});

test('restarts and a stop that come together take turns', async () => {
  const { bot, happened } = run(staying);
  bot.start();
  await Promise.all([bot.restart(), bot.restart(), bot.stop()]);
  expect(bot.pid).toBeUndefined();
  expect(happened.filter((each) => each.includes('again'))).toEqual([]);
});

test('does not outlive whoever started it, even when that is killed', async () => {
  const starter = program(
    'starter.mjs',
    `const { createBotProcess } = await import(${JSON.stringify(new URL('../../src/local/bot-process.ts', import.meta.url).href)});
     createBotProcess({ entry: ${JSON.stringify(staying)}, env: () => ({}), onLine: console.log, onDeath() {} }).start();`,
  );
  const parent = spawn(process.execPath, [starter], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => {
    parent.kill('SIGKILL');
  });
  const [line] = await once(createInterface({ input: parent.stdout }), 'line');
  const { pid } = JSON.parse(line);
  expect(alive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  const deadline = Date.now() + 5000;
  while (alive(pid) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(alive(pid)).toBe(false);
});

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('killed as often as wanted, it starts again', async () => {
  const { bot, until } = run(staying, {}, [10]);
  bot.start();
  for (let kills = 1; kills <= 4; kills += 1) {
    await until(2 * kills - 1);
    bot.kill();
    expect((await until(2 * kills))[2 * kills - 1]).toBe('SIGKILL, again in 10');
  }
  await until(9);
});
