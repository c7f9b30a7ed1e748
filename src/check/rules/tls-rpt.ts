/** The rules for TLS-RPT: the record's text, as src/protocol reads it, where it stands, and whether reports arrive. */
import { quote } from '../../protocol/characters.ts';
import type { DomainName } from '../../protocol/domain.ts';
import { decode } from '../../protocol/fields.ts';
import { rfc } from '../../protocol/rfc.ts';
import { formatTlsRpt, parseTlsRptSet, parseTypedRua } from '../../protocol/tlsrpt.ts';
import {
  type DnsLookup,
  joined,
  type MxObservation,
  type RuaDestination,
  shortTtlSeconds,
  type TxtRecord,
  takesNoMail,
} from '../observation.ts';
import { once } from '../once.ts';
import { type Rule, rule, type Skip } from '../rule.ts';
import { answered, type Seen } from '../seen.ts';
import { inWords, moveTo } from '../words.ts';
import { type FaultFamily, type FaultShape, faultRule, type ReadText } from './fault-rule.ts';
import { skip, unasked } from './needs.ts';

const reporting = rfc(8460, '3');
const unknown = skip('DNS gave no answer about the TLS-RPT record');

const family: FaultFamily = {
  area: 'tls-rpt',
  cite: reporting,
  breaks: false,
  read: once(readTlsRptText),
};

function readTlsRptText(seen: Seen): ReadText | Skip {
  const { tlsRpt, tlsRptName, observation } = seen;
  const lookup = answered(observation.tlsRpt.lookup);
  if (tlsRpt === undefined || lookup === undefined) return unknown;
  if (isAbsent(tlsRpt)) return skip('there is no TLS-RPT record to read');
  return { parsed: tlsRpt, name: tlsRptName, kind: 'records', lines: joined(lookup).map(decode), seen };
}

/** Nothing there, nor anything that was meant as a record. */
function isAbsent({ verdict, problems, advice }: NonNullable<Seen['tlsRpt']>): boolean {
  return verdict === 'none' && problems.length + advice.length === 0;
}

const error = (id: string, title: string): FaultShape => ({ id, title, severity: 'error' });

const shapes: readonly FaultShape[] = [
  error('rpt.multiple', 'More than one TLS-RPT record stands at one name'),
  error('rpt.near-miss', 'A record is almost one of TLS-RPT, and counts as none'),
  error('rpt.malformed', 'The TLS-RPT record fits no grammar'),
  error('rpt.rua-no-scheme', 'An address for reports has no scheme'),
  error('rpt.rua-raw-bang', 'An address for reports has a raw `!`'),
  error('rpt.rua-raw-comma', 'An address for reports has a raw `,`'),
  {
    ...error('rpt.rua-raw-semicolon', 'An address for reports has a raw `;`'),
    severity: 'error; warning where the record stays valid',
  },
  error('rpt.rua-space', 'A space stands in or before an address for reports'),
  error('rpt.rua-non-ascii', 'An address for reports has a character that is not ASCII'),
  {
    ...error('rpt.rua-unsupported-scheme', 'An address for reports has a scheme that no sender uses'),
    severity: 'error where no other is left, else warning',
  },
  { id: 'rpt.dmarc-tags', title: 'A tag of DMARC stands in the TLS-RPT record', severity: 'notice' },
  { id: 'rpt.duplicate-rua', title: 'The record has a second rua', severity: 'warning' },
];

/** Whether there is anything to report of, and whether there is a record for it. */
export function reportsWanted(seen: Seen): { seen: Seen; absent: boolean } | Skip {
  const off = unasked(seen);
  if (off !== undefined) return off;
  if (seen.tlsRpt === undefined) return unknown;
  if (seen.mode === 'none') return skip('the policy is in mode none');
  if (takesNoMail(seen.observation.mx)) return skip('the domain takes no mail');
  return { seen, absent: isAbsent(seen.tlsRpt) };
}

