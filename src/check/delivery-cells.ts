/** How one MX host's STARTTLS and certificate stand in a table: a word or two. */
import type { CertificateFaultKind } from './certificate.ts';
import { type AddressState, type HostState, hasCertificate } from './mx-host.ts';
import type { SmtpSession, TlsObservation } from './observation.ts';
import { isVerified } from './seen.ts';

const nothing = '–';

/** `TLS 1.3`, `not offered`, `refused`; two of them where the addresses differ. */
export function starttlsCell({ kind, addresses }: HostState): string {
  if (addresses.length === 0) return kind === 'no-address' ? nothing : 'not measured';
  return distinct(addresses.map(({ session, state }) => starttlsOf(session, state)));
}

export function starttlsOf({ result }: SmtpSession, state: AddressState): string {
  switch (state.kind) {
    case 'passes':
    case 'unverified':
      return versionName(state.tls.protocol);
    case 'not-measured':
      return 'not measured';
    case 'fails':
      if (state.at === 'tls-too-old') return `${oldVersionOf(result)} only`;
      return failureCells[state.at];
  }
}

const failureCells = {
  address: 'not public',
  'starttls-missing': 'not offered',
  'starttls-refused': 'refused',
  tls: 'handshake fails',
} as const;

/** The version that a host has instead of one that senders take. */
export function oldVersionOf(result: SmtpSession['result']): string {
  if (result.kind === 'secured') return versionName(result.tls.protocol);
  return versionName((result.kind === 'failed' ? result.olderProtocol : undefined) ?? 'an older TLS');
}

/** `TLS 1.2` for `TLSv1.2`, `TLS 1.0` for `TLSv1`. */
function versionName(protocol: string): string {
  return protocol.replace(/^TLSv1$/, 'TLSv1.0').replace('TLSv', 'TLS ');
}

/** `valid, 61 days`, `expired 2 days ago`, `other name`; two of them where the addresses differ. */
export function certificateCell({ addresses }: HostState, now: Date): string {
  const seen = addresses.flatMap(({ state }) => (hasCertificate(state) ? [certificateOf(state, now)] : []));
  return seen.length === 0 ? nothing : distinct(seen);
}

/** Of one address: what is wrong, else how long it stays so. */
export function certificateOf(
  { tls, faults }: Extract<AddressState, { readonly tls: TlsObservation }>,
  now: Date,
): string {
  const fault = faults.find(({ kind }) => kind !== 'expiring');
  const [own] = tls.chain;
  if (fault === undefined) {
    return isVerified(tls, now) ? `valid, ${spanOf(now, own.notAfter)}` : 'not trusted';
  }
  if (fault.kind !== 'expired') return faultCells[fault.kind];
  return new Date(own.notAfter) < now ? `expired ${spanOf(now, own.notAfter)} ago` : 'chain expired';
}

const faultCells: Readonly<Record<Exclude<CertificateFaultKind, 'expired'>, string>> = {
  'not-yet-valid': 'not valid yet',
  expiring: 'expiring',
  'name-mismatch': 'other name',
  'cn-only': 'no SAN',
  'partial-wildcard': 'partial wildcard',
  'ip-san-only': 'IP address only',
  'self-signed': 'self-signed',
  untrusted: 'not trusted',
  'chain-incomplete': 'chain incomplete',
  'wrong-eku': 'not for servers',
  'weak-key': 'weak key',
  sha1: 'signed with SHA-1',
};

const hourMs = 3_600_000;

function spanOf(now: Date, end: string): string {
  const hours = Math.floor(Math.abs(Date.parse(end) - now.getTime()) / hourMs);
  const [count, unit] = hours < 48 ? [hours, 'hour'] : [Math.floor(hours / 24), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function distinct(cells: readonly string[]): string {
  return [...new Set(cells)].join(' / ');
}
