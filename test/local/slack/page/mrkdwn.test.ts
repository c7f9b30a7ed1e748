/** Slack's mrkdwn as a tree: what is markup, what stays text, and that no hostile text becomes more than text. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Inline,
  type Paragraph,
  parseInline,
  parseMrkdwn,
  safeUrl,
} from '../../../../src/local/slack/page/mrkdwn.ts';
import { runs, seed } from '../../../runs.ts';

const text = (content: string): Inline => ({ kind: 'text', text: content });

describe('inline', () => {
  const table: readonly (readonly [string, string, readonly Inline[]])[] = [
    ['plain', 'hello', [text('hello')]],
    ['the three escapes, each once', '&lt;b&gt; &amp;amp; &quot;', [text('<b> &amp; &quot;')]],
    ['bold', 'a *b* c', [text('a '), { kind: 'bold', nodes: [text('b')] }, text(' c')]],
    [
      'styles in styles',
      '*_~x~_*',
      [{ kind: 'bold', nodes: [{ kind: 'italic', nodes: [{ kind: 'strike', nodes: [text('x')] }] }] }],
    ],
    ['a star inside a word is a star', '2*3*4', [text('2*3*4')]],
    ['a star before a space is a star', '* a*', [text('* a*')]],
    ['underscores of a record name', '_mta-sts.example.com', [text('_mta-sts.example.com')]],
    ['underscores in a word', 'max_age and rua_list', [text('max_age and rua_list')]],
    [
      'a pattern of hosts is no bold',
      '*.example.com and *.example.net',
      [text('*.example.com and *.example.net')],
    ],
    ['no style over a line', '*a\nb*', [text('*a'), { kind: 'break' }, text('b*')]],
    ['code is literal', '`*a* &lt;b&gt; _c_`', [{ kind: 'code', text: '*a* <b> _c_' }]],
    ['a style around code', '*`a*b`*', [{ kind: 'bold', nodes: [{ kind: 'code', text: 'a*b' }] }]],
    [
      'a link',
      '<https://a.example/?x=1&amp;y=2|the *page*>',
      [{ kind: 'link', url: 'https://a.example/?x=1&y=2', text: 'the *page*' }],
    ],
    [
      'a bare URL, its full stop left out',
      'see https://a.example/b.',
      [text('see '), { kind: 'link', url: 'https://a.example/b', text: 'https://a.example/b' }, text('.')],
    ],
    ['a host name is no link', 'mx1.example.com', [text('mx1.example.com')]],
    [
      'mentions',
      '<@U1> <#C1|general> <!here>',
      [
        { kind: 'user', id: 'U1', label: undefined },
        text(' '),
        { kind: 'channel', id: 'C1', label: 'general' },
        text(' '),
        { kind: 'broadcast', range: 'here' },
      ],
    ],
    ['an escaped mention is text', '&lt;!channel&gt;', [text('<!channel>')]],
    [
      'a date',
      '<!date^1392734382^{date} {time}|Feb 18>',
      [{ kind: 'date', atSeconds: 1392734382, format: '{date} {time}', url: undefined, fallback: 'Feb 18' }],
    ],
    ['a date of nonsense is its fallback', '<!date^soon^{date}|later>', [text('later')]],
    [
      'an emoji',
      ':lock: 10:30:00',
      [{ kind: 'emoji', name: 'lock' }, text(' 10'), { kind: 'emoji', name: '30' }, text('00')],
    ],
    ['an open angle is text', 'a < b', [text('a < b')]],
  ];
  test.each(table)('%s: %s', (_, source, expected) => {
    expect(parseInline(source)).toEqual(expected);
  });
});

describe('links lead to http and https only', () => {
  const hostile = [
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    'java\tscript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://a.example/1',
    '//a.example',
    '/local/act',
    'mailto:a@example.com',
    'https://',
    'http://[',
  ];
  test.each(hostile)('%s', (target) => {
    expect(safeUrl(target)).toBeUndefined();
    expect(linksOf(parseMrkdwn(`<${target}|click>`))).toEqual([]);
    expect(linksOf(parseMrkdwn(`<!date^1^{date}^${target}|click>`))).toEqual([]);
  });
});

describe('paragraphs', () => {
  const table: readonly (readonly [string, string, readonly Paragraph[]])[] = [
    ['nothing', '', []],
    [
      'quote between lines',
      'a\n&gt; b\n&gt;c\nd',
      [
        { kind: 'paragraph', nodes: [text('a')] },
        { kind: 'quote', nodes: [text('b'), { kind: 'break' }, text('c')] },
        { kind: 'paragraph', nodes: [text('d')] },
      ],
    ],
    [
      'the rest as a quote',
      '&gt;&gt;&gt; a\nb',
      [{ kind: 'quote', nodes: [text('a'), { kind: 'break' }, text('b')] }],
    ],
    [
      'bullets',
      '• a\n• *b*',
      [{ kind: 'list', items: [[text('a')], [{ kind: 'bold', nodes: [text('b')] }]] }],
    ],
    [
      'a fence is literal',
      'x\n```\n*a*\n&lt;b&gt;\n```\ny',
      [
        { kind: 'paragraph', nodes: [text('x')] },
        { kind: 'pre', text: '*a*\n<b>' },
        { kind: 'paragraph', nodes: [text('y')] },
      ],
    ],
    ['an open fence is text', '```a', [{ kind: 'paragraph', nodes: [text('```a')] }]],
  ];
  test.each(table)('%s', (_, source, expected) => {
    expect(parseMrkdwn(source)).toEqual(expected);
  });
});

test('plain words come out as they went in', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (source) => {
      const escaped = source.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
      fc.pre(!/[*_~`:•]|https?:|^&gt;/m.test(escaped));
      expect(
        parseInline(escaped)
          .map((node) => (node.kind === 'text' ? node.text : '\n'))
          .join(''),
      ).toBe(source);
    }),
    { seed, numRuns: runs(300, 20_000) },
  );
});

test('any text is read, and its links are safe', () => {
  const pieces = fc.constantFrom(
    '*',
    '_',
    '~',
    '`',
    '```',
    '<',
    '>',
    '|',
    '@U1',
    '!date^1^',
    '#C1',
    ':',
    '&gt;',
    '\n',
    ' ',
    'a',
    '•',
    'https://a.example',
    'javascript:',
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
      for (const { url } of linksOf(parseMrkdwn(parts.join('')))) expect(safeUrl(url)).toBe(url);
    }),
    { seed, numRuns: runs(500, 50_000) },
  );
});

test.each([
  ['openers without an end', '*a _b ~c '.repeat(8000)],
  ['open angles', '<'.repeat(60_000)],
  ['open code', '` '.repeat(40_000)],
  ['fences', '``` '.repeat(20_000)],
  ['colons', ':a'.repeat(40_000)],
  ['URLs', 'https://'.repeat(10_000)],
  ['runs in runs', `${'*_~'.repeat(20_000)}x${'~_*'.repeat(20_000)}`],
  ['quotes', '&gt;\n'.repeat(20_000)],
])('takes time in proportion to its length: %s', (_, source) => {
  const startedAt = performance.now();
  parseMrkdwn(source);
  // Linear readings take some 20 ms here, a quadratic one many seconds.
  expect(performance.now() - startedAt).toBeLessThan(1500);
});

function linksOf(paragraphs: readonly Paragraph[]): { url: string }[] {
  const inline = (nodes: readonly Inline[]): { url: string }[] =>
    nodes.flatMap((node) => {
      if (node.kind === 'link') return [node];
      if (node.kind === 'date') return node.url === undefined ? [] : [{ url: node.url }];
      return 'nodes' in node ? inline(node.nodes) : [];
    });
  return paragraphs.flatMap((paragraph) => {
    if (paragraph.kind === 'pre') return [];
    return paragraph.kind === 'list' ? paragraph.items.flatMap(inline) : inline(paragraph.nodes);
  });
}
