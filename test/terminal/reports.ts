/** Reports to print. What the rules and the sentences say is given here, so that only the layout is looked at. */
import type { Delivery } from '../../src/check/delivery.ts';
import type { Fact, Report } from '../../src/check/report.ts';
import type { Finding } from '../../src/check/rule.ts';
import type { HostName } from '../../src/protocol/domain.ts';
import { rfc } from '../../src/protocol/rfc.ts';
import { healthy } from '../check/observations.ts';

export function delivery(host: string, more: Partial<Delivery> = {}): Delivery {
  return {
    host: host as HostName,
    preference: 10,
    outcome: 'delivers-verified',
    because: `The certificate of ${host} is valid.`,
    inPolicy: true,
    starttls: 'TLS 1.3',
    certificate: 'valid, 61 days',
    ...more,
  };
}

export function finding(more: Partial<Finding> = {}): Finding {
  return {
    id: 'mx.not-covered',
    area: 'mx',
    severity: 'error',
    subject: 'mx3.example.com',
    title: 'An MX host is missing from the policy',
    detail:
      'No mx line matches mx3.example.com. In mode enforce senders skip this host, and when the others are down, mail waits.',
    remedy:
      'Add this line to the policy, and publish a new id:\n  mx: mx3.example.com\n  v=STSv1; id=20261123T162000Zb07d;',
    cite: rfc(8461, '4.1'),
    breaks: true,
    ...more,
  };
}

export const enforced: Report = {
  domain: healthy.domain,
  verdict: 'enforced',
  sentence: 'Mail to example.com is protected by 2 of 2 hosts.',
  findings: [],
  passed: ['mx.null', 'rpt.absent'],
  skipped: [{ id: 'dane.partial', because: 'no host has TLSA records' }],
  unmeasured: [],
  checkedAt: new Date('2026-11-26T12:00:00.000Z'),
  durationMs: 1412,
  deliveries: [delivery('mx1.example.com'), delivery('mx2.example.com')],
  facts: [],
  acceptance: [],
  observation: healthy,
};

export const broken: Report = {
  ...enforced,
  verdict: 'broken',
  sentence: 'Mail to example.com is protected by 2 of 3 hosts; mx3.example.com would be refused.',
  nextStep: finding().remedy,
  deliveries: [
    ...enforced.deliveries,
    delivery('mx3.example.com', { outcome: 'skips', inPolicy: false, certificate: 'expired 2 days ago' }),
  ],
  findings: [
    finding({
      id: 'policy.max_age-short',
      area: 'policy',
      severity: 'notice',
      subject: 'max_age 86400',
      title: 'The policy is kept for one day',
      detail: 'Whoever can stop the fetch for a day can stop the protection.',
      remedy: 'Write max_age: 604800.',
      breaks: false,
    }),
    finding({
      id: 'rpt.absent',
      area: 'tls-rpt',
      severity: 'warning',
      subject: '_smtp._tls.example.com',
      title: 'There is no TLS-RPT record',
      detail: 'Senders have nowhere to report failures to, so nobody sees when the policy stops mail.',
      remedy: 'Publish this TXT record:\n  v=TLSRPTv1; rua=mailto:tls-reports@example.com',
      breaks: false,
    }),
    finding(),
  ],
};

const absent: Fact = {
  id: 'txt.absent',
  subject: '_mta-sts.example.com',
  text: 'Senders find no MTA-STS record. The name does not exist (NXDOMAIN).',
};

export const off: Report = {
  ...enforced,
  verdict: 'off',
  facts: [absent],
  sentence: 'example.com has no MTA-STS. Mail to it can be intercepted without notice.',
  nextStep: 'Make a policy, and publish it in mode testing first.',
  deliveries: enforced.deliveries.map((one) => ({
    ...one,
    outcome: 'delivers-unprotected',
    inPolicy: undefined,
  })),
};

export const noDomain: Report = {
  ...enforced,
  verdict: 'off',
  facts: [absent],
  sentence: 'example.com does not exist in DNS, so no mail goes there.',
  nextStep: 'Check the spelling of the domain.',
  deliveries: [],
};

export const ended: Report = {
  ...off,
  facts: [],
  sentence: 'example.com has ended MTA-STS (mode none). Mail to it can be intercepted without notice.',
  nextStep: 'Keep the record until every policy that was served earlier has expired.',
};

export const parked: Report = {
  ...enforced,
  verdict: 'off',
  sentence: 'example.com takes no mail (null MX): it needs no MTA-STS.',
  deliveries: [],
};

export const unknown: Report = {
  ...enforced,
  verdict: 'unknown',
  sentence:
    'DNS gave us no answer for _mta-sts.example.com, so whether mail to example.com is protected is not known.',
  nextStep: 'Check again later, or from another network.',
  deliveries: [],
  passed: [],
};

export const dark: Report = {
  ...enforced,
  sentence:
    'The policy of example.com is in force (mode enforce). We could not reach port 25 from here, so the mail hosts are not measured.',
  unmeasured: enforced.deliveries.map(({ host }) => host),
  deliveries: enforced.deliveries.map((one) => ({
    ...one,
    outcome: 'not-measured',
    because: `${one.host} was not looked at.`,
    starttls: 'not measured',
    certificate: '–',
  })),
  observation: { ...healthy, port25: 'unknown' },
};

/** One of the hosts answers, and wants nothing of us. */
export const turnedAway: Report = {
  ...dark,
  observation: { ...healthy, port25: 'open' },
  facts: [
    {
      id: 'smtp.greeting-rejects-us',
      subject: 'mx1.example.com',
      text: 'mx1.example.com turns this machine away with `554 5.7.1 Not you` before STARTTLS.',
    },
  ],
};

const longNames = Array.from(
  { length: 30 },
  (_, index) => `alt${index + 1}.inbound-smtp.eu-central-1.mail-provider.example`,
);

/** Thirty MX hosts with long names; two thirds of them are not in the policy. */
export const thirtyHosts: Report = {
  ...enforced,
  verdict: 'broken',
  sentence:
    'Mail to example.com is protected by 10 of 30 hosts; alt11.inbound-smtp.eu-central-1.mail-provider.example and 19 more would be refused.',
  deliveries: longNames.map((name, index) =>
    delivery(name, index < 10 ? {} : { inPolicy: false, outcome: 'skips' }),
  ),
  findings: longNames.slice(10).map((subject) =>
    finding({
      subject,
      detail: `No mx line matches ${subject}. In mode enforce senders skip this host.`,
      remedy: `Add this line to the policy:\n  mx: ${subject}`,
    }),
  ),
};
