/** Where the domains end that somebody can register. */
import { expect, test } from 'vitest';
import { registrableDomain } from '../../src/protocol/registrable-domain.ts';

test.each([
  ['example.com', 'example.com'],
  ['mail.news.example.com', 'example.com'],
  ['example.co.uk', 'example.co.uk'],
  ['a.b.example.co.uk', 'example.co.uk'],
  ['_mta-sts.example.com', 'example.com'],
  ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
  // The list's private section: strangers have names there, too.
  ['someone.github.io', 'someone.github.io'],
  ['a.someone.github.io', 'someone.github.io'],
  ['github.io', undefined],
  ['co.uk', undefined],
  ['com', undefined],
  // No suffix of the list, and so the last label is one.
  ['mail.example.test', 'example.test'],
])('%s: %s', (name, expected) => {
  expect(registrableDomain(name)).toBe(expected);
});
