/** The order in which watched domains are shown. */
import { expect, test } from 'vitest';
import { hasError, worstFirst } from '../../src/slack/worst-first.ts';
import { domainName, now } from './slack-world.ts';
import { brokenSummary, watch, watched } from './watched-domains.ts';

const enforced = { verdict: 'enforced', sentence: '', findings: [] } as const;
const error = { id: 'a', severity: 'error', subject: '', title: '' } as const;
const warning = { id: 'b', severity: 'warning', subject: '', title: '' } as const;
const paused = { at: now, because: 'archived' } as const;

/** In the order in which they are to be shown. */
const inOrder = {
  'broken.test': watched({ summary: brokenSummary }),
  'broken-without-findings.test': watched({ summary: { ...brokenSummary, findings: [] } }),
  'error.test': watched({ summary: { ...enforced, findings: [warning, error] } }),
  'nobody-hears.test': watched({ watches: [watch(), watch({ paused })] }),
  'unknown.test': watched({ summary: { ...enforced, verdict: 'unknown' } }),
  'new.test': watched({ summary: undefined }),
  'off.test': watched({ summary: { ...enforced, verdict: 'off' } }),
  'testing.test': watched({ summary: { ...enforced, verdict: 'testing' } }),
  'a-warning.test': watched({ summary: { ...enforced, findings: [warning] } }),
  'enforced.test': watched({ summary: enforced }),
};
const named = Object.entries(inOrder).map(([name, each]) => ({ ...each, domain: domainName(name) }));

test('is the worst first, whatever the order before', () => {
  const byName = named.toSorted((one, other) => (one.domain < other.domain ? -1 : 1));
  expect(worstFirst(byName).map(({ domain }) => domain)).toEqual([
    'broken-without-findings.test',
    'broken.test',
    ...named.slice(2).map(({ domain }) => domain),
  ]);
});

test('an error is an error, also where the verdict is good', () => {
  expect(named.filter(hasError).map(({ domain }) => domain)).toEqual([
    'broken.test',
    'broken-without-findings.test',
    'error.test',
  ]);
});
