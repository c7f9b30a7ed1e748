/**
 * `npm run local`: the world on this machine. A Slack with its page, an internet, and the bot as a process of
 * its own, told only by environment variables. No account and no network are needed.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createBotProcess } from './bot-process.ts';
import { createInternet } from './internet/internet.ts';
import { compactLogLine } from './log-line.ts';
import { parseManifest } from './slack/manifest.ts';
import { createWorkspace, type Workspace, type WorkspaceOptions } from './slack/workspace.ts';
import { createStorePause } from './store-pause.ts';

const defaultPort = 4390;

/**
 * Passed on to the bot when they are set here: nothing else of this process's environment is. Not
 * NODE_EXTRA_CA_CERTS: the bot's world ends here, where the local internet's own authority is the one to trust.
 */
const passedOn = ['LOG_LEVEL', 'TZ', 'DATABASE_URL'] as const;

const port = readPort(process.env.LOCAL_PORT);
if (port === undefined) {
  console.error(`LOCAL_PORT is "${process.env.LOCAL_PORT}". Write a port number from 0 to 65535.`);
  process.exit(1);
}

/** Kept between runs when LOCAL_DATA names it, so that what the bot remembers can be seen to last. */
const { LOCAL_DATA: keptFolder = '', DATABASE_URL: databaseUrl = '' } = process.env;
const dataDir = keptFolder === '' ? await mkdtemp(join(tmpdir(), 'mta-sts-local-')) : resolve(keptFolder);
await mkdir(dataDir, { recursive: true });
const store = createStorePause(dataDir);

const internet = await createInternet();
const workspace = await createWorkspaceNear(port, {
  manifest: parseManifest(await readFile(new URL('../../manifest.json', import.meta.url), 'utf8')),
  scenarios: () =>
    internet.scenarios.map(({ domain, title, group, records }) => ({ domain, title, group, records })),
  internet: { switches: () => internet.switches, switchFault: internet.switchFault },
  machine: {
    kill: () => bot.kill(),
    // The server of DATABASE_URL is not ours to stop.
    ...(databaseUrl === '' ? { pauseStore: store.set } : {}),
  },
  onTransport: (transport) => {
    const over = { socket: 'Socket Mode', http: 'signed HTTP', oauth: 'signed HTTP for many workspaces' };
    console.log(`The bot starts again, over ${over[transport]}.`);
    return bot.restart();
  },
});

const bot = createBotProcess({
  entry: fileURLToPath(new URL('../main.mjs', import.meta.url)),
  env: () => ({
    ...workspace.env(),
    ...internet.env,
    DATA_DIR: dataDir,
    ...Object.fromEntries(
      passedOn.flatMap((name) => {
        const value = process.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  }),
  onLine: (line) => console.log(`  bot  ${compactLogLine(line)}`),
  onDeath: (how, restartMs) =>
    console.log(
      restartMs === null
        ? `The bot stopped again (${how}). Press Enter to start it.`
        : `The bot stopped (${how}). It starts again in ${restartMs / 1000} s.`,
    ),
});

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    // A second Ctrl-C does not wait. The bot goes with this process.
    if (stopping) {
      void store.set(false);
      process.exit(1);
    }
    stopping = true;
    console.log('\nStopping …');
    void stop();
  });

createInterface({ input: process.stdin }).on('line', () => {
  if (!stopping) bot.start();
});
// Input that ended, as in a container, is no reason to stop; open, it does not keep the process alive either.
if ('unref' in process.stdin) process.stdin.unref();

bot.start();
const isReady = await workspace.ready().then(
  () => true,
  () => false,
);
if (isReady) await remembering();
if (!stopping) {
  console.log(isReady ? 'The bot is connected. Open the page:' : 'The bot has not connected yet. The page:');
  console.log(`\n${workspace.url}\n`);
  console.log(
    'Type /mta-sts example.test or /mta-sts check example.test in a channel. Ctrl-C stops everything.\n',
  );
}

async function stop(): Promise<void> {
  // The bot waits for its store to end.
  await store.set(false);
  await bot.stop();
  await Promise.all([workspace.stop(), internet.stop()]);
  // A bot that had to be killed left a server, which still writes for a moment.
  if (keptFolder === '') await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

/**
 * The database takes some seconds to be made, more on a busy machine, and whoever types `watch` before that is told
 * that there is none. One of DATABASE_URL is there at once, or cannot be had: the bot works without.
 */
async function remembering(): Promise<void> {
  const { HOST, PORT } = workspace.env();
  const address = `http://${HOST}:${PORT}/readyz`;
  const deadline = Date.now() + (databaseUrl === '' ? 40_000 : 8000);
  while (!stopping && Date.now() < deadline) {
    const answer = await fetch(address).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok === true) return;
    await delay(50);
  }
}

/** On the port, or on any free one when another program has it. */
async function createWorkspaceNear(wanted: number, options: WorkspaceOptions): Promise<Workspace> {
  try {
    return await createWorkspace({ ...options, port: wanted });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    console.log(`Port ${wanted} is taken by another program; another port is used. LOCAL_PORT chooses one.`);
    return createWorkspace({ ...options, port: 0 });
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return defaultPort;
  const number = Number(text);
  return /^\d{1,5}$/.test(text) && number <= 65_535 ? number : undefined;
}
