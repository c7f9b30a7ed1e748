/** What holds of every topic, how words find them, and that their examples add up. */
import { describe, expect, it } from 'vitest';
import { parsePolicy, parseRecord } from '../../../src/protocol/mtasts.ts';
import { parseTlsRpt } from '../../../src/protocol/tlsrpt.ts';
import { findTopic, nearestTopic, topics } from '../../../src/slack/topics/index.ts';
import { recipes } from '../../../src/slack/topics/recipes.ts';
import type { Topic } from '../../../src/slack/topics/topic.ts';

const everyTopic: readonly Topic[] = [...topics, ...recipes.map(({ name }) => topicOf(name))];

describe('the topics', () => {
  it('are these, in the order help lists them', () => {
    expect(topics.map(({ name }) => name)).toEqual([
      'hosting',
      'rollout',
      'mx-change',
      'removal',
      'modes',
      'max_age',
      'tls-rpt',
      'dmarc',
      'dane',
      'subdomains',
    ]);
  });

  it.for([...topics.flatMap(wordsOf), ...recipes.flatMap(wordsOf)])('finds %s where it belongs', (word) => {
    const owners = [...topics, ...recipes].filter((each) => wordsOf(each).some((w) => same(w, word)));
    expect(owners.map(({ name }) => name)).toEqual([findTopic(word)?.name]);
  });

  it.for([
    ['max-age', 'max_age'],
    ['maxage', 'max_age'],
    ['MAX_AGE', 'max_age'],
    ['tlsrpt', 'tls-rpt'],
    ['TLS RPT', 'tls-rpt'],
    ['mx change', 'mx-change'],
    ['remove', 'removal'],
    ['testing', 'modes'],
    ['GitHub Pages', 'github-pages'],
    ['nginx', 'nginx'],
  ] as const)('takes %s for %s', ([word, name]) => {
    expect(findTopic(word)?.name).toBe(name);
  });

  it.for(['', '   ', 'hostng', 'xyzzy', '💌', 'constructor', '__proto__'])('does not know %j', (word) => {
    expect(findTopic(word)).toBeUndefined();
  });

  it.for([
    ['hostng', 'hosting'],
    ['rolout', 'rollout'],
    ['mxchnge', 'mx-change'],
    ['removel', 'removal'],
    ['max_agee', 'max_age'],
    ['tls-rtp', 'tls-rpt'],
    ['dmarcc', 'dmarc'],
    ['subdomian', 'subdomains'],
    ['ngnix', 'nginx'],
  ] as const)('offers for %s the topic %s', ([word, name]) => {
    expect(nearestTopic(word)).toBe(name);
  });

  it('offers something for anything', () => {
    for (const word of ['', '💌', 'x'.repeat(3_000)]) expect(findTopic(nearestTopic(word))).toBeDefined();
  });
});

