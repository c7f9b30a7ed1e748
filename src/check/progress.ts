/**
 * How far one look at a domain is, as plain values, for whoever waits for it: a line in the terminal, a
 * message in Slack. What was seen is the observation's to tell.
 */
import type { HostName } from '../protocol/domain.ts';

export type StepState =
  /** No answer yet. */
  | 'looking'
  /** It answered as a sender needs it. */
  | 'done'
  /** It did not, or it could not be looked at; the report says why. */
  | 'failed'
  /** There is nothing to look at: no record, and so no policy; no MX. */
  | 'nothing';

export interface Progress {
  /** The TXT record at `_mta-sts`. */
  readonly record: StepState;
  /** The policy at the policy host, at all its addresses. */
  readonly policy: StepState;
  /** The MX of the domain in DNS. */
  readonly mx: StepState;
  /** Each MX host at all its addresses, in order of preference; empty until `mx` is done. */
  readonly hosts: readonly HostProgress[];
}

interface HostProgress {
  readonly host: HostName;
  readonly state: StepState;
}

/** Before the first answer. */
export const nothingYet: Progress = { record: 'looking', policy: 'looking', mx: 'looking', hosts: [] };

const signs: Readonly<Record<StepState, string>> = {
  looking: '…',
  done: '✓',
  failed: '✗',
  nothing: '–',
};

/** Each step as a word and its sign, in reading order: `record ✓`, `policy …`, `mx1.example.com ✓`. */
export function progressSteps({ record, policy, mx, hosts }: Progress): readonly string[] {
  return [
    `record ${signs[record]}`,
    `policy ${signs[policy]}`,
    ...(hosts.length === 0 ? [`MX ${signs[mx]}`] : hosts.map(({ host, state }) => `${host} ${signs[state]}`)),
  ];
}
