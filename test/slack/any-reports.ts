/** Reports for the tests of what Slack shows: written by hand, so that they do not change with the rules. */
import type { Delivery, Outcome } from '../../src/check/delivery.ts';
import type { Observation } from '../../src/check/observation.ts';
import type { Report } from '../../src/check/report.ts';
import type { Finding, Severity } from '../../src/check/rule.ts';
import type { HostName } from '../../src/protocol/domain.ts';
import { rfc } from '../../src/protocol/rfc.ts';
import { healthy } from '../check/observations.ts';
import { domainName } from './slack-world.ts';

export function delivery(host: string, change: Partial<Delivery> = {}): Delivery {
  return {
    host: host as HostName,
    preference: 10,
    outcome: 'delivers-verified',
    because: `${host} offers TLS with a certificate that a sender takes.`,
    inPolicy: true,
    starttls: 'TLS 1.3',
    certificate: 'valid, 61 days',
    ...change,
  };
}

export function finding(id: string, severity: Severity, change: Partial<Finding> = {}): Finding {
  return {
    id,
    area: 'mx',
    severity,
    subject: 'mx3.example.com',
    title: 'An MX host is missing from the policy',
    detail:
      'No mx line matches it. In mode enforce senders skip this host; when mx1 and mx2 are down, mail waits.',
    remedy:
      'Add the line `mx: mx3.example.com` to the policy, and publish a new id: `v=STSv1; id=20261123T162000Zb07d;`',
    cite: rfc(8461, '4.1'),
    breaks: severity === 'error',
    ...change,
  };
}

export function report(change: Partial<Report> = {}): Report {
  return {
    domain: domainName('example.com'),
    verdict: 'enforced',
    sentence: 'Mail to example.com is protected: senders that honour the policy deliver to 2 of 2 hosts.',
    unmeasured: [],
    checkedAt: new Date('2026-11-23T16:20:00Z'),
    durationMs: 1412,
    deliveries: [delivery('mx1.example.com'), delivery('mx2.example.com', { starttls: 'TLS 1.2' })],
    facts: [],
    acceptance: [
      { sender: 'Gmail', accepts: true, because: [] },
      { sender: 'Outlook.com', accepts: true, because: [] },
    ],
    findings: [],
    passed: ['mx.not-covered'],
    skipped: [],
    observation: healthy as Observation,
    ...change,
  };
}

const expired = finding('smtp.certificate-expired', 'error', {
  area: 'smtp',
  title: 'The certificate of an MX host has expired',
  detail: 'It ended on 2026-11-21. In mode enforce senders skip this host.',
  remedy: 'Renew the certificate of mx3.example.com, and let the mail server load it.',
  cite: rfc(8461, '4.2'),
});
const oneDay = finding('policy.max-age-short', 'notice', {
  area: 'policy',
  subject: 'max_age',
  title: 'The policy is kept for one day',
  detail: 'A sender that sees no mail for the domain in a day forgets the policy.',
  remedy: 'Write `max_age: 604800` once the policy has proved itself.',
  cite: rfc(8461, '3.2'),
});
const noReports = finding('tlsrpt.absent', 'notice', {
  area: 'tls-rpt',
  subject: '_smtp._tls.example.com',
  title: 'There is no TLS-RPT record',
  detail: 'Senders cannot tell anybody that TLS fails.',
  remedy:
    'Publish a TXT record at `_smtp._tls.example.com`: `v=TLSRPTv1; rua=mailto:tls-reports@example.com`',
  cite: rfc(8460, '3'),
});

const many = (count: number, outcome: (at: number) => Outcome): readonly Delivery[] =>
  Array.from({ length: count }, (_, at) =>
    delivery(`mx${at + 1}.example.com`, { preference: at, outcome: outcome(at) }),
  );

/** The longest name there is: 253 characters. */
const longName = (at: number) =>
  `${String(at).padStart(3, '0')}${'a'.repeat(60)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(57)}.com`;

/** What others can write into names and texts. */
export const hostileTexts = [
  '<!channel>',
  '<@U024BE7LH>',
  '<https://evil.example|example.com>',
  '`</!channel>`',
  '*bold* _it_ ~no~ :rotating_light:',
  '```\n<!everyone>\n```',
  'gpj.\u202eevil\u202c \u200b\u0000\u001b[31m\r\n\ud800',
  '&lt;!here&gt;',
] as const;
const hostileText = hostileTexts.join(' ');

