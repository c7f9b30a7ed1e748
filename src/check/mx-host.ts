/**
 * What was seen of one MX host, read as a sender reads it: which of its addresses pass, fail or are not
 * measured, and whether DANE counts. What a policy makes of it is in delivery.ts, what to mend in rules/.
 */
import type { HostName } from '../protocol/domain.ts';
import { type CertificateFault, certificateFaults } from './certificate.ts';
import { isInDate } from './certificate-dates.ts';
import { coverageOf } from './certificate-names.ts';
import type { MxHostObservation, SmtpSession, TlsaRecord, TlsObservation } from './observation.ts';
import { isVerified } from './seen.ts';

/** What a sender meets at one address, up to and with the certificate (RFC 8461 §4.2). */
export type AddressState =
  | ({ readonly kind: 'passes' } & Shown)
  /** TLS comes up, and the certificate is not one that a sender takes. */
  | ({ readonly kind: 'unverified' } & Shown)
  /** STARTTLS or the handshake fails, or no sender may connect there. */
  | { readonly kind: 'fails'; readonly at: FailedAt }
  /** It failed so at first, and came through a second time. */
  | { readonly kind: 'not-measured'; readonly because: 'second-try-differs'; readonly at: FailedAt }
  /** Nobody can tell from here what another sender meets. */
  | {
      readonly kind: 'not-measured';
      readonly because: 'not-looked' | 'no-ipv6' | 'unreachable' | 'rejects-us';
    };

/** The certificate of an address, and all that is wrong with it. */
interface Shown {
  readonly tls: TlsObservation;
  readonly faults: readonly CertificateFault[];
}

export type FailedAt = 'address' | 'starttls-missing' | 'starttls-refused' | 'tls' | 'tls-too-old';

export interface HostState {
  readonly observation: MxHostObservation;
  readonly host: HostName;
  /** `no-address`: DNS says that there is none, or only such as no sender reaches. */
  readonly kind: 'passes' | 'fails' | 'no-address' | 'not-measured';
  readonly addresses: readonly { readonly session: SmtpSession; readonly state: AddressState }[];
  readonly dane: DaneState;
}

/** RFC 7672 §2.2: DANE counts only where TLSA and addresses are secured by DNSSEC. */
export type DaneState =
  | 'none'
  /** TLSA records without DNSSEC, which senders leave alone. */
  | 'insecure'
  /** Whether DNSSEC secures them is not known: this resolver does not validate. */
  | 'unknown'
  | 'matches'
  | 'mismatches'
  /** Records name an authority, and what it issued is out of date or for another name (RFC 7672 §3.1.2). */
  | 'anchor-only'
  /** The records are there to be asked for, and DNS fails: for DNSSEC, or so that it may pass. */
  | 'bogus'
  | 'fails'
  /** It counts, and no handshake was seen to hold it against; or no record is of a usable kind. */
  | 'undecided';

/** Whether senders that know DANE do not deliver to the host, whatever the policy says. */
export function isRefusedByDane(dane: DaneState): boolean {
  return dane === 'mismatches' || dane === 'anchor-only' || dane === 'bogus';
}

export interface Reading {
  readonly now: Date;
  /** The mail domain: a certificate under an authority of TLSA may be for it as well. */
  readonly domain: string;
  /** Whether the resolver is shown to validate. */
  readonly validates: boolean | undefined;
  /** What a certificate for another name may have been meant for. */
  readonly otherNames: readonly string[];
}

export function readHost(observation: MxHostObservation, reading: Reading): HostState {
  const { now, otherNames } = reading;
  const shown = (tls: TlsObservation) => certificateFaults(tls, observation.host, now, otherNames);
  const addresses = observation.sessions.map((session) => ({
    session,
    state: readSession(session, now, shown),
  }));
  return {
    observation,
    host: observation.host,
    kind: kindOf(observation, addresses),
    addresses,
    dane: daneOf(observation, reading),
  };
}

function kindOf({ a, aaaa }: MxHostObservation, addresses: HostState['addresses']): HostState['kind'] {
  if (addresses.length === 0) {
    const none = [a, aaaa].every((lookup) => lookup.kind === 'answered' && lookup.records.length === 0);
    return none ? 'no-address' : 'not-measured';
  }
  const states = addresses.map(({ state }) => state);
  // A sender goes on to the next address, so that one good one is enough.
  if (states.some(({ kind }) => kind === 'passes')) return 'passes';
  if (states.every((state) => state.kind === 'fails' && state.at === 'address')) return 'no-address';
  if (states.some((state) => isFault(state) && !isRefusedAddress(state))) return 'fails';
  return 'not-measured';
}

/** Whether a sender that honours the policy refuses this address. */
export function isFault({ kind }: AddressState): boolean {
  return kind === 'unverified' || kind === 'fails';
}

/** Whether no sender may connect to this address. */
export function isRefusedAddress(state: AddressState): boolean {
  return state.kind === 'fails' && state.at === 'address';
}

