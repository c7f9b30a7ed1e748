/** One look-up within one look: what DNS answered, or that our own time was over. */
import { type DnsLookup, type TxtRecord, timeIsOver } from '../observation.ts';
import { queryAndExplain } from './dns-client.ts';
import type { RecordData, RecordType } from './dns-data.ts';
import { isAskable } from './dns-message.ts';
import type { Network } from './network.ts';

/**
 * Asks the resolvers. A name that DNS cannot hold, such as one that a prefix made too long, is
 * `not-needed`; nothing can stand there. When the signal fires before anybody said anything, the time is over.
 */
export async function lookup<T extends RecordType>(
  name: string,
  type: T,
  network: Network,
  signal: AbortSignal,
): Promise<DnsLookup<RecordData[T]>> {
  if (!isAskable(name)) return { kind: 'not-measured', name, because: 'not-needed' };
  return measured(await queryAndExplain(name, type, network, signal), signal);
}

/** TXT at each of the names. */
export function lookupTexts(
  names: readonly string[],
  network: Network,
  signal: AbortSignal,
): Promise<readonly DnsLookup<TxtRecord>[]> {
  return Promise.all(names.map((name) => lookup(name, 'TXT', network, signal)));
}

/** Silence of a server is a problem of DNS only where there was time to hear it. */
export function measured<T>(outcome: DnsLookup<T>, signal: AbortSignal): DnsLookup<T> {
  const isOver = signal.aborted && outcome.kind === 'failed' && outcome.problem === 'timeout';
  return isOver ? { ...timeIsOver, name: outcome.name } : outcome;
}