export const reports = {
  healthy: report(),
  testing: report({
    verdict: 'testing',
    sentence: 'The policy of example.com is in mode testing: senders report failures and still deliver.',
    nextStep: 'Change the mode to enforce when the reports have been clean for two weeks.',
  }),
  broken: report({
    verdict: 'broken',
    sentence:
      '1 of 3 mail hosts would be refused by senders that honour the policy (Gmail and Outlook.com do).',
    deliveries: [
      delivery('mx1.example.com'),
      delivery('mx2.example.com', { starttls: 'TLS 1.2' }),
      delivery('mx3.example.com', {
        outcome: 'skips',
        inPolicy: false,
        certificate: 'expired 2 days ago',
        because: 'No mx line matches mx3.example.com.',
      }),
    ],
    findings: [oneDay, finding('mx.not-covered', 'error'), expired, noReports],
    facts: [
      {
        id: 'txt.cname-ok',
        subject: '_mta-sts.example.com',
        text: 'The record is an alias of _mta-sts.hosting.example.',
      },
    ],
    acceptance: [
      { sender: 'Gmail', accepts: true, because: [] },
      {
        sender: 'Comcast',
        accepts: false,
        because: ['It does not take a policy without a final line break.'],
      },
      { sender: 'mox', accepts: false, because: ['It drops a policy that begins with a byte order mark.'] },
      {
        sender: 'chasquid',
        accepts: false,
        because: ['It drops a policy that begins with a byte order mark.'],
      },
    ],
  }),
  off: report({
    verdict: 'off',
    sentence: 'example.com has no MTA-STS: mail to it can be intercepted without notice.',
    nextStep: 'Make a policy, and publish it in mode testing.',
    deliveries: [
      delivery('mx1.example.com', {
        outcome: 'delivers-unprotected',
        inPolicy: undefined,
        because: 'There is no policy.',
      }),
    ],
    findings: [noReports],
    acceptance: [],
  }),
  nullMx: report({
    verdict: 'off',
    sentence: 'example.com takes no mail (null MX): it needs no MTA-STS.',
    deliveries: [],
    acceptance: [],
  }),
  unknown: report({
    verdict: 'unknown',
    sentence: 'DNS gave no answer for example.com from here, so nothing can be said about it.',
    deliveries: [],
    acceptance: [],
    skipped: [{ id: 'txt.absent', because: 'DNS gave no answer' }],
  }),
  unmeasured: report({
    sentence:
      'The policy of example.com is in force. Port 25 could not be reached from here, so the mail hosts are not measured.',
    unmeasured: ['mx1.example.com', 'mx2.example.com'] as HostName[],
    deliveries: [
      delivery('mx1.example.com', {
        outcome: 'not-measured',
        starttls: 'not measured',
        certificate: '–',
      }),
      delivery('mx2.example.com', {
        outcome: 'not-measured',
        starttls: 'not measured',
        certificate: '–',
      }),
    ],
  }),
  fiftyMx: report({
    verdict: 'broken',
    sentence: '3 of 50 mail hosts would be refused by senders that honour the policy.',
    deliveries: many(50, (at) => (at % 20 === 5 ? 'skips' : 'delivers-verified')),
    findings: many(50, () => 'skips').map(({ host }) =>
      finding('smtp.starttls-missing', 'error', {
        subject: host,
        title: 'An MX host does not offer STARTTLS',
        detail: `${host} does not list STARTTLS in its answer to EHLO. In mode enforce senders skip it.`,
        remedy: 'Switch STARTTLS on in the mail server.',
      }),
    ),
  }),
  largest: report({
    verdict: 'broken',
    sentence: `0 of 50 mail hosts of ${longName(0)} can be reached.`,
    deliveries: Array.from({ length: 50 }, (_, at) =>
      delivery(longName(at), {
        outcome: at % 2 === 0 ? 'skips' : 'delivers-and-reports',
        starttls: 'x'.repeat(200),
        certificate: 'y'.repeat(200),
        because: 'z'.repeat(300),
      }),
    ),
    unmeasured: Array.from({ length: 50 }, (_, at) => longName(at)) as HostName[],
    findings: Array.from({ length: 300 }, (_, at) =>
      finding(`rule.${at}`, (['error', 'warning', 'notice'] as const)[at % 3] ?? 'notice', {
        subject: longName(at),
        title: `${at}: ${'title '.repeat(15)}`,
        detail: 'detail '.repeat(100),
        remedy: `Write \`${'mx: '}${longName(at)}\` and \`v=STSv1; id=1;\`. ${'remedy '.repeat(60)}`,
      }),
    ),
    facts: Array.from({ length: 60 }, (_, at) => ({
      id: `fact.${at}`,
      subject: longName(at),
      text: 'f '.repeat(300),
    })),
    acceptance: Array.from({ length: 20 }, (_, at) => ({
      sender: `Sender ${at}`,
      accepts: false,
      because: Array.from({ length: 10 }, () => 'It does not take that. '.repeat(5)),
    })),
  }),
  hostile: report({
    verdict: 'broken',
    sentence: `The record says ${hostileText}.`,
    nextStep: `Write ${hostileText}.`,
    deliveries: [
      delivery(hostileText, { starttls: hostileText, certificate: hostileText, because: hostileText }),
    ],
    unmeasured: [hostileText as HostName],
    findings: [
      finding('txt.hostile', 'error', {
        subject: hostileText,
        title: 'The record is hostile',
        detail: hostileText,
        remedy: `Write \`v=STSv1; ${hostileText.replaceAll('`', '')}\` instead of ${hostileText}`,
      }),
    ],
    facts: [{ id: 'fact.hostile', subject: hostileText, text: hostileText }],
    acceptance: [{ sender: hostileText, accepts: false, because: [hostileText] }],
  }),
} as const satisfies Record<string, Report>;
