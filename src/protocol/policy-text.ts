/** Reads policy files (RFC 8461 §3.2). */
import type { Fault, Parsed } from './fault.ts';
import { extensionName, maxAge, maxAgeMaximum, modeWords, policyExtensionValue } from './grammar.ts';
import type { Policy } from './mtasts.ts';
import { type MxPattern, readMxPattern } from './mx-pattern.ts';
import { rfc } from './rfc.ts';

export function readPolicy(body: Uint8Array | string): Parsed<Policy> {
  const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { ignoreBOM: true }).decode(body);
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  const fields = new Map<string, string>();
  const mx: MxPattern[] = [];
  for (const [index, line] of lines.entries()) {
    const [, key = '', value = ''] = /^([^:]*):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (!extensionName.test(key) || !policyExtensionValue.test(value)) return invalid(index + 1);
    if (key === 'mx') {
      const pattern = readMxPattern(value);
      if (!pattern.ok) return invalid(index + 1);
      mx.push(pattern.value);
    } else if (!fields.has(key)) fields.set(key, value);
  }
  const mode = modeWords.find((word) => word === fields.get('mode'));
  const age = fields.get('max_age') ?? '';
  if (fields.get('version') !== 'STSv1' || mode === undefined || !maxAge.test(age)) return invalid(1);
  if (Number(age) > maxAgeMaximum || (mx.length === 0 && mode !== 'none')) return invalid(1);
  return {
    verdict: 'valid',
    value: { mode, mx, maxAgeSeconds: Number(age) },
    problems: [],
    advice: [],
    corrected: undefined,
  };
}

function invalid(line: number): Parsed<Policy> {
  const fault: Fault = {
    id: 'policy.malformed',
    severity: 'error',
    title: 'A line of the policy is not valid',
    detail: `Line ${line} does not fit the grammar. Strict senders drop the policy.`,
    remedy: 'Write a line such as `mode: testing`.',
    cite: rfc(8461, '3.2'),
    line,
    column: 1,
    length: 0,
  };
  return { verdict: 'invalid', value: undefined, problems: [fault], advice: [], corrected: undefined };
}
