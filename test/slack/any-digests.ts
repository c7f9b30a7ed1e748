/** Weekly digests for the tests of what Slack shows. */
import type { WeeklyDigest } from '../../src/watch/digest.ts';
import { sentence } from './any-incidents.ts';
import { hostileTexts } from './any-reports.ts';
import { domainName } from './slack-world.ts';

const from = new Date('2026-11-16T08:00:00Z');
const to = new Date('2026-11-23T08:00:00Z');
const none = { shown: [], more: 0 } as const;
const counts = { enforced: 0, testing: 0, broken: 0, off: 0, unknown: 0, unlooked: 0 };
const example = domainName('example.com');
const other = domainName('example.org');

const well: WeeklyDigest = {
  from,
  to,
  total: 2,
  counts: { ...counts, enforced: 2 },
  needs: none,
  mended: none,
  worthDoing: none,
  certificates: none,
  paused: none,
};
const text = hostileTexts.join(' ');
const long = domainName(`${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(50)}.com`);
const times = <T>(count: number, one: T): readonly T[] => Array.from({ length: count }, () => one);

export const digests = {
  empty: { ...well, total: 0, counts },
  well,
  usual: {
    ...well,
    total: 14,
    counts: { ...counts, enforced: 9, testing: 2, broken: 1, unknown: 1, unlooked: 1 },
    needs: {
      shown: [
        {
          domain: example,
          verdict: 'broken',
          sentence,
          errors: 2,
          warnings: 1,
          findings: [],
          since: new Date('2026-11-21T16:02:00Z'),
          acknowledgedBy: 'U0BEN00001',
        },
        {
          domain: other,
          verdict: 'unknown',
          sentence: 'DNS gave no answer for example.org from here, so nothing can be said about it.',
          errors: 0,
          warnings: 0,
          findings: [],
          since: undefined,
          acknowledgedBy: undefined,
        },
      ],
      more: 0,
    },
    mended: {
      shown: [
        {
          domain: other,
          title: 'The certificate of an MX host has expired',
          subject: 'mx1.example.org',
          mendedAt: new Date('2026-11-20T09:30:00Z'),
        },
      ],
      more: 2,
    },
    certificates: {
      shown: [{ domain: other, subject: 'mta-sts.example.org', severity: 'warning', detail: undefined }],
      more: 0,
    },
    worthDoing: {
      shown: [
        {
          id: 'policy.max_age-short',
          title: 'The policy is kept for a short time',
          domains: { shown: [example, other], more: 3 },
        },
      ],
      more: 0,
    },
    paused: { shown: [domainName('bücher.example')], more: 0 },
  },
  largest: {
    ...well,
    total: 100_000,
    needs: {
      shown: times(15, {
        domain: long,
        verdict: 'broken' as const,
        sentence: text.repeat(10),
        errors: 9,
        warnings: 9,
        findings: [],
        since: from,
        acknowledgedBy: '<!channel>',
      }),
      more: 500,
    },
    mended: { shown: times(10, { domain: long, title: text, subject: text, mendedAt: to }), more: 5 },
    certificates: {
      shown: times(10, { domain: long, subject: text, severity: 'error' as const, detail: text.repeat(5) }),
      more: 1,
    },
    worthDoing: {
      shown: times(5, { id: 'x', title: text, domains: { shown: times(5, long), more: 9 } }),
      more: 5,
    },
    paused: { shown: times(10, long), more: 10 },
  },
} as const satisfies Record<string, WeeklyDigest>;
