/**
 * The watcher with a real store and real looks at the local internet: what is kept, and what conversations are
 * told. Only posting is the test's own.
 */
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLook, type Look } from '../../src/check/look.ts';
import { readConfig } from '../../src/config.ts';
import { createInternet, type Internet, trustAuthority } from '../../src/local/internet/internet.ts';
import type { DomainName } from '../../src/protocol/domain.ts';
import type { Notice, ToTell } from '../../src/store/shapes.ts';
import type { WeeklyDigest } from '../../src/watch/digest.ts';
import { acknowledge } from '../../src/watch/incident-press.ts';
import { readIncident } from '../../src/watch/incident-shapes.ts';
import { createWatcher, type WatchedOnce, type Watcher } from '../../src/watch/watcher.ts';
import { forgetTeams, type Opened, openFresh } from '../store/opened.ts';
import { backends } from '../store/servers.ts';

const team = 'T0HOME0001';
const domain = 'watched.test' as DomainName;
const conversation = 'C0MAILOPS1';
const [embedded] = backends;

let internet: Internet;
let realLook: Look;
/** How far the clock of the looks is ahead. */
let laterMs = 0;
let opened: Opened;

beforeAll(async () => {
  internet = await createInternet();
  trustAuthority(internet);
  const config = readConfig({
    SLACK_BOT_TOKEN: 'xoxb-1-2-abc',
    SLACK_APP_TOKEN: 'xapp-1-2-abc',
    ...internet.env,
  });
  realLook = createLook(config.network, () => new Date(Date.now() + laterMs));
  if (embedded === undefined) throw new Error('There is no embedded server.');
  opened = await openFresh(embedded);
}, 60_000);
afterAll(async () => {
  await internet?.stop();
  await opened?.end();
});

const running: Watcher[] = [];
afterEach(async () => {
  for (const watcher of running.splice(0)) await watcher.stop(2000);
  laterMs = 0;
  for (const { id, on } of internet.switches) if (on) await internet.switchFault(id, false);
  await forgetTeams(opened);
});

/** A watcher whose posts are kept: each is at once the conversation's card. */
async function start(look: Look = realLook) {
  const { store } = opened;
  const tells: ToTell[] = [];
  const notices: Notice[] = [];
  const digests: { to: string; digest: WeeklyDigest }[] = [];
  const looked: WatchedOnce[] = [];
  const watcher = createWatcher({
    store,
    look,
    observe: (once) => looked.push(once),
    announcer: {
      async tell(toTell) {
        tells.push(toTell);
        const { incident, watch } = toTell;
        await store.incidents.told(incident.id, watch.conversation, '1795450500.000100', incident.version);
      },
      async sendNotice(notice) {
        notices.push(notice);
        await store.notices.sent(notice.id);
      },
      async sendDigest(_team, to, digest) {
        digests.push({ to, digest });
      },
    },
  });
  running.push(watcher);
  await watcher.start();
  return { watcher, tells, notices, digests, looked };
}

async function watch() {
  await opened.store.watches.add(
    { team, domain, conversation, owner: 'U0ANA00001', everyHours: 6 },
    new Date(),
  );
}

const current = () => opened.store.watches.find(team, domain);

