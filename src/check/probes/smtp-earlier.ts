/** What an earlier look saw of an MX host, where that can stand in for connecting to it again. */
import type {
  DnsLookup,
  MxHostObservation,
  NotMeasured,
  Observation,
  SmtpSession,
  TlsaRecord,
} from '../observation.ts';

/** What this look needs not see again. */
type Known = Pick<MxHostObservation, 'sessions' | 'tlsa'> & { readonly lookedAt: string };

/**
 * The sessions of the earlier look and when they were, where the host has the addresses and the TLSA records that it
 * had, and each address was looked at. Undefined: the host has to be connected to.
 */
export function knownHost(
  earlier: Observation,
  now: Pick<MxHostObservation, 'host' | 'a' | 'aaaa' | 'tlsa'>,
): Known | undefined {
  const before = earlier.mxHosts.find(({ host }) => host === now.host);
  if (before === undefined || before.sessions.length === 0 || before.sessions.some(wasMissed))
    return undefined;
  const isSame =
    isSameAnswer(before.a, now.a) &&
    isSameAnswer(before.aaaa, now.aaaa) &&
    isSameAnswer(before.tlsa, now.tlsa);
  if (!isSame) return undefined;
  return {
    sessions: before.sessions,
    tlsa: inOrderOf(before.tlsa, now.tlsa),
    lookedAt: before.lookedAt ?? earlier.startedAt,
  };
}

/** Another try may come through. */
const passing: ReadonlySet<NotMeasured['because']> = new Set([
  'time-is-over',
  'asked-too-often',
  'not-needed',
  'own-network',
]);

function wasMissed({ result }: SmtpSession): boolean {
  return result.kind === 'not-measured' && passing.has(result.because);
}

/** The same records, in whatever order, or the same failure: many servers fail at TLSA for years. */
function isSameAnswer<T>(before: DnsLookup<T>, now: DnsLookup<T>): boolean {
  if (before.kind === 'failed' && now.kind === 'failed') {
    return before.problem === now.problem && before.bogus === now.bogus;
  }
  if (before.kind !== 'answered' || now.kind !== 'answered') return false;
  const keys = ({ records }: { readonly records: readonly T[] }) =>
    JSON.stringify(records.map((record) => JSON.stringify(record)).toSorted());
  return keys(before) === keys(now);
}

/** `tlsaMatches` of the sessions counts the records as they stood then. */
function inOrderOf(before: DnsLookup<TlsaRecord>, now: DnsLookup<TlsaRecord>): DnsLookup<TlsaRecord> {
  return before.kind === 'answered' && now.kind === 'answered' ? { ...now, records: before.records } : now;
}
