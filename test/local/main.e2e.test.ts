/** `npm run local` as a person starts it: the address, the journey through bot and internet, the end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { PageState, PersonAction } from '../../src/local/slack/page/protocol.ts';
import { preparedDatabase } from '../store/servers.ts';

const main = fileURLToPath(new URL('../../src/local/main.ts', import.meta.url));

function start(
  localPort: string,
  more: Record<string, string> = {},
): { child: ChildProcess; until: (wanted: RegExp) => Promise<string> } {
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, LOCAL_PORT: localPort, ...more },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  let wake = (): void => {};
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      wake();
    });
  child.once('exit', () => wake());
  return {
    child,
    async until(wanted) {
      for (;;) {
        const found = lines.find((line) => wanted.test(line));
        if (found !== undefined) return found;
        if (child.exitCode !== null) throw new Error(`It ended without ${wanted}:\n${lines.join('\n')}`);
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

/** The state as the page gets it, again and again until `look` finds what it wants. */
async function watch<Found>(
  url: string,
  user: string,
  look: (state: PageState) => Found | undefined,
): Promise<Found> {
  const response = await fetch(`${url}/local/state?user=${user}`);
  let text = '';
  for await (const chunk of response.body ?? []) {
    text += Buffer.from(chunk).toString('utf8');
    const events = text.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const found = event.startsWith('data: ') ? look(JSON.parse(event.slice(6))) : undefined;
      if (found !== undefined) return found;
    }
  }
  throw new Error('The stream ended.');
}

async function act(url: string, action: PersonAction): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${url}/local/act`, { method: 'POST', headers, body: JSON.stringify(action) });
  return response.json();
}

const user = 'U0ANA00001';
const address = /^http:\/\/127\.0\.0\.1:\d+$/;

test('from the address to a form filled from DNS, over both transports, and nothing stays behind', async () => {
  const database = await preparedDatabase({ name: 'embedded' });
  onTestFinished(() => database.drop());
  const { child, until } = start('0', { DATABASE_URL: database.url });
  const url = await until(address);
  const whole = await watch(url, user, (state) => state);
  expect(whole.machine, 'the store of others is not this machine’s to stop').toEqual({ storePaused: null });
  // It begins with the first; to the other it is switched.
  for (const transport of ['socket', 'http'] as const) {
    await act(url, { kind: 'transport', transport });
    await watch(url, user, (state) => (state.transport === transport && state.bot.connected) || undefined);
    const text = '/mta-sts example.test';
    expect(await act(url, { kind: 'compose', user, conversation: 'C0GENERAL1', text })).toEqual({ ok: true });
    const view = await watch(url, user, ({ views }) =>
      views.find(({ blocks }) => JSON.stringify(blocks).includes('mx1.example.test')),
    );
    await act(url, { kind: 'close', user, viewId: view.id });
  }
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  await expect(fetch(url)).rejects.toThrow();
}, 30_000);

test('a port that is taken is told, and another one used; the folder of LOCAL_DATA is made, and stays; the bot is killed from the page, and comes back', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => {
    other.close();
  });
  const { port } = other.address() as AddressInfo;
  const folder = join(await mkdtemp(join(tmpdir(), 'local-data-')), 'kept');
  onTestFinished(() => rm(dirname(folder), { recursive: true, maxRetries: 5, retryDelay: 200 }));
  const { child, until } = start(String(port), { LOCAL_DATA: folder });
  expect(await until(/taken/)).toContain(`Port ${port} is taken`);
  const url = await until(address);
  expect(url).not.toContain(`:${port}`);
  const { machine } = await watch(url, user, (state) => state);
  expect(machine).toEqual({ storePaused: false });
  expect(await act(url, { kind: 'kill-bot' })).toMatchObject({ ok: true });
  expect(await until(/The bot stopped/)).toContain('SIGKILL');
  await watch(url, user, ({ bot }) => bot.connected || undefined);
  const text = '/mta-sts help';
  expect(await act(url, { kind: 'compose', user, conversation: 'C0GENERAL1', text })).toEqual({ ok: true });
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect((await stat(folder)).isDirectory()).toBe(true);
}, 30_000);

test('a LOCAL_PORT that is none', async () => {
  const { child, until } = start('http');
  expect(await until(/LOCAL_PORT/)).toBe('LOCAL_PORT is "http". Write a port number from 0 to 65535.');
  expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(1);
});
