/** What is sealed opens again with the right key and owner, and with nothing else. */
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createSecrets, SecretError } from '../../src/store/secrets.ts';

const [key, otherKey] = [randomBytes(32), randomBytes(32)];
const secrets = createSecrets([key]);
const text = 'xoxb-1234-secret';
const sealed = secrets.seal(text, 'team:T1');

test.each(['', 'a', text, 'ä🐝\u0000', 'x'.repeat(1_000_000)])('opens as it was sealed (%#)', (one) => {
  expect(secrets.open(secrets.seal(one, 'team:T1'), 'team:T1')).toBe(one);
});

test('is never sealed twice the same, and shows nothing of text, owner or key', () => {
  const many = new Set(Array.from({ length: 1000 }, () => secrets.seal(text, 'team:T1')));
  expect(many.size).toBe(1000);
  for (const one of many) {
    expect(one).toMatch(/^v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+$/);
    const bytes = Buffer.from(one.split('.')[2] ?? '', 'base64url');
    for (const hidden of [Buffer.from(text), Buffer.from('team:T1'), key])
      expect(bytes.includes(hidden)).toBe(false);
  }
});

describe('does not open', () => {
  const parts = sealed.split('.');
  const body = Buffer.from(parts[2] ?? '', 'base64url');
  const flipped = (index: number) => {
    const bytes = Buffer.from(body);
    bytes.writeUInt8((bytes.at(index) ?? 0) ^ 1, index < 0 ? bytes.length + index : index);
    return `${parts[0]}.${parts[1]}.${bytes.toString('base64url')}`;
  };
  const other = createSecrets([otherKey]);
  const cases: readonly [why: string, sealed: string, owner: string, says: string][] = [
    ['for another owner', sealed, 'team:T2', 'belongs to another owner'],
    ['for an owner whose name begins the same', sealed, 'team:T', 'belongs to another owner'],
    ['with a changed nonce', flipped(0), 'team:T1', 'was changed'],
    ['with a changed text', flipped(12), 'team:T1', 'was changed'],
    ['with a changed tag', flipped(-1), 'team:T1', 'was changed'],
    ['cut short', sealed.slice(0, -2), 'team:T1', 'was changed'],
    ['with more behind it', `${sealed}AAAA`, 'team:T1', 'was changed'],
    [
      'under another key',
      other.seal(text, 'team:T1'),
      'team:T1',
      'under a key that SECRETS_KEY does not have',
    ],
    [
      'under another key that claims to be ours',
      other.seal(text, 'team:T1').replace(/^v1\.\w+/, `v1.${parts[1]}`),
      'team:T1',
      'was changed',
    ],
    ['in clear', text, 'team:T1', 'not a sealed secret'],
    ['empty', '', 'team:T1', 'not a sealed secret'],
    ['without text and tag', `${parts[0]}.${parts[1]}.AAAA`, 'team:T1', 'not a sealed secret'],
    ['of a later format', sealed.replace('v1', 'v2'), 'team:T1', 'not a sealed secret'],
  ];
  test.each(cases)('%s', (_, one, owner, says) => {
    let thrown: unknown;
    try {
      secrets.open(one, owner);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(SecretError);
    expect(String(thrown)).toContain(says);
    const readable = inspect(thrown, { depth: 10 });
    for (const hidden of [text, key.toString('base64'), key.toString('hex')]) {
      expect(readable).not.toContain(hidden);
    }
  });

  test('any change of any bit', () => {
    for (let index = 0; index < body.length; index += 1) {
      expect(() => secrets.open(flipped(index), 'team:T1')).toThrow(SecretError);
    }
  });
});

describe('several keys', () => {
  const both = createSecrets([otherKey, key]);

  test('the first seals, all of them open', () => {
    expect(both.open(sealed, 'team:T1')).toBe(text);
    const anew = both.seal(text, 'team:T1');
    expect(createSecrets([otherKey]).open(anew, 'team:T1')).toBe(text);
    expect(() => secrets.open(anew, 'team:T1')).toThrow(SecretError);
  });

  test('what is under which key can be told without opening it', () => {
    expect(both.newest).not.toBe(secrets.newest);
    expect(both.known).toEqual([both.newest, secrets.newest]);
    expect(sealed.startsWith(secrets.newest ?? '-')).toBe(true);
  });
});

test('without a key nothing is sealed', () => {
  const none = createSecrets([]);
  expect(none.newest).toBeUndefined();
  expect(() => none.seal(text, 'team:T1')).toThrow('SECRETS_KEY is not set');
  expect(() => none.open(sealed, 'team:T1')).toThrow(SecretError);
});
