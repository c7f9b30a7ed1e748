/**
 * What a domain publishes at one instant, in a few words, as a look sees it; and what is remembered of several such
 * looks one after the other.
 */
import { type History, historyAfter, type LedgerEntry } from '../../src/check/history.ts';
import type { Observation, PolicyFetch, TlsObservation } from '../../src/check/observation.ts';
import { answer, domain, failed, fetched, healthy, mxHost, nxdomain, tls, txt } from './observations.ts';

const dayMs = 86_400_000;
/** Day 0 of every table. */
const beginning = Date.parse('2026-01-01T00:00:00.000Z');

/** `day(1.5)`: a day and a half after the beginning. */
export function day(days: number): Date {
  return new Date(beginning + Math.round(days * dayMs));
}

/** `on(1.5)`: as the ledger has it. */
export function on(days: number): string {
  return day(days).toISOString();
}

export function policyText(mode: string, mx: readonly string[], maxAgeDays: number): string {
  const lines = ['version: STSv1', `mode: ${mode}`, ...mx.map((host) => `mx: ${host}`)];
  return `${[...lines, `max_age: ${Math.round(maxAgeDays * 86_400)}`].join('\n')}\n`;
}

/** How the policy host fails at its one address; `[status, body]` for what it answers instead. */
export type HostFailure =
  | 'no host'
  | 'servfail'
  | 'dns timeout'
  | 'private address'
  | 'refused'
  | 'timeout'
  | 'handshake fails'
  | 'certificate expired'
  | 'certificate for another name'
  | 'certificate not trusted'
  | 'time over'
  | 'asked too often'
  | 'body cut'
  | readonly [status: number, body: string];

export interface Published {
  /** The id of the record; null: there is none. `dns fails`: nobody knows. */
  readonly id: string | null | 'dns fails';
  /** The text, or why it cannot be had. */
  readonly policy: string | { readonly fails: HostFailure };
  /** Default: mx1 and mx2 of the domain; `dns fails`: nobody knows. */
  readonly mx?: readonly string[] | 'dns fails' | 'null mx';
  readonly ttlSeconds?: number;
}

const recordName = `_mta-sts.${domain}`;
const hostName = `mta-sts.${domain}`;
const address = '192.0.2.10';

/** One look at it, with certificates that are in date then. */
export function lookAt(now: Date, published: Published): Observation {
  const { mx = ['mx1.example.com', 'mx2.example.com'] } = published;
  const base: Observation = {
    ...healthy,
    startedAt: now.toISOString(),
    record: { ...healthy.record, ...recordOf(published) },
    policyHost: { ...healthy.policyHost, ...policyHostOf(now, published) },
  };
  if (mx === 'dns fails') return { ...base, mx: { kind: 'unknown', problem: 'timeout' }, mxHosts: [] };
  if (mx === 'null mx') return { ...base, mx: { kind: 'null-mx' }, mxHosts: [] };
  const mxHosts = mx.map((host, at) => {
    const found = mxHost(host, (at + 1) * 10, [`192.0.2.${11 + at}`]);
    const secured = { kind: 'secured', tls: inDate(host, now) } as const;
    return { ...found, sessions: found.sessions.map((session) => ({ ...session, result: secured })) };
  });
  const hosts = mxHosts.map(({ host, preference }) => ({ host, preference }));
  return { ...base, mx: { kind: 'hosts', hosts }, mxHosts };
}

function inDate(host: string, now: Date, more: Partial<TlsObservation> = {}): TlsObservation {
  const { chain, ...rest } = tls(host, more);
  const at = (days: number) => new Date(now.getTime() + days * dayMs).toISOString();
  const [leaf, ...others] = chain;
  return {
    ...rest,
    chain: [
      { ...leaf, notBefore: at(-30), notAfter: at(60) },
      ...others.map((one) => ({ ...one, notBefore: at(-300), notAfter: at(600) })),
    ],
  };
}

function recordOf({ id, ttlSeconds = 3600 }: Published): Partial<Observation['record']> {
  if (id === 'dns fails') return { lookup: failed(recordName, 'timeout'), authoritative: [] };
  const found =
    id === null ? nxdomain<never>(recordName) : { ...txt(recordName, `v=STSv1; id=${id};`), ttlSeconds };
  return {
    lookup: found,
    authoritative: healthy.record.authoritative.map((server) => ({ ...server, lookup: found })),
  };
}

function policyHostOf(now: Date, { policy }: Published): Partial<Observation['policyHost']> {
  const one = { a: answer(hostName, [address]), aaaa: answer<string>(hostName, []) };
  const met = (fetch: PolicyFetch) => ({ ...one, fetches: [fetch], followUps: [] });
  const shown = (more: Partial<TlsObservation> = {}) => inDate(hostName, now, more);
  if (typeof policy === 'string') return met(fetched(address, policy, { tls: shown() }));
  const { fails } = policy;
  if (typeof fails !== 'string') return met(fetched(address, fails[1], { status: fails[0], tls: shown() }));
  const result = (of: PolicyFetch['result']) => met({ address, timings: { totalMs: 60 }, result: of });
  switch (fails) {
    case 'no host':
      return { a: nxdomain(hostName), aaaa: nxdomain(hostName), fetches: [], followUps: [] };
    case 'servfail':
    case 'dns timeout': {
      const problem = fails === 'servfail' ? 'servfail' : 'timeout';
      return {
        a: failed(hostName, problem),
        aaaa: failed(hostName, problem),
        fetches: [],
        followUps: [],
      };
    }
    case 'private address':
      return result({ kind: 'address-refused', block: 'private use' });
    case 'refused':
      return result({ kind: 'failed', at: 'connect', problem: 'connection-refused' });
    case 'timeout':
      return result({ kind: 'failed', at: 'connect', problem: 'timeout' });
    case 'handshake fails':
      return result({ kind: 'failed', at: 'tls', problem: 'tls', alert: 'handshake_failure' });
    case 'certificate expired':
      return met(
        fetched(address, 'a policy', { tls: inDate(hostName, new Date(now.getTime() - 90 * dayMs)) }),
      );
    case 'certificate for another name':
      return met(fetched(address, 'a policy', { tls: shown({ nameMatches: false }) }));
    case 'certificate not trusted':
      return met(fetched(address, 'a policy', { tls: shown({ trust: 'unknown-authority' }) }));
    case 'time over':
      return result({ kind: 'not-measured', because: 'time-is-over' });
    case 'asked too often':
      return result({ kind: 'not-measured', because: 'asked-too-often' });
    case 'body cut':
      return met(fetched(address, 'version: STSv1\n', { cut: 'closed', tls: shown() }));
  }
}

export const noHistory: History = { ledger: [], trail: undefined, generated: [] };

/** What is known after one more look, as a store would keep it: through JSON. */
export function remember(history: History, observation: Observation): History {
  const { ledger, trail } = historyAfter(history, observation);
  const is = (one: LedgerEntry) => (other: LedgerEntry) =>
    one.id === other.id && one.policyHash === other.policyHash;
  const kept = {
    ledger: [
      ...history.ledger.map((before) => ledger.find(is(before)) ?? before),
      ...ledger.filter((entry) => !history.ledger.some(is(entry))),
    ],
    trail,
    generated: history.generated,
  };
  return JSON.parse(JSON.stringify(kept)) as History;
}

export type Row = readonly [days: number, published: Published, ...rest: readonly unknown[]];

/** Of the looks so far, in their order. */
export function historyOf(rows: readonly Row[], before: History = noHistory): History {
  return rows.reduce((history, [days, published]) => remember(history, lookAt(day(days), published)), before);
}