/** The record to publish, as an imperative. */
export function tlsRptRemedy(domain: DomainName, name: string): string {
  const rua = parseTypedRua(`tls-reports@${domain}`);
  const text = rua.ok ? formatTlsRpt({ rua: [rua.value] }) : 'v=TLSRPTv1; rua=mailto:tls-reports@example.com';
  return `Publish a TXT record at \`${name}\` with \`${text}\`. Another address that somebody reads is as good.`;
}

const absent = rule({
  id: 'rpt.absent',
  area: 'tls-rpt',
  title: 'There is no TLS-RPT record',
  severity: 'warning',
  cite: reporting,
  needs: reportsWanted,
  judge: ({ seen: { domain, tlsRptName, mode }, absent: isMissing }) =>
    isMissing
      ? [
          {
            subject: tlsRptName,
            detail: `Senders report to nobody what fails${mode === 'enforce' ? '. In mode enforce, mail that they hold back is then first noticed by the people who miss it' : ''}.`,
            remedy: tlsRptRemedy(domain, tlsRptName),
          },
        ]
      : [],
});

function isRecord(lookup: DnsLookup<TxtRecord>): boolean {
  return lookup.kind === 'answered' && parseTlsRptSet(joined(lookup)).verdict !== 'none';
}

const wrongName = rule({
  id: 'rpt.wrong-name',
  area: 'tls-rpt',
  title: 'The TLS-RPT record stands at a name where no sender looks',
  severity: 'error',
  cite: reporting,
  breaks: false,
  silences: ['rpt.absent', 'policy.testing-without-tlsrpt'],
  needs: ({ tlsRpt, tlsRptName, domain, observation }) => {
    if (tlsRpt === undefined) return unknown;
    if (!isAbsent(tlsRpt)) return skip('a record stands at the right name');
    const apex = observation.record.wrongNames.filter(({ name }) => name === domain);
    const asked = [...observation.tlsRpt.wrongNames, ...apex];
    if (asked.every(({ kind }) => kind !== 'answered')) return skip('DNS gave no answer about other names');
    return { misplaced: asked.filter(isRecord), tlsRptName };
  },
  judge: ({ misplaced, tlsRptName }) => {
    const [first] = misplaced;
    if (first?.kind !== 'answered') return [];
    const texts = joined(first).map(decode);
    const { verdict, corrected } = parseTlsRptSet(texts);
    const text = verdict === 'valid' ? texts.find((one) => one.startsWith('v=TLSRPTv1;')) : corrected;
    return [
      {
        subject: first.name,
        detail: `Senders look at ${tlsRptName} alone, see no record there and send no reports. ${inWords(misplaced.map(({ name }) => name))} ${misplaced.length === 1 ? 'has' : 'have'} one.`,
        remedy: moveTo(tlsRptName, text),
      },
    ];
  },
});

// Where reports go

interface Destinations {
  readonly seen: Seen;
  readonly destinations: readonly RuaDestination[];
}

function destinations(seen: Seen): Destinations | Skip {
  if (seen.tlsRpt === undefined) return unknown;
  const { destinations: list } = seen.observation.tlsRpt;
  return list.length === 0 ? skip('no address for reports is known') : { seen, destinations: list };
}

function mailAddresses(seen: Seen): Destinations | Skip {
  const all = destinations(seen);
  if ('skip' in all) return all;
  const known = all.destinations.filter(({ mx }) => mx !== undefined && mx.kind !== 'unknown');
  return known.length === 0
    ? skip('the MX of no address for reports are known')
    : { seen, destinations: known };
}

function noMail(mx: MxObservation | undefined): string | undefined {
  switch (mx?.kind) {
    case 'null-mx':
      return 'takes no mail (null MX)';
    case 'no-mail':
      return 'has neither MX nor address';
    case 'nxdomain':
      return 'does not exist';
    case 'hosts':
      return mx.hosts.length === 0 ? 'has only MX records that name no host' : undefined;
    default:
      return undefined;
  }
}

