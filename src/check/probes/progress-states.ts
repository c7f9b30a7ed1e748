/** How far a step is, in a word, from what was seen: for whoever waits. Whether it is well is for the rules to say. */
import type { DnsLookup, PolicyFetch, SmtpSession, TxtRecord } from '../observation.ts';
import type { StepState } from '../progress.ts';

export function recordState(lookup: DnsLookup<TxtRecord>): StepState {
  if (lookup.kind !== 'answered') return 'failed';
  return lookup.records.length === 0 ? 'nothing' : 'done';
}

export function policyState(fetches: readonly PolicyFetch[]): StepState {
  if (fetches.length === 0) return 'nothing';
  const served = ({ result }: PolicyFetch) => result.kind === 'response' && result.response.status === 200;
  return fetches.some(served) ? 'done' : 'failed';
}

export function hostState(sessions: readonly SmtpSession[]): StepState {
  return sessions.some(({ result }) => result.kind === 'secured') ? 'done' : 'failed';
}
