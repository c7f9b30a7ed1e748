/**
 * Two bots, as processes of their own, on one PostgreSQL and behind one address: what Slack brings twice is done once,
 * the looks are shared, each alert comes once, and nothing is lost with a process that is killed.
 */
import { createServer, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { describe, expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../src/local/free-port.ts';
import { createInternet, type Internet } from '../../src/local/internet/internet.ts';
import { parseManifest } from '../../src/local/slack/manifest.ts';
import { createWorkspace, type Workspace } from '../../src/local/slack/workspace.ts';
import { readManifest } from '../../src/manifest-file.ts';
import { type AtEnd, madeOnce } from '../made-once.ts';
import { full, runs, seed } from '../runs.ts';
import { type Opened, openFresh } from '../store/opened.ts';
import { domainName } from './slack-world.ts';
import { type BotProcess, logged, spawnBot } from './world.ts';

const team = 'T0HOME0001';
const conversation = 'C0MAILOPS1';
const botUser = 'U0MTASTSBOT';
/** A killed process touches its jobs no more: 30 s, a supervision of 15, the first delay of 10 to 20, and some room. */
const lostAfterMs = 90_000;
/** As long as a look may take that begins then. */
const longestLookMs = 30_000;

interface Replica {
  bot: BotProcess;
  readonly port: number;
  start(): Promise<void>;
}

interface Replicas {
  readonly workspace: Workspace;
  readonly internet: Internet;
  readonly opened: Opened;
  readonly both: readonly [Replica, Replica];
}

async function startReplicas(atEnd: AtEnd): Promise<Replicas> {
  const [internet, workspace, opened] = await Promise.all([
    createInternet(),
    createWorkspace({ manifest: parseManifest(JSON.stringify(readManifest())), transport: 'http' }),
    openFresh({ name: 'server over TCP' }),
  ]);
  atEnd(async () => {
    await opened.end();
    await Promise.all([workspace.stop(), internet.stop()]);
  });
  const env = { ...workspace.env(), ...internet.env, DATABASE_URL: opened.url, LOG_LEVEL: 'info' };
  const replica = async (): Promise<Replica> => {
    const port = await freePort();
    const run = () => spawnBot({ ...env, PORT: String(port) }, atEnd);
    const made: Replica = {
      bot: run(),
      port,
      async start() {
        made.bot = run();
        await logged(made.bot, { msg: 'ready' }, 30_000);
      },
    };
    return made;
  };
  const both = [await replica(), await replica()] as const;
  await Promise.all(both.map(({ bot }) => logged(bot, { msg: 'ready' }, 30_000)));
  await balance(Number(workspace.env().PORT), both, atEnd);
  await workspace.ready();
  return { workspace, internet, opened, both };
}

/** The address that Slack knows: each request goes to the next of them, and past one that is down. */
async function balance(port: number, both: Replicas['both'], atEnd: AtEnd): Promise<void> {
  let turn = 0;
  const server = createServer(async (incoming, response) => {
    const body: Buffer[] = [];
    for await (const chunk of incoming) body.push(chunk as Buffer);
    turn += 1;
    for (const at of [turn, turn + 1]) {
      const answer = await passOn(incoming, Buffer.concat(body), both[at % 2]?.port ?? 0);
      if (answer === undefined) continue;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
      return;
    }
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
}

function passOn(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  port: number,
): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, resolve);
    onward.on('error', () => resolve(undefined));
    onward.end(body);
  });
}

async function watchAll({ opened }: Replicas, domains: readonly string[]): Promise<void> {
  for (const domain of domains) {
    await opened.store.watches.add(
      { team, domain: domainName(domain), conversation, owner: 'U0BEN00001', everyHours: 6 },
      new Date(),
    );
  }
}

/** Has every domain looked at now; answers when each was seen to be looked at, in milliseconds from now. */
async function lookAtAll(
  { opened }: Replicas,
  meanwhile: () => Promise<void> = async () => {},
): Promise<readonly number[]> {
  const { db } = opened.connection;
  const before = await db.selectFrom('watched_domains').select(['id', 'domain', 'looks']).execute();
  const startedAt = performance.now();
  for (const { domain } of before) await opened.store.looks.soon(team, domainName(domain));
  const disturbance = meanwhile();
  const seen = new Map<string, number>();
  while (seen.size < before.length) {
    const now = await db.selectFrom('watched_domains').select(['id', 'looks']).execute();
    for (const { id, looks } of now) {
      const earlier = before.find((each) => each.id === id);
      if (earlier !== undefined && looks > earlier.looks && !seen.has(id))
        seen.set(id, performance.now() - startedAt);
    }
    if (performance.now() - startedAt > lostAfterMs + 2 * longestLookMs) {
      const lost = before.filter(({ id }) => !seen.has(id)).map(({ domain }) => domain);
      throw new Error(`Not looked at again: ${lost.join(', ')}`);
    }
    await sleep(100);
  }
  await disturbance;
  return [...seen.values()];
}

/** The cards of alerts, without what stands in their threads and what else the bot posts. */
function cards({ workspace }: Replicas) {
  return workspace
    .as('ben')
    .messages('#mail-ops')
    .filter(
      ({ user, threadTs, attachments }) => user === botUser && threadTs === null && attachments.length > 0,
    );
}

/** Waits until the conversation knows of every incident all there is to be told. */
async function allTold({ opened }: Replicas): Promise<number> {
  const incidents = await opened.store.incidents.since(team, new Date(0));
  await expect
    .poll(
      async () => {
        const left = await Promise.all(
          incidents.map(({ id }) => opened.store.incidents.toTell(id, conversation)),
        );
        return left.filter((each) => each !== undefined).length;
      },
      { timeout: lostAfterMs + 2 * longestLookMs, interval: 250 },
    )
    .toBe(0);
  return incidents.length;
}