/** Whether the handshake came to a certificate of a version that senders take. */
export function hasCertificate(state: AddressState): state is Extract<AddressState, Shown> {
  return state.kind === 'passes' || state.kind === 'unverified';
}

/** RFC 8996: not to be used any more. */
const oldVersions = new Set(['TLSv1', 'TLSv1.1', 'SSLv3']);

function readSession(
  { address, result }: SmtpSession,
  now: Date,
  faultsOf: (tls: TlsObservation) => readonly CertificateFault[],
): AddressState {
  switch (result.kind) {
    case 'address-refused':
      return { kind: 'fails', at: 'address' };
    case 'not-measured': {
      const isWithoutIpv6 = result.because === 'no-route' && address.includes(':');
      return { kind: 'not-measured', because: isWithoutIpv6 ? 'no-ipv6' : 'not-looked' };
    }
    case 'secured': {
      const { tls } = result;
      if (oldVersions.has(tls.protocol)) return { kind: 'fails', at: 'tls-too-old' };
      const faults = faultsOf(tls);
      return { kind: isTaken(tls, faults, now) ? 'passes' : 'unverified', tls, faults };
    }
    case 'failed':
      return readFailure(result);
  }
}

/** Whether a sender takes the certificate; one that is not for servers fails in OpenSSL and its like. */
function isTaken(tls: TlsObservation, faults: readonly CertificateFault[], now: Date): boolean {
  return isVerified(tls, now) && !faults.some(({ kind }) => kind === 'wrong-eku');
}

/** Before STARTTLS a failure may be about this machine alone, and proves nothing. */
function readFailure({
  at,
  problem,
  olderProtocol,
  again,
}: Extract<SmtpSession['result'], { readonly kind: 'failed' }>): AddressState {
  if (at === 'connect') return { kind: 'not-measured', because: 'unreachable' };
  if (at === 'greeting' || at === 'ehlo') {
    return { kind: 'not-measured', because: problem === 'rejected' ? 'rejects-us' : 'unreachable' };
  }
  const old = olderProtocol === undefined ? 'tls' : 'tls-too-old';
  const failedAt = at === 'tls' ? old : problem === 'not-offered' ? 'starttls-missing' : 'starttls-refused';
  return again === 'secured'
    ? { kind: 'not-measured', because: 'second-try-differs', at: failedAt }
    : { kind: 'fails', at: failedAt };
}

function daneOf(
  { a, aaaa, tlsa, sessions }: MxHostObservation,
  { now, domain, validates }: Reading,
): DaneState {
  const found = [a, aaaa].flatMap((lookup) =>
    lookup.kind === 'answered' && lookup.records.length > 0 ? [lookup] : [],
  );
  const secured = found.every(({ authentic }) => authentic);
  if (tlsa.kind === 'failed' && tlsa.problem === 'servfail' && validates === true) {
    // RFC 7672 §2.2.2: for addresses that are not secured nobody asks for TLSA.
    if (found.length === 0 || !secured) return 'none';
    return tlsa.bogus === true ? 'bogus' : 'fails';
  }
  if (tlsa.kind !== 'answered' || tlsa.records.length === 0) return 'none';
  if (validates !== true) return 'unknown';
  if (!tlsa.authentic || !secured) return 'insecure';
  const held = sessions.flatMap(({ result }) =>
    result.kind === 'secured' && result.tlsaMatches !== undefined
      ? [{ tls: result.tls, matches: result.tlsaMatches }]
      : [],
  );
  if (held.length === 0 || !tlsa.records.some(isUsableTlsa)) return 'undecided';
  const fitting = held.flatMap(({ tls, matches }) =>
    tlsa.records
      .filter((record, at) => isUsableTlsa(record) && matches[at])
      .map(({ usage }) => ({ tls, usage })),
  );
  // RFC 7672 §3.1.1: with a certificate's own record neither name nor date counts; with an authority's both do.
  if (fitting.some(({ tls, usage }) => usage === daneEe || isForMail(tls, domain, now))) return 'matches';
  return fitting.length > 0 ? 'anchor-only' : 'mismatches';
}

/** RFC 7672 §3.2.3: the MX host or the mail domain; the common name where there is no other. */
function isForMail(tls: TlsObservation, domain: string, now: Date): boolean {
  const [{ dnsNames, commonName }] = tls.chain;
  const names = dnsNames.length > 0 || commonName === undefined ? dnsNames : [commonName];
  return isInDate(tls, now) && (tls.nameMatches || coverageOf(names)(domain));
}

const daneTa = 2;
const daneEe = 3;
/** Hexadecimal digits of a digest, by matching type. */
const digestLengths = [undefined, 64, 128];

/** RFC 7672 §3.1: DANE-TA and DANE-EE; senders leave other usages, and what is malformed, alone (RFC 6698 §4.1). */
function isUsableTlsa({ usage, selector, matchingType, data }: TlsaRecord): boolean {
  if ((usage !== daneTa && usage !== daneEe) || selector > 1 || matchingType > 2) return false;
  return data.length === (digestLengths[matchingType] ?? data.length);
}
