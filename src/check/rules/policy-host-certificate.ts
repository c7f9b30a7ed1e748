/** The rules for the certificate of the policy host. What is wrong with one is judged in certificate.ts. */
import { quote } from '../../protocol/characters.ts';
import { type Citation, rfc } from '../../protocol/rfc.ts';
import { type CertificateFaultKind, certificateFaults } from '../certificate.ts';
import type { PolicyFetch, TlsObservation } from '../observation.ts';
import { type Rule, rule, type Skip } from '../rule.ts';
import { isVerified, type Seen } from '../seen.ts';
import { inWords } from '../words.ts';
import { raiseByAddress, triedAddresses } from './addresses.ts';
import { caaNamesOf } from './issuers.ts';
import { asRaised, byAddresses, noPolicy, skip, unasked } from './needs.ts';

interface Handshakes {
  readonly seen: Seen;
  /** At least one. */
  readonly shown: readonly { readonly fetch: PolicyFetch; readonly tls: TlsObservation }[];
}

function handshakes(seen: Seen): Handshakes | Skip {
  const facts = triedAddresses(seen);
  if ('skip' in facts) return facts;
  const shown = facts.tried.flatMap((fetch) =>
    fetch.result.tls === undefined ? [] : [{ fetch, tls: fetch.result.tls }],
  );
  return shown.length === 0 ? skip('no certificate was seen') : { seen, shown };
}

interface CertificateShape {
  readonly name: string;
  readonly kinds: readonly CertificateFaultKind[];
  readonly title: string;
  readonly cite: Citation;
}

/** RFC 8461 §3.3 asks for a certificate that is valid for the policy host. */
const fetching = rfc(8461, '3.3');

const shapes: readonly CertificateShape[] = [
  {
    name: 'expired',
    kinds: ['expired'],
    title: 'The certificate of the policy host has expired',
    cite: fetching,
  },
  {
    name: 'not-yet-valid',
    kinds: ['not-yet-valid'],
    title: 'The certificate of the policy host is not valid yet',
    cite: fetching,
  },
  {
    name: 'name-mismatch',
    kinds: ['name-mismatch', 'ip-san-only'],
    title: 'The certificate of the policy host is for another name',
    cite: fetching,
  },
  {
    name: 'cn-only',
    kinds: ['cn-only'],
    title: 'The certificate names the policy host in its common name alone',
    cite: fetching,
  },
  {
    name: 'partial-wildcard',
    kinds: ['partial-wildcard'],
    title: 'The certificate of the policy host has a `*` inside a label',
    cite: rfc(9525, '6.3'),
  },
  {
    name: 'self-signed',
    kinds: ['self-signed'],
    title: 'The certificate of the policy host signed itself',
    cite: fetching,
  },
  {
    name: 'untrusted',
    kinds: ['untrusted', 'wrong-eku'],
    title: 'The certificate of the policy host is not trusted',
    cite: fetching,
  },
  {
    name: 'chain-incomplete',
    kinds: ['chain-incomplete'],
    title: 'The policy host leaves an intermediate certificate out',
    cite: fetching,
  },
  {
    name: 'weak-key',
    kinds: ['weak-key'],
    title: 'The certificate of the policy host has a weak key',
    cite: fetching,
  },
  {
    name: 'sha1',
    kinds: ['sha1'],
    title: 'The certificate of the policy host has a signature that can be forged',
    cite: fetching,
  },
];

function certificateRule({ name, kinds, title, cite }: CertificateShape): Rule {
  return rule({
    id: `host.cert-${name}`,
    area: 'policy-host',
    title,
    severity: byAddresses,
    cite,
    needs: handshakes,
    judge: (facts) => raiseFaults(facts, kinds, ` ${noPolicy}`),
  });
}

function raiseFaults(
  { seen, shown }: Handshakes,
  kinds: readonly CertificateFaultKind[],
  consequence: string,
) {
  const tlsOf = new Map(shown.map(({ fetch, tls }) => [fetch, tls]));
  return raiseByAddress(seen, [...tlsOf.keys()], (fetch) => {
    const tls = tlsOf.get(fetch);
    const faults = tls === undefined ? [] : certificateFaults(tls, seen.policyHost, seen.now, [seen.domain]);
    const fault = faults.find(({ kind }) => kinds.includes(kind));
    if (fault === undefined) return undefined;
    const { detail, remedy, severity } = fault;
    return {
      detail: `${detail}${consequence}`,
      remedy,
      ...(severity === 'error' ? {} : { severity }),
    };
  });
}

