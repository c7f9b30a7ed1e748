/** Looks over time, and what a watch tells of each: a line a thing, so that a test is a table. */
import type {
  MxHostObservation,
  Observation,
  PolicyFetch,
  SmtpSession,
} from '../../src/check/observation.ts';
import { createReport, type Report } from '../../src/check/report.ts';
import { incidentAfter } from '../../src/watch/incident.ts';
import {
  type IncidentEntry,
  type IncidentFinding,
  type IncidentState,
  readIncident,
} from '../../src/watch/incident-shapes.ts';
import { afterLook, type News } from '../../src/watch/news.ts';
import type { WatchState } from '../../src/watch/state.ts';
import {
  certificate,
  failed,
  fetched,
  healthy,
  healthyPolicy,
  nxdomain,
  session,
  tls,
  txt,
  withPolicy,
  withRecords,
} from '../check/observations.ts';

const startAt = Date.parse('2026-11-26T12:00:00.000Z');

/** Hours after the start. */
export function at(hours: number): Date {
  return new Date(startAt + hours * 3_600_000);
}

export function reportAt(observation: Observation, when: Date): Report {
  return createReport({ ...observation, startedAt: when.toISOString() });
}

/** State and incident as the store keeps them: JSON, its keys in another order. */
export class Watched {
  state: WatchState | undefined;
  incident: IncidentState | undefined;
  news: News | undefined;

  /** What is told, a line for each: `card` for the card that opens, then the entries of its thread. */
  look(observation: Observation, when: Date): readonly string[] {
    return this.judge(reportAt(observation, when), when);
  }

  judge(report: Report, when: Date): readonly string[] {
    const { state, news } = afterLook({ state: kept(this.state), report });
    this.state = state;
    this.news = news;
    const before = readIncident(this.incident && kept(this.incident));
    const step = incidentAfter({ incident: before, news, report, now: when });
    if (step === undefined) return [];
    this.incident = step.closed ? undefined : step.state;
    const card = before === undefined ? linesOf('card', step.state.open) : [];
    return [...card, ...step.entries.flatMap(entryLines)];
  }
}

// biome-ignore lint/suspicious/noExplicitAny: what comes back from a store has no type.
export function kept<T>(value: T): any {
  return value === undefined
    ? undefined
    : JSON.parse(JSON.stringify(value), (_, one: unknown) =>
        typeof one === 'object' && one !== null && !Array.isArray(one)
          ? Object.fromEntries(Object.entries(one).toReversed())
          : one,
      );
}

function entryLines(entry: IncidentEntry): readonly string[] {
  switch (entry.kind) {
    case 'added':
    case 'mended':
    case 'sustained':
      return linesOf(entry.kind, entry.findings);
    default:
      return [entry.kind];
  }
}

function linesOf(kind: string, findings: readonly IncidentFinding[]): readonly string[] {
  return findings.map(
    ({ severity, id, subject, unstable }) =>
      `${kind}: ${severity} ${id} ${subject}${unstable ? ' (comes and goes)' : ''}`,
  );
}

// Ways to be ill

export const uncovered = withPolicy(healthyPolicy.replace('mx: mx2.example.com\n', ''));
export const uncoveredInTesting = withPolicy(
  healthyPolicy.replace('mx: mx2.example.com\n', '').replace('enforce', 'testing'),
);
export const twoRecords = withRecords('v=STSv1; id=1;', 'v=STSv1; id=2;');
export const removed: Observation = {
  ...healthy,
  record: {
    ...healthy.record,
    lookup: nxdomain(healthy.record.lookup.name),
    authoritative: healthy.record.authoritative.map((one) => ({
      ...one,
      lookup: nxdomain(healthy.record.lookup.name),
    })),
  },
  policyHost: {
    ...healthy.policyHost,
    a: nxdomain(healthy.policyHost.name),
    aaaa: nxdomain(healthy.policyHost.name),
    fetches: [],
  },
};

export function withRecordFailing(problem: 'timeout' | 'servfail', base: Observation = healthy): Observation {
  const lookup = failed(base.record.lookup.name, problem);
  return {
    ...base,
    record: {
      ...base.record,
      lookup,
      authoritative: base.record.authoritative.map((one) => ({ ...one, lookup })),
    },
  };
}

export function withFetches(
  change: (address: string) => PolicyFetch['result'],
  base: Observation = healthy,
): Observation {
  const fetches = base.policyHost.fetches.map(({ address }) => ({
    address,
    timings: { totalMs: 20 },
    result: change(address),
  }));
  return { ...base, policyHost: { ...base.policyHost, fetches } };
}

export const refused = withFetches(() => ({
  kind: 'failed',
  at: 'connect',
  problem: 'connection-refused',
}));
export const policyNotMeasured = withFetches(() => ({ kind: 'not-measured', because: 'time-is-over' }));

export function withStatus(status: number): Observation {
  return withFetches((address) => fetched(address, '', { status }).result);
}

/** The certificate of the policy host ends so many days after the start. */
export function withHostCertificate(days: number, base: Observation = healthy): Observation {
  const shown = tls(base.policyHost.name, {
    chain: [certificate([base.policyHost.name], { notAfter: at(days * 24).toISOString() })],
  });
  return withFetches((address) => fetched(address, healthyPolicy, { tls: shown }).result, base);
}

/** A host with this result at each of its addresses. */
export function withSessions(
  host: string,
  result: SmtpSession['result'],
  base: Observation = healthy,
): Observation {
  return {
    ...base,
    mxHosts: base.mxHosts.map(
      (one): MxHostObservation =>
        one.host === host
          ? { ...one, sessions: one.sessions.map(({ address }) => session(host, address, result)) }
          : one,
    ),
  };
}

export function expired(host: string): SmtpSession['result'] {
  return {
    kind: 'secured',
    tls: tls(host, { chain: [certificate([host], { notAfter: at(-48).toISOString() })] }),
  };
}
const notLooked = { kind: 'not-measured', because: 'time-is-over' } as const;
export const noStarttls = { kind: 'failed', at: 'starttls', problem: 'not-offered' } as const;
export const unreachable = { kind: 'failed', at: 'connect', problem: 'timeout' } as const;

/** Only DNS and the policy were looked at. */
export function withoutSmtp(base: Observation = healthy): Observation {
  return base.mxHosts.reduce((all, { host }) => withSessions(host, notLooked, all), base);
}

/** The domain without one of its MX. */
export function withoutMx(host: string, base: Observation = healthy): Observation {
  if (base.mx.kind !== 'hosts') return base;
  return {
    ...base,
    mx: { ...base.mx, hosts: base.mx.hosts.filter((one) => one.host !== host) },
    mxHosts: base.mxHosts.filter((one) => one.host !== host),
  };
}

export const withoutReports: Observation = {
  ...healthy,
  tlsRpt: { ...healthy.tlsRpt, lookup: nxdomain(healthy.tlsRpt.lookup.name), destinations: [] },
};
export const reportsMistyped: Observation = {
  ...healthy,
  tlsRpt: { ...healthy.tlsRpt, lookup: txt(healthy.tlsRpt.lookup.name, 'v=TLSRPTv1; rua=tls@example.net') },
};