const mailboxUndeliverable = rule({
  id: 'rpt.mailbox-undeliverable',
  area: 'tls-rpt',
  title: 'No mail can reach an address for reports',
  severity: 'error',
  cite: rfc(8460, '5.3'),
  breaks: false,
  supersedes: ['rpt.mailbox-same-domain'],
  needs: mailAddresses,
  judge: ({ destinations: list }) =>
    list.flatMap(({ uri, host, mx }) => {
      const why = noMail(mx);
      return why === undefined
        ? []
        : [
            {
              subject: uri,
              detail: `Reports for ${quote(uri, 100)} are lost: ${host} ${why}.`,
              remedy: 'Put an address into `rua` whose domain takes mail.',
            },
          ];
    }),
});

const mailboxSameDomain = rule({
  id: 'rpt.mailbox-same-domain',
  area: 'tls-rpt',
  title: 'Reports come only to the domain that they are about',
  severity: 'notice',
  cite: rfc(8460, '5.3'),
  needs: destinations,
  judge: ({ seen: { domain }, destinations: list }) => {
    const [first] = list;
    const own = list.every(({ uri, host }) => /^mailto:/i.test(uri) && (host as string) === domain);
    return first === undefined || !own
      ? []
      : [
          {
            subject: first.uri,
            detail: `Senders mail reports even where TLS fails, and still none arrives while the mail of ${domain} is broken otherwise.`,
            remedy:
              'Add an address at another domain to `rua`, or an `https:` address, separated by a comma.',
          },
        ];
  },
});

const httpsEndpoint = rule({
  id: 'rpt.https-endpoint',
  area: 'tls-rpt',
  title: 'An https address for reports leads to no host',
  severity: 'warning',
  cite: rfc(8460, '5.4'),
  needs: (seen) => {
    const all = destinations(seen);
    if ('skip' in all) return all;
    const known = all.destinations.filter(({ addresses }) => addresses?.kind === 'answered');
    return known.length === 0 ? skip('the record has no https address that DNS tells of') : { known };
  },
  judge: ({ known }) =>
    known.flatMap(({ uri, host, addresses }) =>
      addresses?.kind !== 'answered' || addresses.records.length > 0
        ? []
        : [
            {
              subject: uri,
              detail: `Senders cannot post reports to ${quote(uri, 100)}: ${host} ${addresses.exists ? 'has no address' : 'does not exist'}.`,
              remedy: `Give ${host} an address in DNS, or put another address into \`rua\`.`,
            },
          ],
    ),
});

const ttlShort = rule({
  id: 'rpt.ttl-short',
  area: 'tls-rpt',
  title: 'The TLS-RPT record is kept for minutes only',
  severity: 'notice',
  cite: rfc(8460, '7'),
  needs: ({ tlsRpt, tlsRptName, observation }) => {
    const { lookup, ownTtlSeconds } = observation.tlsRpt;
    if (tlsRpt === undefined) return unknown;
    if (tlsRpt.verdict !== 'valid') return skip('there is no valid TLS-RPT record');
    // A resolver counts down: what is long there is longer at the zone, what is short there says nothing.
    const cached = answered(lookup)?.ttlSeconds ?? 0;
    const ttlSeconds = ownTtlSeconds ?? (cached >= shortTtlSeconds ? cached : undefined);
    return ttlSeconds === undefined
      ? skip('the servers of the zone did not tell its TTL')
      : { ttlSeconds, tlsRptName };
  },
  judge: ({ ttlSeconds, tlsRptName }) =>
    ttlSeconds < shortTtlSeconds
      ? [
          {
            subject: tlsRptName,
            detail: `Its TTL is ${ttlSeconds} seconds. Whoever disturbs DNS for so long keeps senders from reporting it.`,
            remedy: 'Give the record a TTL of 86400 seconds.',
          },
        ]
      : [],
});

export const tlsRptRules: readonly Rule[] = [
  absent,
  wrongName,
  ...shapes.map((shape) => faultRule(family, shape)),
  mailboxUndeliverable,
  mailboxSameDomain,
  httpsEndpoint,
  ttlShort,
];