const expiring = rule({
  id: 'host.cert-expiring',
  area: 'policy-host',
  title: 'The certificate of the policy host is late to be renewed',
  severity: asRaised('warning under a quarter of its lifetime or 21 days, error under an eighth or 3 days'),
  cite: fetching,
  breaks: false,
  needs: handshakes,
  judge: (facts) =>
    raiseFaults(facts, ['expiring'], ' Once it has expired, senders cannot fetch the policy any more.'),
});

/** IANA's registry of CAA properties; RFC 8659 §4.1: a critical one that is not known forbids to issue. */
const caaTags: ReadonlySet<string> = new Set([
  'issue',
  'issuewild',
  'iodef',
  'contactemail',
  'contactphone',
  'issuevmc',
  'issuemail',
]);

const caaBlocksIssuer = rule({
  id: 'host.caa-blocks-issuer',
  area: 'policy-host',
  title: 'CAA keeps the authority from renewing the certificate of the policy host',
  severity: 'warning',
  cite: rfc(8659, '4.2'),
  needs: (seen) => {
    const off = unasked(seen);
    if (off !== undefined) return off;
    const { caa } = seen.observation.policyHost;
    if (caa === undefined) return skip('no CAA record was found');
    const leaf = seen.observation.policyHost.fetches.flatMap(({ result }) =>
      'tls' in result && result.tls !== undefined && isVerified(result.tls, seen.now)
        ? [result.tls.chain[0]]
        : [],
    )[0];
    if (leaf === undefined) return skip('no valid certificate was seen');
    const names = caaNamesOf(leaf.issuer);
    if (names === undefined) return skip(`the CAA names of ${quote(leaf.issuer, 100)} are not known`);
    const wildcard = !leaf.dnsNames.some((name) => name.toLowerCase() === seen.policyHost);
    // RFC 8659 §3: for a wildcard the search begins above the host.
    if (wildcard && !seen.policyHost.endsWith(`.${caa.name.toLowerCase()}`))
      return skip('the certificate is for a wildcard, and the CAA records are those of the host');
    return { seen, caa, issuer: leaf.issuer, names, wildcard };
  },
  judge: ({ seen: { policyHost }, caa, issuer, names, wildcard }) => {
    const renewal =
      'The next renewal fails, and once the certificate has expired senders cannot fetch the policy any more.';
    const strange = caa.records.find(({ critical, tag }) => critical && !caaTags.has(tag.toLowerCase()));
    if (strange !== undefined) {
      return [
        {
          subject: policyHost,
          detail: `The CAA records at ${caa.name} have a critical tag, ${quote(strange.tag, 30)}, that authorities do not know, so that none may issue. ${renewal}`,
          remedy: `Replace it by ${quote(`0 ${strange.tag} "${strange.value}"`, 200)}, or remove it.`,
        },
      ];
    }
    const issue = caa.records.filter(({ tag }) => tag.toLowerCase() === 'issue');
    const issueWild = caa.records.filter(({ tag }) => tag.toLowerCase() === 'issuewild');
    // RFC 8659 §4.3: issuewild counts before issue for a wildcard, and for nothing else.
    const used = wildcard && issueWild.length > 0 ? issueWild : issue;
    const allowed = used.map(({ value }) => value.split(';')[0]?.trim().toLowerCase() ?? '');
    if (used.length === 0 || allowed.some((name) => names.includes(name))) return [];
    const tag = used === issueWild ? 'issuewild' : 'issue';
    const list = inWords(allowed.map((name) => (name === '' ? 'nobody' : quote(name))));
    return [
      {
        subject: policyHost,
        detail: `The CAA records at ${caa.name} allow ${list}, and the certificate is from ${quote(issuer, 100)}. ${renewal}`,
        remedy: `Add the CAA record \`0 ${tag} "${names[0]}"\` at \`${caa.name}\`, or get the next certificate from an authority that is allowed.`,
      },
    ];
  },
});

export const policyHostCertificateRules: readonly Rule[] = [
  ...shapes.map(certificateRule),
  expiring,
  caaBlocksIssuer,
];
