/** What the composer offers while a command is typed. */
import { describe, expect, test } from 'vitest';
import { complete } from '../../../../src/local/slack/page/completion.ts';

const commands = [
  {
    command: '/mta-sts',
    description: 'Make a policy',
    usageHint: '[domain] | check <domain> | explain <topic> | help',
  },
  { command: '/other', description: 'Another', usageHint: '' },
];
const scenarios = [
  { domain: 'example.test', title: 'All well' },
  { domain: 'null-mx.test', title: 'No mail' },
];
const offered = (text: string): string[] =>
  complete(text, commands, scenarios).suggestions.map((one) => one.text);

describe('commands', () => {
  test.each([
    ['/', ['/mta-sts ', '/other '], true],
    ['/mt', ['/mta-sts '], true],
    ['/MT', ['/mta-sts '], true],
    ['/mta-sts', ['/mta-sts '], false],
    ['/x', [], true],
    ['hello /mta', [], false],
    ['', [], false],
    ['//', [], true],
  ] as const)('%j', (text, expected, preselect) => {
    const completion = complete(text, commands, scenarios);
    expect(completion.suggestions.map((one) => one.text)).toEqual(expected);
    expect(completion.preselect).toBe(preselect);
  });
});

describe('arguments', () => {
  test.each([
    [
      '/mta-sts ',
      [
        '/mta-sts example.test',
        '/mta-sts null-mx.test',
        '/mta-sts check ',
        '/mta-sts explain ',
        '/mta-sts help',
      ],
    ],
    ['/mta-sts ex', ['/mta-sts example.test', '/mta-sts explain ']],
    ['/mta-sts example.test', []],
    ['/mta-sts help', []],
    ['/mta-sts check nu', ['/mta-sts check null-mx.test']],
    ['/mta-sts explain mx', []],
    ['/mta-sts check a b', []],
    ['/other ', []],
    ['/unknown ', []],
  ])('%j', (text, expected) => {
    expect(offered(text)).toEqual(expected);
  });

  test('Enter sends what is typed unless one is chosen', () => {
    expect(complete('/mta-sts ', commands, scenarios).preselect).toBe(false);
  });

  test('the usage stands there once the command is known', () => {
    expect(complete('/mta-sts ', commands, scenarios).usage?.usageHint).toContain('[domain]');
    expect(complete('/unknown ', commands, scenarios).usage).toBeUndefined();
  });
});
