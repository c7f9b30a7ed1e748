/** Watched domains for the tests of what Slack shows. */
import type { Watch, WatchedDomain } from '../../src/store/shapes.ts';
import { alice, domainName, now } from './slack-world.ts';

const team = 'T0HOME0001';

export function watch(change: Partial<Watch> = {}): Watch {
  return {
    id: '01980000-0000-7000-8000-000000000000',
    team,
    domain: domainName('example.com'),
    conversation: 'C0MAILOPS1',
    owner: alice,
    everyHours: 6,
    createdAt: now,
    paused: undefined,
    ...change,
  };
}

export function watched(change: Partial<WatchedDomain> = {}): WatchedDomain {
  const { domain = domainName('example.com') } = change;
  return {
    domainId: `id of ${domain}`,
    domain,
    summary: {
      verdict: 'enforced',
      sentence: `Mail to ${domain} is protected by 2 of 2 hosts.`,
      findings: [],
    },
    lastLookAt: new Date(now.getTime() - 3_600_000),
    nextLookAt: new Date(now.getTime() + 5 * 3_600_000),
    watches: [watch({ domain })],
    openIncident: undefined,
    ...change,
  };
}

export const brokenSummary = {
  verdict: 'broken',
  sentence: '1 of 2 hosts would be refused.',
  findings: [
    { id: 'a', severity: 'warning', subject: 'max_age', title: 'The policy is kept for a day only' },
    {
      id: 'b',
      severity: 'error',
      subject: 'mx3.example.com',
      title: 'An MX host is missing from the policy',
    },
    { id: 'c', severity: 'notice', subject: 'id', title: 'The id is old' },
    {
      id: 'd',
      severity: 'error',
      subject: 'mx2.example.com',
      title: 'An MX host does not offer STARTTLS',
      waiting: true,
    },
    {
      id: 'e',
      severity: 'warning',
      subject: 'mta-sts.example.com',
      title: 'The certificate ends in 12 days',
    },
  ],
} as const satisfies WatchedDomain['summary'];
