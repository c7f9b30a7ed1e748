/** What the rules about SMTP, certificates and DANE share: their facts, and what a failing host means to a sender. */
import { readHosts } from '../delivery.ts';
import type { HostState } from '../mx-host.ts';
import type { Raised, Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { type Force, forceOf } from '../verdict.ts';
import { inWords } from '../words.ts';

export interface SmtpFacts {
  readonly seen: Seen;
  readonly force: Force;
  readonly states: readonly HostState[];
}

export type Address = HostState['addresses'][number];

/** What a sender does about a host that fails: the consequence, before the reason. */
export function consequence(force: Force, host: string): string {
  switch (force) {
    case 'enforce':
      return `Senders that honour the policy do not deliver to ${host}.`;
    case 'testing':
      return `Senders report ${host} as a failure, and in enforce would not deliver to it.`;
    case 'unknown':
    case 'off':
      return `Senders that ask for verified TLS would not deliver to ${host}.`;
  }
}

/** Testing delivers all the same, so that only enforce can stop mail. */
export function breaking(force: Force): Pick<Raised, 'breaks'> {
  return force === 'enforce' ? {} : { breaks: false };
}

export const unlessOff = {
  told: 'error; warning where no policy is in force, and for what a second try did not meet',
  of: ({ force }: { readonly force: Force }) =>
    force === 'enforce' || force === 'testing' ? 'error' : 'warning',
} as const;

/** The hosts, where something of this kind was measured at one of their addresses. */
export function smtpFacts(
  seen: Seen,
  isMeasured: (address: Address) => boolean,
  otherwise: string,
): SmtpFacts | Skip {
  const states = readHosts(seen);
  if (states.length === 0) return { skip: 'the domain has no MX host' };
  if (!states.some(({ addresses }) => addresses.some(isMeasured))) return { skip: otherwise };
  return { seen, force: forceOf(seen), states };
}

export const unseen = 'no MX host could be measured from here';

/** ` (Seen at 192.0.2.1.)` where only some of the addresses do so. */
export function placesOf({ addresses }: HostState, here: readonly Address[]): string {
  if (here.length === addresses.length) return '';
  return ` (Seen at ${inWords(here.map(({ session }) => session.address))}.)`;
}

/** For the middle of a sentence. */
export function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