async function looksOf({ port }: Replica): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const counts = [...text.matchAll(/^mta_sts_bot_watch_look_seconds_count\{[^}]*\} (\d+)/gm)];
  return counts.reduce((sum, [, count = '0']) => sum + Number(count), 0);
}

describe('two replicas', () => {
  const started = madeOnce(startReplicas);

  test('an event that Slack repeats to the other replica is handled once', async () => {
    const replicas = started();
    const { workspace, both } = replicas;
    workspace.fault('repeated-delivery', true);
    onTestFinished(() => workspace.fault('repeated-delivery', false));
    const ana = workspace.as('ana');
    await ana.home();
    const arrivals = () =>
      both.flatMap(({ bot }) =>
        bot.lines.filter(({ name }) => name === 'app_home_opened').map(({ outcome }) => outcome),
      );
    await expect.poll(() => arrivals().length).toBe(2);
    expect(arrivals().sort()).toEqual(['answered', 'repeated']);
    // One each: it was the other that knew of it.
    expect(both.map(({ bot }) => bot.lines.filter(({ name }) => name === 'app_home_opened').length)).toEqual([
      1, 1,
    ]);
    expect(workspace.wire().filter(({ name }) => name === 'views.publish')).toHaveLength(1);
  });

  test('looks are shared, each is saved once, and an alert comes once', { timeout: 240_000 }, async () => {
    const replicas = started();
    const { internet, opened, both } = replicas;
    const domains = ['watched.test', 'rehearsed.test', ...someDomains(internet, runs(12, 40))];
    await watchAll(replicas, domains);
    const { db } = opened.connection;
    const lookCounts = async () =>
      (await db.selectFrom('watched_domains').select('looks').execute()).map(({ looks }) => looks);
    await expect.poll(lookCounts, { timeout: 90_000 }).toEqual(domains.map(() => 1));
    await lookAtAll(replicas);
    expect(await lookCounts()).toEqual(domains.map(() => 2));
    const shares = await Promise.all(both.map(looksOf));
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(2 * domains.length);
    expect(Math.min(...shares)).toBeGreaterThan(0);

    await internet.switchFault('watched.test/policy-404', true);
    await lookAtAll(replicas);
    await lookAtAll(replicas);
    await expect.poll(() => cards(replicas).length, { timeout: 60_000 }).toBeGreaterThan(0);
    const count = await allTold(replicas);
    await sleep(2000);
    expect(cards(replicas)).toHaveLength(count);
  });
});

describe('a replica that is killed while looks and alerts go on', () => {
  // In the long run alone: store/jobs-killed.lab.test.ts kills a few processes always.
  const rounds = 6;
  test.runIf(full)(
    `in ${rounds} rounds, at random moments: nothing is lost`,
    {
      timeout: 1_800_000,
    },
    async () => {
      const replicas = await startReplicas(onTestFinished);
      const { internet, both } = replicas;
      // Two of which a look takes seconds, so that something is always under way.
      const domains = [
        'watched.test',
        'rehearsed.test',
        'slow.test',
        'slow-dns.test',
        ...someDomains(internet, 12),
      ];
      await watchAll(replicas, domains);
      await lookAtAll(replicas);
      const random = randomFrom(seed);
      let kills = 0;
      let latestMs = 0;
      const kill = async (victims: readonly Replica[]) => {
        await sleep(random() * 3000);
        kills += victims.length;
        for (const { bot } of victims) bot.kill('SIGKILL');
        await Promise.all(victims.map(({ bot }) => bot.ended));
        await Promise.all(victims.map((victim) => victim.start()));
      };
      for (let round = 0; round < rounds; round += 1) {
        await internet.switchFault('watched.test/policy-404', round % 2 === 0);
        await internet.switchFault('rehearsed.test/policy-404', round % 2 === 0);
        // What breaks is told after a second look: the looks are disturbed, and the telling after them.
        for (const beat of [0, 1]) {
          const victims = (round + beat) % 2 === 0 ? [random() < 0.5 ? both[0] : both[1]] : both;
          const afterMs = await lookAtAll(replicas, () => kill(victims));
          latestMs = Math.max(latestMs, ...afterMs);
          expect(latestMs, `round ${round}`).toBeLessThan(lostAfterMs + longestLookMs);
        }
      }
      const incidents = await allTold(replicas);
      expect(incidents).toBeGreaterThan(0);
      // A second card only where a process ended between Slack's taking of a post and the store's taking of its name.
      expect(cards(replicas).length).toBeGreaterThanOrEqual(incidents);
      expect(cards(replicas).length).toBeLessThanOrEqual(incidents + kills);
      const { rows } = await sql<{ doubled: number }>`
      select count(*)::int as doubled from (
        select incident_id from cards group by incident_id, conversation having count(*) > 1) as twice`.execute(
        replicas.opened.connection.db,
      );
      expect(rows[0]?.doubled).toBe(0);
      process.stdout.write(
        `${kills} kills, ${incidents} incidents, ${cards(replicas).length} cards, latest look after ${Math.round(latestMs)} ms\n`,
      );
    },
  );
});

/** Some of which a look takes no time: nothing of them is silent or slow. */
function someDomains({ scenarios }: Internet, count: number): string[] {
  return scenarios
    .map(({ domain }) => domain)
    .filter((domain) => !/silent|slow|timeout|watched|rehearsed/.test(domain))
    .slice(0, count);
}

/** Mulberry32: the same numbers in every run. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
