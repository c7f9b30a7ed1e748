/** What buttons and forms about watches carry: read back as it was, and nothing else is taken for it. */
import { describe, expect, test } from 'vitest';
import { homeMetadata, readHomeState, readWatchValue, watchValue } from '../../src/slack/watch-values.ts';
import { domainName } from './slack-world.ts';

const longest = domainName(`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(44)}.com`);

describe('a button', () => {
  test.each([
    { domain: domainName('example.com') },
    { domain: domainName('example.com'), conversation: 'C0MAILOPS1' },
    { domain: domainName('bücher.example'), conversation: 'D0ANABOT01', page: 3 },
    { domain: longest, conversation: `G${'0'.repeat(30)}`, page: 99_999 },
  ])('%j', (button) => {
    const value = watchValue(button);
    expect(value.length).toBeLessThan(400);
    expect(readWatchValue(value)).toEqual(button);
  });

  test.each([
    [undefined, 'no value'],
    ['', 'an empty one'],
    ['example.com', 'no JSON'],
    ['[2,"example.com",null,null]', 'of another version'],
    ['[1,"exa mple",null,null]', 'no domain'],
    ['[1,"example.com","U0ANA00001",null]', 'a person is no conversation'],
    ['[1,"example.com","<!channel>",null]', 'what is no id'],
    ['[1,"example.com",null,-1]', 'no page'],
    ['[1,"example.com",null,1e9]', 'no page'],
    ['{"__proto__":1}', 'another shape'],
  ])('%j is none: %s', (value, _why) => {
    expect(readWatchValue(value)).toBeUndefined();
  });
});

describe('App Home', () => {
  test('knows its page and what it shows', () => {
    const state = { digest: 'abcdefghijklmnop', page: 7 };
    expect(readHomeState({ private_metadata: homeMetadata(state) })).toEqual(state);
  });

  test.each([
    undefined,
    null,
    {},
    { private_metadata: '' },
    { private_metadata: 'abcdefghijklmnop' },
    { private_metadata: '{"d":1,"p":0}' },
  ])('%j is none of this version', (view) => {
    expect(readHomeState(view)).toBeUndefined();
  });
});
