/**
 * Jobs at 20 times the rate of 100,000 watches every 6 hours, on the embedded server: how late looks begin, and what
 * taking and saving one costs. The looks themselves are left out: they are measured by check.ts.
 *
 * `node bench/jobs.ts [seconds] [looks a second]`; the defaults are 60 and 92.6.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { sql } from 'kysely';
import { nothingKnown } from '../src/check/history.ts';
import type { Observation } from '../src/check/observation.ts';
import { connect } from '../src/store/connection.ts';
import { startEmbedded } from '../src/store/embedded.ts';
import { createJobs } from '../src/store/jobs.ts';
import { createLooks } from '../src/store/looks.ts';
import { migrate } from '../src/store/prepare.ts';
import { createPublications } from '../src/store/publications.ts';
import { createQueues } from '../src/store/queues.ts';
import { healthy } from '../test/check/observations.ts';
import { percentile, postgresMs } from './processes.ts';

const domains = 100_000;
/** 20 × 100,000 ÷ 6 h. */
const defaultRate = (20 * domains) / (6 * 3600);
/** Every look but one in so many finds what the one before found. */
const lookThatDiffers = 20;
/** Before the first look is due: for writing what is due when. */
const leadMs = 20_000;

/** As late as a look may begin, which is far below the shortest time between two of a domain; also what may be left. */
const lateLimitMs = 60_000;

