/** Records for the tests: one that is usual, and any that the form can make. */
import fc from 'fast-check';
import { type MxPattern, maxAgeSecondsMax, modes, parseMxPattern } from '../../src/protocol/mtasts.ts';
import { parseTypedRua, type Rua } from '../../src/protocol/tlsrpt.ts';
import type { Records } from '../../src/slack/records.ts';
import { alice, domainName, google, now } from './slack-world.ts';

function pattern(text: string): MxPattern {
  const parsed = parseMxPattern(text);
  if (!parsed.ok) throw new Error(parsed.problem.title);
  return parsed.value;
}

export function rua(text: string): Rua {
  const parsed = parseTypedRua(text);
  if (!parsed.ok) throw new Error(parsed.problem.title);
  return parsed.value;
}

export function records(change: Partial<Records> = {}): Records {
  return {
    domain: domainName('example.com'),
    policy: { mode: 'testing', mx: google.map(pattern), maxAgeSeconds: 604_800 },
    id: '20261123T161500Z3f9c',
    rua: [rua('tls-reports@example.com')],
    askedBy: alice,
    covered: {
      covered: 5,
      compared: 5,
      total: 5,
      provider: 'Google Workspace',
      atSeconds: Math.floor(now.getTime() / 1000),
    },
    ...change,
  };
}

const label = fc
  .stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/)
  .filter((text) => !text.startsWith('xn--'));
const hostText = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => labels.join('.'));
const patternText = fc.tuple(fc.constantFrom('', '*.'), hostText).map((parts) => parts.join(''));
const coverage = fc
  .tuple(
    fc.nat(50),
    fc.nat(50),
    fc.nat(50),
    fc.nat(4_000_000_000),
    fc.constantFrom(undefined, 'Google Workspace', 'Microsoft 365'),
  )
  .map(([covered, more, most, atSeconds, provider]) => ({
    covered,
    compared: covered + more,
    total: covered + more + most,
    atSeconds,
    ...(provider === undefined ? {} : { provider }),
  }));

/** Any records that the form can make, up to the 3000 characters that its field takes. */
export const anyRecords: fc.Arbitrary<Records> = fc
  .record({
    domain: hostText.map(domainName),
    mode: fc.constantFrom(...modes),
    mx: fc
      .uniqueArray(patternText, { minLength: 1, maxLength: 120, size: 'max' })
      .map((texts) => texts.filter((_, at) => texts.slice(0, at + 1).join('\n').length <= 3000).map(pattern)),
    maxAgeSeconds: fc.nat(maxAgeSecondsMax),
    id: fc.stringMatching(/^[A-Za-z0-9]{1,32}$/),
    rua: fc.uniqueArray(
      hostText.map((host) => rua(`tls@${host}`)),
      { maxLength: 3 },
    ),
    askedBy: fc.stringMatching(/^[UW][A-Z0-9]{8,10}$/),
    covered: fc.option(coverage, { nil: undefined }),
  })
  .map(({ mode, mx, maxAgeSeconds, covered, ...rest }) => ({
    ...rest,
    policy: { mode, mx, maxAgeSeconds },
    ...(covered === undefined || mode === 'none' ? {} : { covered }),
  }));
