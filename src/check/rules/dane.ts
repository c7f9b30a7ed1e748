/** TLSA records of the MX hosts, and what they do to MTA-STS (RFC 8461 §2, RFC 7672). */
import { rfc } from '../../protocol/rfc.ts';
import { readHosts } from '../delivery.ts';
import { type DaneState, type HostState, isFault } from '../mx-host.ts';
import { type Rule, rule, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { type Force, forceOf } from '../verdict.ts';
import { inWords } from './facts.ts';
import { breaking, byForce, consequence } from './smtp-facts.ts';

interface Facts {
  readonly seen: Seen;
  readonly force: Force;
  readonly states: readonly HostState[];
}

/** Where nothing shows that the resolver validates, DNSSEC is not measured. */
function daneFacts(seen: Seen): Facts | Skip {
  if (seen.observation.resolver.validates !== true) return { skip: 'the resolver does not validate DNSSEC' };
  const states = readHosts(seen);
  const asked = states.some(({ observation }) => observation.tlsa.kind === 'answered');
  if (!asked) return { skip: 'DNS gave no answer for TLSA' };
  return { seen, force: forceOf(seen), states };
}

function heldFacts(seen: Seen): Facts | Skip {
  const facts = daneFacts(seen);
  if ('skip' in facts) return facts;
  return facts.states.some(({ dane }) => dane === 'undecided') &&
    !facts.states.some(({ dane }) => dane === 'matches' || dane === 'mismatches')
    ? { skip: 'no handshake was seen that a TLSA record could be held against' }
    : facts;
}

const mismatch = rule({
  id: 'dane.tlsa-mismatch',
  area: 'dane',
  title: 'No TLSA record of an MX host fits its certificate',
  severity: 'error',
  cite: rfc(8461, '2'),
  needs: heldFacts,
  judge: ({ states }) =>
    states.flatMap(({ host, dane, observation: { tlsa } }) =>
      dane === 'mismatches'
        ? [
            {
              subject: host,
              detail: `Senders that know DANE (Outlook.com, Postfix and others) do not deliver to ${host}: none of the TLSA records at ${tlsa.name} fits the certificate that it shows. MTA-STS cannot rescue this.`,
              remedy: `Publish the TLSA record of the certificate that ${host} shows now, and at each renewal publish the new one first.`,
            },
          ]
        : [],
    ),
});

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
    states.flatMap(({ host, kind, dane, addresses }) =>
      dane === 'matches' && kind === 'fails' && addresses.some(({ state }) => isFault(state))
        ? [
            {
              subject: host,
              detail: `${consequence(force, host)} Its certificate fits its TLSA record, and no public authority vouches for it under that name: senders that know DANE deliver, and those that know MTA-STS alone (such as Gmail) do not.`,
              remedy: `Get a certificate for \`${host}\` from a public authority, and publish its TLSA record before it is used.`,
              ...breaking(force),
            },
          ]
        : [],
    ),
});

const secured: readonly DaneState[] = ['matches', 'mismatches', 'undecided'];

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
