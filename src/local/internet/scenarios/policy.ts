/** What can be wrong with the text of a policy. */
import { broken, enforced, remarks, testing } from '../healthy.ts';
import type { Expected, Scenario } from '../scenario.ts';

const group = 'Policy text';

/** A policy that differs from a healthy one in one line or more. */
function text(
  name: string,
  title: string,
  expect: Expected,
  write: (body: string) => string | Uint8Array,
): Scenario {
  const domain = `${name}.test`;
  const body = `version: STSv1\nmode: enforce\nmx: mx.${domain}\nmax_age: 2592000\n`;
  return enforced([group, domain, title], expect, { policy: write(body) });
}

export const policyScenarios: readonly Scenario[] = [
  text('bom', 'A byte order mark at its start', broken('policy.bom'), (body) => `\uFEFF${body}`),
  text('cr-only', 'Lines that end with CR alone', broken('policy.cr-only'), (body) =>
    body.replaceAll('\n', '\r'),
  ),
  text('utf16', 'Written in UTF-16', broken('policy.utf16'), (body) =>
    Buffer.from(`\uFEFF${body}`, 'utf16le'),
  ),
  text('nbsp', 'A no-break space after a colon', broken('policy.nbsp'), (body) =>
    body.replace('mode: ', 'mode:\u00A0'),
  ),
  text('smart-quotes', 'Quotes from a word processor', broken('policy.smart-quotes'), (body) =>
    body.replace('enforce', '\u201Cenforce\u201D'),
  ),
  text('fullwidth', 'A colon from an East Asian keyboard', broken('policy.fullwidth'), (body) =>
    body.replace('mode:', 'mode\uFF1A'),
  ),
  text('indented', 'Lines that begin with spaces', broken('policy.leading-space'), (body) =>
    body.replace('mode', '  mode').replace('max_age', '  max_age'),
  ),
  text('space-before-colon', 'A space before a colon', broken('policy.space-before-colon'), (body) =>
    body.replace('mode:', 'mode :'),
  ),
  text('blank-line', 'A blank line in the middle', broken('policy.blank-line'), (body) =>
    body.replace('mode', '\nmode'),
  ),
  text('comment', 'A comment', broken('policy.comment'), (body) => `# our policy\n${body}`),
  text('key-case', 'Keys in upper case', broken('policy.key-case'), (body) =>
    body.replace('version', 'Version'),
  ),
  text('value-case', 'The mode in upper case', broken('policy.value-case'), (body) =>
    body.replace('enforce', 'Enforce'),
  ),
  text('misspelt-key', 'max-age with a hyphen', broken('policy.misspelt-key'), (body) =>
    body.replace('max_age', 'max-age'),
  ),
  text('no-colon', 'A line without a colon', broken('policy.malformed'), (body) =>
    body.replace('mode:', 'mode'),
  ),
  text('zero-width-space', 'An invisible character in a value', broken('policy.zero-width'), (body) =>
    body.replace('enforce', 'en\u200Bforce'),
  ),
  text('extra-newline', 'Two line ends at its end', broken('policy.extra-newline'), (body) => `${body}\n`),
  text('tab-in-value', 'A tab in a value', broken('policy.tab-in-value'), (body) => `${body}contact: a\tb\n`),
  text('lf-cr', 'Lines that end with LF and CR', broken('policy.lf-cr'), (body) =>
    body.replaceAll('\n', '\n\r'),
  ),
  text('cr-cr-lf', 'Lines that end with two CR and LF', broken('policy.cr-cr-lf'), (body) =>
    body.replaceAll('\n', '\r\r\n'),
  ),
  text('no-version', 'The version is missing', broken('policy.missing-version'), (body) =>
    body.replace('version: STSv1\n', ''),
  ),
  text('no-mode', 'The mode is missing', broken('policy.missing-mode'), (body) =>
    body.replace('mode: enforce\n', ''),
  ),
  text('no-max-age', 'max_age is missing', broken('policy.missing-max_age'), (body) =>
    body.replace('max_age: 2592000\n', ''),
  ),
  text('no-mx-line', 'No mx line', broken('policy.missing-mx'), (body) => body.replace(/mx: .*\n/, '')),
  text(
    'version-last',
    'The version is not the first line',
    remarks('policy.version-not-first'),
    (body) => `${body.replace('version: STSv1\n', '')}version: STSv1\n`,
  ),
  text('duplicate-mode', 'Two modes, of which the first counts', remarks('policy.duplicate-field'), (body) =>
    body.replace('enforce\n', 'enforce\nmode: testing\n'),
  ),
  text(
    'unknown-key',
    'A field of the policy that senders do not know',
    remarks('policy.unknown-field'),
    (body) => `${body}contact: postmaster\n`,
  ),
  text('max-age-zero', 'Not to be kept at all', remarks('policy.max_age-zero'), (body) =>
    body.replace('2592000', '0'),
  ),
  text('max-age-short', 'To be kept for an hour', remarks('policy.max_age-short'), (body) =>
    body.replace('2592000', '3600'),
  ),
  text('max-age-over', 'To be kept for two years', broken('policy.max_age-over-maximum'), (body) =>
    body.replace('2592000', '63072000'),
  ),
  text('mx-comma-list', 'Two hosts in one mx line', broken('mx.pattern-list'), (body) =>
    body.replace('.test\n', '.test, mx2.mx-comma-list.test\n'),
  ),
  text('mx-trailing-dot', 'A dot at the end of an mx line', broken('mx.pattern-trailing-dot'), (body) =>
    body.replace('.test\n', '.test.\n'),
  ),
  text('mx-address', 'An IP address in an mx line', broken('mx.pattern-ip'), (body) =>
    body.replace(/mx: .*/, 'mx: 192.0.2.25'),
  ),
  text('mx-empty', 'An mx line without a host', broken('mx.pattern-empty'), (body) =>
    body.replace(/mx: .*/, 'mx:'),
  ),
  text('mx-url', 'A URL in an mx line', broken('mx.pattern-url'), (body) =>
    body.replace('mx: ', 'mx: smtp://'),
  ),
  text('mx-port', 'A port in an mx line', broken('mx.pattern-port'), (body) =>
    body.replace('.test\n', '.test:25\n'),
  ),
  text('mx-inner-wildcard', 'An asterisk inside of an mx line', broken('mx.pattern-inner-wildcard'), (body) =>
    body.replace('mx: mx.', 'mx: mx.*.'),
  ),
  text(
    'mx-partial-wildcard',
    'An asterisk for a part of a label',
    broken('mx.pattern-partial-wildcard'),
    (body) => body.replace('mx: mx.', 'mx: mx*.'),
  ),
  text('mx-leading-dot', 'A dot at the start of an mx line', broken('mx.pattern-leading-dot'), (body) =>
    body.replace('mx: mx.', 'mx: .'),
  ),
  text('mx-u-label', 'An international name as people write it', broken('mx.pattern-u-label'), (body) =>
    body.replace(/mx: .*/, 'mx: mx.bücher.test'),
  ),
  text('mx-underscore', 'An underscore in an mx line', broken('mx.pattern-underscore'), (body) =>
    body.replace('mx: mx.', 'mx: mx_1.'),
  ),
  text('mx-single-label', 'A host without a domain', remarks('mx.pattern-single-label'), (body) =>
    body.replace('max_age', 'mx: mail\nmax_age'),
  ),
  text('mx-duplicate', 'The same mx line twice', remarks('mx.pattern-duplicate'), (body) =>
    body.replace(/(mx: .*\n)/, '$1$1'),
  ),
  text('mx-star', 'An asterisk alone in an mx line', broken('mx.pattern-star-alone'), (body) =>
    body.replace(/mx: .*/, 'mx: *'),
  ),
  testing(
    [group, 'testing-unheard.test', 'Mode testing, and nobody hears what it finds'],
    { verdict: 'testing', findings: ['policy.testing-without-tlsrpt'] },
    { tlsRpt: [] },
  ),
];