async function until<T>(what: string, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`It took too long: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Looks again, until that look is kept. */
async function lookAgain() {
  const before = (await current())?.lastLookAt?.getTime();
  await opened.store.looks.soon(team, domain);
  return until('another look', async () => {
    const now = await current();
    return now?.lastLookAt !== undefined && now.lastLookAt.getTime() !== before ? now : undefined;
  });
}

/** As if the time of its look had come while no process ran. */
async function makeDue() {
  const { db } = opened.connection;
  await sql`update jobs.job set start_after = now() where name = 'look'`.execute(db);
  await sql`update watched_domains set next_look_at = now()`.execute(db);
}

const openIds = ({ incident }: ToTell) => readIncident(incident.state)?.open.map(({ id }) => id);

describe('a watched domain', () => {
  test('is looked at at once; all well is no news', async () => {
    const { tells, looked } = await start();
    await watch();
    const seen = await until('the first look', async () => {
      const now = await current();
      return now?.lastLookAt === undefined ? undefined : now;
    });
    expect(seen.summary).toMatchObject({ verdict: 'enforced' });
    expect(seen.openIncident).toBeUndefined();
    expect(seen.nextLookAt?.getTime()).toBeLessThanOrEqual(Date.now() + 6 * 3_600_000);
    expect(looked).toEqual([{ outcome: 'enforced', durationMs: expect.any(Number) }]);
    expect(tells).toEqual([]);
    const { ledger, trail } = await opened.store.looks.history(team, domain);
    expect(ledger).toMatchObject([{ mode: 'enforce', goneAt: null }]);
    expect(trail).toMatchObject({ record: { id: ledger[0]?.id } });
  });

  test('breaks, is told of once, and is told of again when it is mended', async () => {
    const { tells } = await start();
    await watch();
    await until('the first look', async () => (await current())?.lastLookAt);
    await internet.switchFault('watched.test/mx-cert-expired', true);
    await lookAgain();
    const [told] = await until('the alert', () => (tells.length > 0 ? tells : undefined));
    expect(told && openIds(told)).toEqual(['smtp.cert-expired']);
    expect(told?.summary).toMatchObject({ verdict: 'broken' });
    await lookAgain();
    await internet.switchFault('watched.test/mx-cert-expired', false);
    await lookAgain();
    const closing = await until('the end', () => tells.find(({ incident }) => incident.closedAt));
    expect(openIds(closing)).toEqual([]);
    expect(closing.entries.map(({ content }) => content)).toMatchObject([
      { kind: 'mended' },
      { kind: 'closed' },
    ]);
    // The look between, which saw the same, told nothing.
    expect(tells).toHaveLength(2);
    expect((await current())?.openIncident).toBeUndefined();
  });

  test('a host that refuses connections is news when a second look meets it, too', async () => {
    const { tells } = await start();
    await watch();
    await until('the first look', async () => (await current())?.lastLookAt);
    await internet.switchFault('watched.test/policy-host-down', true);
    const once = await lookAgain();
    expect(once.openIncident).toBeUndefined();
    // Whoever opens App Home sees it all the same, and why nobody was told.
    expect(once.summary?.findings).toContainEqual(
      expect.objectContaining({ id: 'host.port-closed', waiting: true }),
    );
    // Sooner than the next look would be.
    expect((once.nextLookAt?.getTime() ?? 0) - Date.now()).toBeLessThan(6 * 60_000);
    expect(tells).toEqual([]);
  });

  test('a policy that changes under its id is seen against what earlier looks saw', async () => {
    const { tells } = await start();
    await watch();
    await until('the first look', async () => (await current())?.lastLookAt);
    await internet.switchFault('watched.test/policy-changed', true);
    const seen = await lookAgain();
    expect(seen.summary?.findings.map(({ id }) => id)).toContain('txt.id-not-bumped');
    expect((await opened.store.looks.history(team, domain)).ledger).toHaveLength(2);
    // File first is the right order: for the first hour it is a notice, and nobody is told.
    expect(tells).toEqual([]);
    laterMs = 61 * 60_000;
    await lookAgain();
    expect(tells).toEqual([]);
    // The second look that meets it as more than a notice.
    laterMs = 66 * 60_000;
    await lookAgain();
    const [told] = await until('the alert', () => (tells.length > 0 ? tells : undefined));
    expect(told && openIds(told)).toEqual(['txt.id-not-bumped']);
  });

  test('an id that changes for nothing is a notice for a day, and no alert', async () => {
    const { tells } = await start();
    await watch();
    await until('the first look', async () => (await current())?.lastLookAt);
    await internet.switchFault('watched.test/id-changed', true);
    for (const [hours, found] of [
      [0, ['txt.id-bumped-before-policy']],
      [23, ['txt.id-bumped-before-policy']],
      [25, []],
    ] as const) {
      laterMs = hours * 3_600_000;
      const seen = await lookAgain();
      expect(
        seen.summary?.findings.map(({ id }) => id),
        `after ${hours} h`,
      ).toEqual(found);
    }
    expect(tells).toEqual([]);
  });

  test('the way back to mode none is told of', async () => {
    const { tells } = await start();
    await watch();
    await until('the first look', async () => (await current())?.lastLookAt);
    await internet.switchFault('watched.test/mode-none', true);
    await lookAgain();
    const [told] = await until('the alert', () => (tells.length > 0 ? tells : undefined));
    expect(told && openIds(told)).toEqual(['policy.weakened']);
  });
});

test('a look that is due by itself spares the MX hosts; one that is asked for does not', async () => {
  const earlier: boolean[] = [];
  const look: Look = (asked, options) => {
    earlier.push(options?.earlier !== undefined);
    return realLook(asked, options);
  };
  const { watcher } = await start(look);
  await watch();
  await until('the first look', async () => (await current())?.lastLookAt);
  await lookAgain();
  await watcher.stop(2000);
  await makeDue();
  await start(look);
  await until('the look that was due', () => (earlier.length > 2 ? true : undefined));
  expect(earlier).toEqual([false, false, true]);
});

test('a press during a look is not lost, nor is the look', async () => {
  let press: (() => Promise<unknown>) | undefined;
  const { tells } = await start(async (asked, options) => {
    const report = await realLook(asked, options);
    await press?.();
    press = undefined;
    return report;
  });
  await watch();
  await until('the first look', async () => (await current())?.lastLookAt);
  await internet.switchFault('watched.test/mx-cert-expired', true);
  await lookAgain();
  const [told] = await until('the alert', () => (tells.length > 0 ? tells : undefined));
  const id = told?.incident.id ?? '';
  press = () =>
    opened.store.incidents.change(team, id, (incident) => {
      const state = readIncident(incident.state);
      const step = state && acknowledge(state, 'U0BEN00001', new Date());
      return step && { ...step, entries: step.entries, tellAt: new Date() };
    });
  await internet.switchFault('watched.test/mx-new', true);
  await lookAgain();
  const incident = await opened.store.incidents.find(team, id);
  const state = readIncident(incident?.state);
  expect(state?.open.map((finding) => finding.id).toSorted()).toEqual([
    'mx-change.unsafe',
    'smtp.cert-expired',
  ]);
});

test('a look that the stop of the process cut short is kept by nobody, and made again', async () => {
  const begun = Promise.withResolvers<void>();
  const first = await start(async (asked, options) => {
    begun.resolve();
    await new Promise((resolve) => options?.signal?.addEventListener('abort', resolve));
    return realLook(asked, options);
  });
  await watch();
  await begun.promise;
  await first.watcher.stop(100);
  expect((await current())?.lastLookAt).toBeUndefined();
  await makeDue();
  await start();
  const seen = await until('the look', async () => (await current())?.summary);
  expect(seen.verdict).toBe('enforced');
});

test('a failure of ours is counted, and the look is made again', async () => {
  let failures = 1;
  const { looked } = await start(async (asked, options) => {
    failures -= 1;
    if (failures >= 0) throw new Error('a bug');
    return realLook(asked, options);
  });
  await watch();
  await until('the failure', () => looked.find(({ outcome }) => outcome === 'error'));
  await opened.store.looks.soon(team, domain);
  const seen = await until('the look', async () => (await current())?.summary);
  expect(seen.verdict).toBe('enforced');
});

test('the weekly digest comes when it is due, and is due again a week later', async () => {
  const { digests } = await start();
  await watch();
  await until('the first look', async () => (await current())?.lastLookAt);
  const digest = { conversation: 'C0GENERAL1', weekday: 1, minute: 540, timeZone: 'Europe/Berlin' };
  await opened.store.teams.changeSettings(team, { quietHours: undefined, digest });
  await opened.store.jobs.digestAt(team, new Date());
  const [sent] = await until('the digest', () => (digests.length > 0 ? digests : undefined));
  expect(sent).toMatchObject({ to: 'C0GENERAL1', digest: { total: 1, counts: { enforced: 1 } } });
});

test('a team without a digest gets none', async () => {
  const { digests } = await start();
  await watch();
  await opened.store.jobs.digestAt(team, new Date());
  await until('the first look', async () => (await current())?.lastLookAt);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(digests).toEqual([]);
});
