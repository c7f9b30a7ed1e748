/** The certificates that the MX hosts show, judged fault by fault; hosts whose addresses differ are in smtp.ts. */
import { rfc } from '../../protocol/rfc.ts';
import type { CertificateFaultKind } from '../certificate.ts';
import { type AddressState, type HostState, hasCertificate } from '../mx-host.ts';
import { type Raised, type Rule, rule, type Skip } from '../rule.ts';
import { isVerified, type Seen } from '../seen.ts';
import { byForce } from './needs.ts';
import {
  type Address,
  breaking,
  consequence,
  lowered,
  placesOf,
  type SmtpFacts,
  smtpFacts,
  unlessOff,
} from './smtp-facts.ts';

const certificateTitles = {
  expired: 'The certificate of an MX host has expired',
  'not-yet-valid': 'The certificate of an MX host is not valid yet',
  'self-signed': 'The certificate of an MX host signed itself',
  untrusted: 'The certificate of an MX host leads to no trusted authority',
  'chain-incomplete': 'An MX host does not send its intermediate certificate',
  'name-mismatch': 'The certificate of an MX host is for another name',
  'cn-only': 'The certificate of an MX host has its name in the common name alone',
  'partial-wildcard': 'The certificate of an MX host has a wildcard that covers nothing',
  'ip-san-only': 'The certificate of an MX host is for an address, and for no name',
  'wrong-eku': 'The certificate of an MX host is not for servers',
  'weak-key': 'The certificate of an MX host has a weak key',
  sha1: 'The certificate of an MX host is signed with SHA-1 or older',
  expiring: 'The certificate of an MX host expires soon',
} as const satisfies Record<CertificateFaultKind, string>;

/** By dates and trust the catalogue is milder in testing than by names. */
const milder: readonly CertificateFaultKind[] = [
  'expired',
  'not-yet-valid',
  'self-signed',
  'untrusted',
  'chain-incomplete',
];

/** What a sender takes nevertheless, so that no mail is lost by it now. */
function isTakenNow({ kind, state }: FaultAt, now: Date): boolean {
  if (kind === 'expiring') return true;
  return (kind === 'weak-key' || kind === 'sha1') && 'tls' in state && isVerified(state.tls, now);
}

interface FaultAt {
  readonly kind: CertificateFaultKind;
  readonly state: AddressState;
  readonly address: Address;
  readonly detail: string;
  readonly remedy: string;
  readonly severity: 'error' | 'warning';
}

function certificateRule(kind: CertificateFaultKind): Rule {
  return rule({
    id: `smtp.cert-${kind}`.replace('cert-weak-key', 'weak-key').replace('cert-sha1', 'sha1'),
    area: 'smtp',
    title: certificateTitles[kind],
    severity: kind === 'expiring' ? expiringSeverity : milder.includes(kind) ? byForce : unlessOff,
    cite: rfc(8461, '4.2'),
    needs: certificateFacts,
    judge: (facts) => facts.states.flatMap((host) => raiseCertificate(facts, host, kind)),
  });
}

const expiringSeverity = {
  told: 'warning; error where an eighth of the lifetime or three days are left, and a policy is in force',
  of: ({ force }: SmtpFacts, { severity }: Raised) => (force === 'off' ? 'warning' : (severity ?? 'warning')),
} as const;

function raiseCertificate(
  { seen, force }: SmtpFacts,
  host: HostState,
  kind: CertificateFaultKind,
): readonly Raised[] {
  // DANE alone is a way to be verified; beside MTA-STS it is told by dane.self-signed-with-sts.
  if (host.dane === 'matches' && force === 'off') return [];
  const here = host.addresses.flatMap((address): readonly FaultAt[] => {
    const { state } = address;
    if (!hasCertificate(state)) return [];
    // Where another address passes, the table says it.
    if (state.kind === 'unverified' && host.kind !== 'fails') return [];
    return state.faults.filter((fault) => fault.kind === kind).map((fault) => ({ ...fault, state, address }));
  });
  const [first] = here;
  if (first === undefined) return [];
  const taken = here.every((fault) => isTakenNow(fault, seen.now));
  const before = taken ? '' : `${consequence(force, host.host)} `;
  const after = kind === 'expiring' ? ` From then on ${lowered(consequence(force, host.host))}` : '';
  return [
    {
      subject: host.host,
      detail: `${before}${first.detail}${after}${placesOf(
        host,
        here.map(({ address }) => address),
      )}`,
      remedy: first.remedy,
      ...(kind === 'expiring' && force !== 'off' ? { severity: first.severity } : {}),
      ...(taken ? { breaks: false } : breaking(force)),
    },
  ];
}

function certificateFacts(seen: Seen): SmtpFacts | Skip {
  return smtpFacts(seen, ({ state }) => hasCertificate(state), 'no certificate of an MX host was seen');
}

export const smtpCertificateRules: readonly Rule[] = Object.keys(certificateTitles).map((kind) =>
  certificateRule(kind as CertificateFaultKind),
);