/** How late 99 of 100 looks begin, and how much is left at the end, over what is allowed. */
export async function benchJobs(seconds = 60, rate = defaultRate): Promise<number[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'mta-sts-bench-jobs-'));
  const quiet = { info: () => {}, warn: () => {}, error: () => {} };
  const embedded = await startEmbedded({ dataDir, log: quiet });
  const config = { ...embedded.connection };
  const connection = connect(config);
  const trouble = (error: Error) => console.error(error);
  const queues = createQueues(config, trouble);
  try {
    await migrate(connection.patientDb, {
      variable: 'DATA_DIR',
      where: dataDir,
      user: 'app',
      database: 'postgres',
    });
    await queues.start();
    const looks = createLooks(connection, queues, createPublications(connection), () => undefined);
    const jobs = createJobs({ queues, connection, alsoTidy: async () => {}, trouble });
    const observation = JSON.stringify(await observationOfAbout(20_000));

    const dueAt = new Map<string, number>();
    const beginAt = await fill(connection.patientDb, observation, rate);
    const { rows } = await sql<{ id: string; at: Date }>`
      select id, next_look_at as at from watched_domains`.execute(connection.patientDb);
    for (const { id, at } of rows) dueAt.set(id, at.getTime());
    console.log(`  ${domains} watched domains, each look of ${observation.length} octets`);
    const lags: number[] = [];
    let saved = 0;
    const look = async ({ domainId }: { domainId: string }) => {
      const now = Date.now();
      lags.push(now - (dueAt.get(domainId) ?? Number.NaN));
      const subject = await looks.subject(domainId);
      if (subject === undefined) throw new Error('Nobody watches it.');
      const answer = await looks.save(domainId, {
        looks: subject.looks,
        observation: { ...seenAgain(observation), startedAt: new Date(now).toISOString() },
        fingerprint: Math.random() * lookThatDiffers < 1 ? `seen at ${now}` : 'as it was',
        smtpLookedAt: undefined,
        summary: { verdict: 'enforced', sentence: 'All is well.', findings: [] },
        ledger: [ledgerEntry(now)],
        trail: nothingKnown,
        state: { looked: now },
        incident: undefined,
        nextLookAt: new Date(now + (domains / rate) * 1000),
      });
      if (answer !== 'saved') throw new Error(answer);
      saved += 1;
    };
    const nothing = async () => {};
    await jobs.work({ look, tell: nothing, notice: nothing, digest: nothing }, { atOnce: 16 });
    await wait(Math.max(0, beginAt - Date.now()));

    const before = { node: process.cpuUsage(), postgres: postgresMs(dataDir) };
    const [startedAt, savedBefore] = [Date.now(), saved];
    await wait(seconds * 1000);
    const endedAt = Date.now();
    const looked = saved - savedBefore;
    const node = process.cpuUsage(before.node);
    const postgres = postgresMs(dataDir) - before.postgres;
    const lagAskedAt = performance.now();
    const lag = await jobs.lag();
    const lagTookMs = performance.now() - lagAskedAt;
    await jobs.stop(5000);
    const [p50, p99, max] = [0.5, 0.99, 1].map((share) => percentile(lags, share));
    const nodeMs = (node.user + node.system) / 1000;
    console.log(
      `  ${(looked / ((endedAt - startedAt) / 1000)).toFixed(1)} looks/s of ${rate.toFixed(1)} that fell due, ` +
        `${lag.look.due} left; late p50 ${p50} p99 ${p99} max ${max} ms; CPU for each: ` +
        `node ${(nodeMs / looked).toFixed(2)} ms, postgres ${(postgres / looked).toFixed(2)} ms; ` +
        `lag() took ${lagTookMs.toFixed(1)} ms`,
    );
    return [(p99 ?? Number.NaN) / lateLimitMs, lag.look.due / ((rate * lateLimitMs) / 1000)];
  } finally {
    await queues.stop();
    await connection.close();
    await embedded.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Domains that were looked at before; answers when their next looks, spread evenly, begin to be due. */
async function fill(
  db: ReturnType<typeof connect>['db'],
  observation: string,
  rate: number,
): Promise<number> {
  await sql`insert into teams (id) values ('T1')`.execute(db);
  await sql`insert into watched_domains
      (team_id, domain, looks, state, trail, observation, fingerprint, summary, last_look_at)
    select 'T1', 'd' || place || '.example', 1, '{}', '{"version":1}',
      -- The later ones are not looked at again in the time of the measurement.
      case when place / ${rate}::float8 < 120 then ${observation}::json end, 'as it was', '{}', now()
    from generate_series(1, ${domains}::integer) as place`.execute(db);
  await sql`insert into watches (domain_id, team_id, conversation, owner, every_hours, created_at)
    select id, 'T1', 'C1', 'U1', 6, now() from watched_domains`.execute(db);
  const beginAt = Date.now() + leadMs;
  await sql`update watched_domains set next_look_at = ${new Date(beginAt)}::timestamptz
    + substring(domain from 2 for length(domain) - 9)::integer / ${rate}::float8 * interval '1 second'`.execute(
    db,
  );
  await sql`analyze`.execute(db);
  return beginAt;
}

function ledgerEntry(now: number) {
  return {
    id: '20261101T080000Z',
    policyHash: 'ab'.repeat(32),
    mode: 'enforce',
    maxAgeSeconds: 2_592_000,
    body: 'version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 2592000\n',
    firstSeenAt: '2026-11-01T08:00:00.000Z',
    lastSeenAt: new Date(now).toISOString(),
    goneAt: null,
  } as const;
}

/** A healthy domain with as many MX hosts as make it that long. */
async function observationOfAbout(octets: number): Promise<Observation> {
  const [host] = healthy.mxHosts;
  if (host === undefined) throw new Error('A healthy domain has an MX host.');
  const more = Math.ceil((octets - JSON.stringify(healthy).length) / JSON.stringify(host).length);
  return { ...healthy, mxHosts: [...healthy.mxHosts, ...Array.from({ length: more }, () => host)] };
}

/** The same with other times and serial numbers, which no compression foresees. */
function seenAgain(observation: string): Observation {
  return JSON.parse(
    observation
      .replaceAll(
        /("(?:connectMs|tlsMs|totalMs|firstByteMs|durationMs)":)[\d.]+/g,
        (_, name) => `${name}${Math.random() * 300}`,
      )
      .replaceAll(
        /("sha256":)"[0-9a-f]+"/g,
        (_, name) => `${name}"${Math.random().toString(16).slice(2).padEnd(64, '0')}"`,
      ),
  ) as Observation;
}

if (import.meta.main) {
  const [seconds, rate] = process.argv.slice(2).map(Number);
  await benchJobs(seconds, rate);
}
