/**
 * The rules for the policy itself: its text, as src/protocol reads it, and what is unwise in it. Whether it
 * fits the MX of the domain, and who else could be taken for one, is left to mx-patterns.ts.
 */
import { decodeText, splitLines } from '../../protocol/policy-lines.ts';
import { rfc } from '../../protocol/rfc.ts';
import { testingUnheard } from '../choices.ts';
import { once } from '../once.ts';
import { type Rule, rule, type Skip } from '../rule.ts';
import type { Seen } from '../seen.ts';
import { type FaultFamily, type FaultShape, faultRule, type ReadText } from './fault-rule.ts';
import { isHtml } from './http-file.ts';
import { skip, unasked } from './needs.ts';
import { reportsWanted, tlsRptRemedy } from './tls-rpt.ts';

const family: FaultFamily = { area: 'policy', cite: rfc(8461, '3.2'), read: once(readPolicyText) };

function readPolicyText(seen: Seen): ReadText | Skip {
  const off = unasked(seen);
  if (off !== undefined) return off;
  const { policy, policyBody, policyUrl } = seen;
  if (policy === undefined || policyBody === undefined) return skip('no policy could be fetched');
  // What a page says is not read as a policy.
  if (isHtml(policyBody)) return skip('a web page was served instead');
  const { lines } = splitLines(decodeText(policyBody).text);
  return { parsed: policy, name: policyUrl, kind: 'lines', lines, seen };
}

const error = (id: string, title: string): FaultShape => ({ id, title, severity: 'error' });

const shapes: readonly FaultShape[] = [
  error('policy.malformed', 'The policy fits no grammar'),
  error('policy.utf16', 'The file is UTF-16'),
  error('policy.bom', 'The file begins with a byte order mark'),
  error('policy.nbsp', 'The policy has a space that is not ASCII'),
  error('policy.zero-width', 'The policy has a character that cannot be seen'),
  error('policy.smart-quotes', 'The policy has typographic quotes'),
  error('policy.fullwidth', 'The policy has a fullwidth character'),
  {
    ...error('policy.key-case', 'The name of a field is not in lower case'),
    severity: 'error; warning where only one mx line of several is lost',
  },
  error('policy.value-case', 'A value is not written in the right case'),
  {
    ...error('policy.misspelt-key', 'The name of a field is misspelt'),
    severity: 'error; warning where only one mx line of several is lost',
  },
  error('policy.leading-space', 'A line begins with a space or a tab'),
  error('policy.space-before-colon', 'A space stands before the colon'),
  error('policy.blank-line', 'A line is blank'),
  error('policy.extra-newline', 'The file ends in more than one newline'),
  error('policy.comment', 'The policy has a comment'),
  // Only a field that no sender knows can have one.
  {
    ...error('policy.tab-in-value', 'A tab stands inside a value'),
    supersedes: ['policy.unknown-field'],
  },
  error('policy.cr-only', 'Lines end in CR alone'),
  error('policy.lf-cr', 'Lines end in LF CR'),
  error('policy.cr-cr-lf', 'Lines end in CR CR LF'),
  error('policy.missing-version', 'The policy has no version'),
  error('policy.missing-mode', 'The policy has no mode'),
  error('policy.missing-max_age', 'The policy has no max_age'),
  error('policy.missing-mx', 'The policy has no mx'),
  { id: 'policy.version-not-first', title: 'The version is not the first field', severity: 'notice' },
  { id: 'policy.duplicate-field', title: 'A field stands in the policy twice', severity: 'warning' },
  { id: 'policy.unknown-field', title: 'A field is not known', severity: 'notice' },
  error('policy.max_age-over-maximum', 'max_age is over the maximum'),
  { id: 'policy.max_age-zero', title: 'max_age is 0', severity: 'warning' },
  {
    id: 'policy.max_age-short',
    title: 'max_age is short',
    severity: 'warning under a day, notice under a week in enforce',
  },
  error('mx.pattern-empty', 'An mx pattern is empty'),
  error('mx.pattern-ip', 'An mx pattern is an IP address'),
  error('mx.pattern-url', 'An mx pattern is a URL'),
  error('mx.pattern-list', 'An mx line has more than one pattern'),
  error('mx.pattern-port', 'An mx pattern has a port'),
  error('mx.pattern-star-alone', 'An mx pattern is `*` alone'),
  error('mx.pattern-inner-wildcard', 'An mx pattern has a `*` that is not its first label'),
  error('mx.pattern-partial-wildcard', 'An mx pattern has a `*` that is only a part of a label'),
  error('mx.pattern-leading-dot', 'An mx pattern begins with a dot'),
  error('mx.pattern-trailing-dot', 'An mx pattern ends in a dot'),
  error('mx.pattern-u-label', 'An mx pattern is an international name in its Unicode form'),
  error('mx.pattern-underscore', 'An mx pattern has an underscore'),
  {
    id: 'mx.pattern-single-label',
    title: 'An mx pattern has no domain',
    severity: 'warning',
    supersedes: ['mx.pattern-unused'],
  },
  { id: 'mx.pattern-duplicate', title: 'An mx pattern stands there twice', severity: 'notice' },
];

const testingWithoutTlsRpt = rule({
  id: 'policy.testing-without-tlsrpt',
  area: 'policy',
  title: 'Nobody hears what testing finds',
  severity: 'warning',
  cite: rfc(8460, '3'),
  silences: ['rpt.absent'],
  needs: (seen) => {
    const wanted = reportsWanted(seen);
    if ('skip' in wanted) return wanted;
    if (seen.mode === undefined) return skip('no policy could be read');
    return seen.mode === 'testing' ? wanted : skip(`the policy is in mode ${seen.mode}`);
  },
  judge: ({ seen: { domain, tlsRptName }, absent }) => {
    if (!absent) return [];
    const { text } = testingUnheard(domain);
    return [{ subject: tlsRptName, detail: text, remedy: tlsRptRemedy(domain, tlsRptName) }];
  },
});

export const policyRules: readonly Rule[] = [
  ...shapes.map((shape) => faultRule(family, shape)),
  testingWithoutTlsRpt,
];
