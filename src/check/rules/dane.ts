/** TLSA records of the MX hosts, and what they do to MTA-STS (RFC 8461 §2, RFC 7672). */
import { rfc } from '../../protocol/rfc.ts';
import type { CertificateFault } from '../certificate.ts';
import { readHosts } from '../delivery.ts';
import type { DaneState, HostState } from '../mx-host.ts';
import { type Raised, type Rule, rule, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { type Force, forceOf } from '../verdict.ts';
import { inWords } from '../words.ts';
import { asRaised, byForce } from './needs.ts';
import { breaking, consequence, type SmtpFacts } from './smtp-facts.ts';

/** Where nothing shows that the resolver validates, DNSSEC is not measured. */
function daneFacts(seen: Seen): SmtpFacts | Skip {
  if (seen.observation.resolver.validates !== true) return { skip: 'the resolver does not validate DNSSEC' };
  const states = readHosts(seen);
  const asked = states.some(
    ({ observation, dane }) => observation.tlsa.kind === 'answered' || isFailing(dane),
  );
  if (!asked) return { skip: 'DNS gave no answer for TLSA' };
  return { seen, force: forceOf(seen), states };
}

function isFailing(dane: DaneState): boolean {
  return dane === 'bogus' || dane === 'fails';
}

const settled: readonly DaneState[] = ['matches', 'mismatches', 'anchor-only', 'bogus', 'fails'];

function heldFacts(seen: Seen): SmtpFacts | Skip {
  const facts = daneFacts(seen);
  if ('skip' in facts) return facts;
  return facts.states.some(({ dane }) => dane === 'undecided') &&
    !facts.states.some(({ dane }) => settled.includes(dane))
    ? { skip: 'no handshake was seen that a TLSA record could be held against' }
    : facts;
}

const mismatch = rule({
  id: 'dane.tlsa-mismatch',
  area: 'dane',
  title: 'No TLSA record of an MX host fits its certificate',
  severity: asRaised('error; warning where DNS fails for TLSA and not for DNSSEC'),
  cite: rfc(8461, '2'),
  needs: heldFacts,
  judge: ({ force, states }) => states.flatMap((state) => mismatchOf(force, state)),
});

/** Of what Postfix, Exchange Online and others do. */
const refuses = 'Senders that know DANE (Outlook.com, Postfix and others) do not deliver to';

function mismatchOf(
  force: Force,
  { host, dane, addresses, observation: { tlsa } }: HostState,
): readonly Raised[] {
  switch (dane) {
    case 'mismatches':
      return [
        {
          subject: host,
          detail: `${refuses} ${host}: none of the TLSA records at ${tlsa.name} fits the certificate that it shows. MTA-STS cannot rescue this.`,
          remedy: `Publish the TLSA record of the certificate that ${host} shows now, and at each renewal publish the new one first.`,
        },
      ];
    case 'anchor-only': {
      // In enforce nobody delivers there, which is told of the certificate.
      if (force === 'enforce') return [];
      const fault = faultsOf(addresses)[0];
      return [
        {
          subject: host,
          detail:
            `${refuses} ${host}: the TLSA records at ${tlsa.name} name an authority, and the certificate under it is not in order. ${fault?.detail ?? ''}`.trim(),
          remedy: fault?.remedy ?? `Get a certificate for \`${host}\`.`,
        },
      ];
    }
    case 'bogus':
    case 'fails':
      return [
        {
          subject: host,
          title: 'The TLSA records of an MX host cannot be looked up',
          severity: dane === 'bogus' ? 'error' : 'warning',
          detail: `${refuses} ${host} as long as ${dane === 'bogus' ? 'DNSSEC' : 'DNS'} fails for ${tlsa.name}: its addresses are signed, and so they have to know of TLSA.`,
          remedy: `Mend the zone, so that its name servers answer a question for TLSA at \`${tlsa.name}\`, also where there is none.`,
        },
      ];
    default:
      return [];
  }
}

/** What is wrong with the certificates that were shown. */
function faultsOf(addresses: HostState['addresses']): readonly CertificateFault[] {
  return addresses.flatMap(({ state }) => (state.kind === 'unverified' ? state.faults : []));
}

const withoutDnssec = rule({
  id: 'dane.tlsa-without-dnssec',
  area: 'dane',
  title: 'A TLSA record is not secured by DNSSEC',
  severity: 'warning',
  cite: rfc(7672, '2.2'),
  needs: daneFacts,
  judge: ({ states }) =>
    states.flatMap(({ host, dane, observation: { tlsa } }) =>
      dane === 'insecure'
        ? [
            {
              subject: host,
              detail: `Senders leave the TLSA records at ${tlsa.name} alone, because DNSSEC does not secure ${tlsa.kind === 'answered' && tlsa.authentic ? `the addresses of ${host}` : 'them'}.`,
              remedy: `Sign the zone of ${host}, or remove the TLSA records.`,
            },
          ]
        : [],
    ),
});

const selfSigned = rule({
  id: 'dane.self-signed-with-sts',
  area: 'dane',
  title: 'The certificate of an MX host satisfies DANE alone',
  severity: byForce,
  cite: rfc(8461, '4.2'),
  supersedes: [
    'smtp.cert-self-signed',
    'smtp.cert-untrusted',
    'smtp.cert-chain-incomplete',
    'smtp.cert-name-mismatch',
    'smtp.cert-cn-only',
    'smtp.cert-partial-wildcard',
    'smtp.cert-ip-san-only',
    'smtp.cert-expired',
    'smtp.cert-not-yet-valid',
  ],
  needs: (seen) => {
    const facts = heldFacts(seen);
    if ('skip' in facts) return facts;
    return facts.force === 'off' ? { skip: 'the domain has no policy in force' } : facts;
  },
  judge: ({ force, states }) =>
    states.flatMap(({ host, kind, dane, addresses }) => {
      const fault = faultsOf(addresses)[0];
      if (dane !== 'matches' || kind !== 'fails' || fault === undefined) return [];
      const { detail, remedy } = fault;
      return [
        {
          subject: host,
          detail: `${consequence(force, host)} ${detail} It fits its TLSA record: senders that know DANE deliver, and those that know MTA-STS alone (such as Gmail) do not.`,
          // The same certificate, served with what was left out.
          remedy:
            fault.kind === 'chain-incomplete'
              ? remedy
              : `${remedy} Publish its TLSA record before it is used.`,
          ...breaking(force),
        },
      ];
    }),
});

const secured: readonly DaneState[] = ['matches', 'mismatches', 'anchor-only', 'undecided'];

const partial = rule({
  id: 'dane.partial',
  area: 'dane',
  title: 'Only some MX hosts have TLSA records',
  severity: 'notice',
  cite: rfc(7672, '2.2'),
  needs: daneFacts,
  judge: ({ seen, states }) => {
    const having = states.filter(({ dane }) => secured.includes(dane));
    const without = states.filter(
      ({ dane, observation }) => dane === 'none' && observation.tlsa.kind === 'answered',
    );
    const [first] = without;
    if (having.length === 0 || first === undefined) return [];
    return [
      {
        subject: seen.domain,
        detail: `DANE protects ${inWords(having.map(({ host }) => host))} and not ${inWords(without.map(({ host }) => host))}: whoever blocks the former leads mail to the latter.`,
        remedy: `Publish TLSA records for ${inWords(without.map(({ host }) => `_25._tcp.${host}`))}, too.`,
      },
    ];
  },
});

export const daneRules: readonly Rule[] = [mismatch, withoutDnssec, selfSigned, partial];