describe.for(everyTopic.map((topic) => [topic.name, topic] as const))('%s', ([, topic]) => {
  const sentences = [topic.lead, ...topic.parts.flatMap((part) => ('text' in part ? [part.text] : []))];
  const codes = topic.parts.flatMap((part) => ('code' in part ? [part] : []));

  it('fits a screen', () => {
    const size = JSON.stringify(topic.parts).length + topic.lead.length;
    expect(size).toBeLessThan(topic.name === 'hosting' ? 6_500 : 3_000);
    expect(topic.parts.length).toBeLessThan(20);
    for (const text of sentences) expect(text.length).toBeLessThan(700);
    for (const { code, caption } of codes) expect(code.length + caption.length).toBeLessThan(1_500);
  });

  it('is written in plain, whole sentences', () => {
    for (const text of sentences) {
      expect(text).toMatch(/^(?:[A-Z0-9]|testing:|enforce:|none:|max_age |rua:).*\.$/);
      expect(text).not.toMatch(
        /please|simply|just |obviously|[<>&`]|\n|\breceivers? (?:fetch|cache|refuse)/i,
      );
    }
  });

  it('ends every code with a newline and breaks no line of it on a screen', () => {
    for (const { code } of codes) {
      expect(code).toMatch(/[^\n]\n$/);
      for (const line of code.split('\n')) expect(line.length).toBeLessThan(110);
    }
  });

  it('says of hosted services alone that they are not tried', () => {
    const hosted = recipes.filter(({ name }) => ['cloudflare', 'github-pages', 'netlify'].includes(name));
    for (const { code, tried } of codes) expect(tried).toBe(!hosted.some((recipe) => recipe.code === code));
  });

  it('cites each section once', () => {
    const labels = topic.cites.map(({ label }) => label);
    expect(labels.length).toBeGreaterThan(0);
    expect(new Set(labels).size).toBe(labels.length);
  });
});

describe('the policies and records in the examples', () => {
  const codes = everyTopic.flatMap(({ parts }) =>
    parts.flatMap((part) => ('code' in part ? [part.code] : [])),
  );
  const policies = codes.flatMap((code) => /version: STSv1\n[\s\S]*?max_age: \d+\n/.exec(code) ?? []);
  const quoted = codes.flatMap((code) => [...code.matchAll(/"([^"]+)"/g)].map(([, text = '']) => text));

  it.for([...new Set(policies)])('%s', (policy) => {
    // A first policy may be short-lived; nothing else in them is unwise.
    const { verdict, problems, advice } = parsePolicy(policy);
    expect({ verdict, problems }).toEqual({ verdict: 'valid', problems: [] });
    expect(advice.filter(({ id }) => !id.startsWith('policy.max_age'))).toEqual([]);
  });

  it.for(quoted.filter((text) => text.startsWith('v=STSv1')))('%s', (record) => {
    expect(parseRecord(record)).toMatchObject({ verdict: 'valid', problems: [], advice: [] });
  });

  it.for(quoted.filter((text) => text.startsWith('v=TLSRPTv1')))('%s', (record) => {
    expect(parseTlsRpt(record)).toMatchObject({ verdict: 'valid', problems: [], advice: [] });
  });
});

describe('the zone lines in the examples', () => {
  const lines = topics
    .flatMap(({ parts }) => parts.flatMap((part) => ('code' in part ? part.code.split('\n') : [])))
    .filter((line) => / IN /.test(line));
  const data: Record<string, RegExp> = {
    CNAME: /^(?:[a-z0-9_-]+\.)+$/,
    MX: /^ ?0 \.$/,
    TLSA: /^3 1 1 SHA256-OF-THE-PUBLIC-KEY$/,
    TXT: /^"(?:v=STSv1; id=[A-Za-z0-9]{1,32};|v=TLSRPTv1; rua=(?:mailto|https):[^",;! ]+|v=DMARC1; p=reject.*|v=spf1 -all)"$/,
  };

  it.for(lines)('%s', (line) => {
    const [, name = '', type = '', value = ''] = /^(\S+) +IN (\S+) (.+)$/.exec(line) ?? [];
    expect(name).toMatch(/^(?:[a-z0-9_-]+\.)*example\.(?:com|net)\.$/);
    expect(value).toMatch(data[type] ?? /never/);
  });
});

describe('the dates in the examples', () => {
  it.for([
    ['mx-change', '2026-12-01T12:00Z', 604_800, '8 December 12:00'],
    ['mx-change', '2026-12-01T12:00Z', 3_600, '1 December 13:00'],
    ['max_age', '2026-12-01T12:00Z', 604_800, '8 December 12:00'],
    ['removal', '2026-09-02T00:00Z', 15_552_000, '1 March 2027'],
    ['removal', '2026-12-01T00:00Z', 2_592_000, '31 December 2026'],
    ['rollout', '2026-12-01T00:00Z', 14 * 86_400, '15 December'],
    ['rollout', '2026-12-15T00:00Z', 14 * 86_400, '29 December'],
  ] as const)('%s: %s and %i seconds give %s', ([name, from, seconds, printed]) => {
    const date = new Date(Date.parse(from) + seconds * 1000);
    const day = `${date.getUTCDate()} ${date.toLocaleString('en', { month: 'long', timeZone: 'UTC' })}`;
    expect(printed.startsWith(day)).toBe(true);
    if (printed.includes(':')) expect(date.toISOString().slice(11, 16)).toBe(printed.slice(-5));
    if (/\d{4}$/.test(printed)) expect(date.getUTCFullYear()).toBe(Number(printed.slice(-4)));
    expect(JSON.stringify(topicOf(name).parts)).toContain(printed);
  });
});

function topicOf(name: string): Topic {
  const topic = findTopic(name);
  if (topic === undefined) throw new Error(`no topic ${name}`);
  return topic;
}

function wordsOf(topic: { readonly name: string; readonly aliases: readonly string[] }): string[] {
  return [topic.name, ...topic.aliases];
}

function same(a: string, b: string): boolean {
  const letters = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  return letters(a) === letters(b);
}
