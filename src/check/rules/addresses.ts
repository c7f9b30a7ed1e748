/**
 * The addresses of the policy host, so that one fault is told once: of the host where every address shows
 * it, else of the addresses that do.
 */
import type { PolicyFetch } from '../observation.ts';
import type { Raised, Severity, Skip } from '../rule.ts';
import { type Answer, isResponse, type Seen } from '../seen.ts';
import { inWords } from '../words.ts';
import { skip, unasked } from './needs.ts';

/** A fetch that was tried, and failed or was answered. */
type Tried = PolicyFetch & {
  readonly result: Extract<PolicyFetch['result'], { readonly kind: 'failed' | 'response' }>;
};
export type Failed = PolicyFetch & {
  readonly result: Extract<PolicyFetch['result'], { readonly kind: 'failed' }>;
};

export interface TriedAddresses {
  readonly seen: Seen;
  /** At least one. */
  readonly tried: readonly Tried[];
  readonly answers: readonly Answer[];
  readonly failures: readonly Failed[];
}

/** Everything that was tried, or why there is nothing of it. */
export function triedAddresses(seen: Seen): TriedAddresses | Skip {
  const off = unasked(seen);
  if (off !== undefined) return off;
  const { fetches } = seen.observation.policyHost;
  const tried = fetches.filter(isTried);
  if (tried.length === 0) {
    return skip(
      fetches.length === 0
        ? 'the policy host has no address to try'
        : 'no address of the policy host could be tried from here',
    );
  }
  return { seen, tried, answers: tried.filter(isResponse), failures: tried.filter(isFailed) };
}

function isTried(fetch: PolicyFetch): fetch is Tried {
  return fetch.result.kind === 'failed' || fetch.result.kind === 'response';
}

function isFailed(fetch: PolicyFetch): fetch is Failed {
  return fetch.result.kind === 'failed';
}

export interface AddressFault {
  readonly detail: string;
  readonly remedy: string;
  readonly severity?: Severity;
}

/** The faults of these fetches, one for each that is worded alike. */
export function raiseByAddress<T extends PolicyFetch>(
  seen: Seen,
  fetches: readonly T[],
  faultOf: (fetch: T) => AddressFault | undefined,
): readonly Raised[] {
  const shown = fetches.flatMap((fetch) => {
    const fault = faultOf(fetch);
    return fault === undefined ? [] : [{ address: fetch.address, fault }];
  });
  return [...Map.groupBy(shown, ({ fault }) => fault.detail).values()].flatMap((group): Raised[] => {
    const [first] = group;
    if (first === undefined) return [];
    const { detail, remedy, severity } = first.fault;
    if (group.length === fetches.length) {
      return [{ subject: seen.policyHost, detail, remedy, ...(severity === undefined ? {} : { severity }) }];
    }
    const rated = severity ?? (isSpared(seen) ? 'warning' : undefined);
    return [
      {
        subject: inWords(group.map(({ address }) => address)),
        detail: `${detail} The other addresses of ${seen.policyHost} do not show this, so that some senders meet it and others do not.`,
        remedy,
        ...(rated === undefined ? {} : { severity: rated }),
      },
    ];
  });
}

/** Whether a sender without IPv6 has an address that works: then a fault of another one costs some senders a second try. */
export function isSpared({ usableFetches, observation }: Seen): boolean {
  const isIpv4 = ({ address }: PolicyFetch) => !address.includes(':');
  return (
    usableFetches.some(isIpv4) || (usableFetches.length > 0 && !observation.policyHost.fetches.some(isIpv4))
  );
}
