/** mx patterns (RFC 8461 §3.2), good and bad, each with its reason. */
import { describe, expect, it, test } from 'vitest';
import { parseMxPattern } from '../../src/protocol/mtasts.ts';

describe('valid', () => {
  test.each([
    ['a name', 'mx1.example.com', 'mx1.example.com'],
    ['a wildcard', '*.example.com', '*.example.com'],
    ['capital letters', 'MX1.Example.COM', 'mx1.example.com'],
    ['digits alone in a label', '1.2.example', '1.2.example'],
    ['an A-label', 'xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['one label: the grammar has no lower bound', 'localhost', 'localhost'],
    ['labels of 63 characters', `${'a'.repeat(63)}.example`, `${'a'.repeat(63)}.example`],
    ['numbers that are no IPv4 address', '1.2.3', '1.2.3'],
  ])('%s', (_reason, text, pattern) => {
    expect(parseMxPattern(text)).toEqual({ ok: true, value: pattern });
  });
});

describe('wrong, with the place and what to write', () => {
  const host = 'mx1.example.com';
  test.each<[string, string, string, number, number, string | undefined]>([
    ['nothing', '', 'mx.pattern-empty', 1, 0, undefined],
    ['spaces', '  ', 'mx.pattern-empty', 1, 2, undefined],
    ['a final dot', 'mx1.example.com.', 'mx.pattern-trailing-dot', 16, 1, host],
    ['a final dot after a wildcard', '*.example.com.', 'mx.pattern-trailing-dot', 14, 1, '*.example.com'],
    [
      'a leading dot: a wildcard or a slip, nobody knows',
      '.example.com',
      'mx.pattern-leading-dot',
      1,
      1,
      undefined,
    ],
    ['a star alone', '*', 'mx.pattern-star-alone', 1, 1, undefined],
    ['a star and a dot', '*.', 'mx.pattern-star-alone', 1, 2, undefined],
    ['a partial wildcard', 'mx*.example.com', 'mx.pattern-partial-wildcard', 3, 1, undefined],
    ['a partial wildcard in front', '*mx.example.com', 'mx.pattern-partial-wildcard', 1, 1, undefined],
    ['two stars', '**.example.com', 'mx.pattern-partial-wildcard', 1, 1, undefined],
    ['an inner wildcard', 'mx.*.example.com', 'mx.pattern-inner-wildcard', 4, 1, undefined],
    ['two wildcards', '*.*.example.com', 'mx.pattern-inner-wildcard', 3, 1, undefined],
    ['a wildcard at the end', 'mx.example.*', 'mx.pattern-inner-wildcard', 12, 1, undefined],
    ['an IPv4 address: fits the grammar, matches no MX', '192.0.2.1', 'mx.pattern-ip', 1, 9, undefined],
    ['an address literal', '[192.0.2.1]', 'mx.pattern-ip', 1, 11, undefined],
    ['an IPv6 address', '2001:db8::1', 'mx.pattern-ip', 1, 11, undefined],
    ['an IPv6 literal', '[IPv6:2001:db8::1]', 'mx.pattern-ip', 1, 18, undefined],
    ['a port', 'mx1.example.com:25', 'mx.pattern-port', 16, 3, host],
    [
      'a comma list',
      'mx1.example.com, mx2.example.com',
      'mx.pattern-list',
      16,
      2,
      `${host}\nmx2.example.com`,
    ],
    [
      'a list with spaces',
      'mx1.example.com mx2.example.com',
      'mx.pattern-list',
      16,
      1,
      `${host}\nmx2.example.com`,
    ],
    [
      'a list with semicolons',
      'mx1.example.com;mx2.example.com',
      'mx.pattern-list',
      16,
      1,
      `${host}\nmx2.example.com`,
    ],
    ['a list with a wrong name', 'mx1.example.com, a_b.example', 'mx.pattern-list', 16, 2, undefined],
    ['the right side of an MX record', '10 mx1.example.com.', 'mx.pattern-list', 3, 1, host],
    ['a URL', 'https://mx1.example.com/', 'mx.pattern-url', 1, 24, host],
    ['an smtp URL with a port', 'smtp://mx1.example.com:25', 'mx.pattern-url', 1, 25, host],
    ['a path', 'mx1.example.com/', 'mx.pattern-url', 1, 16, host],
    ['a U-label', 'mx.bücher.example', 'mx.pattern-u-label', 5, 1, 'mx.xn--bcher-kva.example'],
    ['a U-label below a wildcard', '*.bücher.example', 'mx.pattern-u-label', 4, 1, '*.xn--bcher-kva.example'],
    ['a sign', 'mx.example.☃', 'mx.pattern-u-label', 12, 1, 'mx.example.xn--n3h'],
    ['an underscore', 'mx_1.example.com', 'mx.pattern-underscore', 3, 1, undefined],
    ['a closing semicolon', 'mx1.example.com;', 'policy.malformed', 16, 1, host],
    ['quotes', '"mx1.example.com"', 'policy.malformed', 1, 1, host],
    ['angle brackets', '<mx1.example.com>', 'policy.malformed', 1, 1, host],
    ['a mail address', 'postmaster@example.com', 'policy.malformed', 11, 1, undefined],
    ['two dots', 'mx1..example.com', 'policy.malformed', 5, 1, undefined],
    ['a hyphen in front', '-mx1.example.com', 'policy.malformed', 1, 1, undefined],
    ['a hyphen at a label’s end', 'mx1-.example.com', 'policy.malformed', 4, 1, undefined],
    ['a label of 64 characters', `${'a'.repeat(64)}.example`, 'policy.malformed', 1, 72, undefined],
    ['a name of 254 characters', `${'a.'.repeat(123)}example1`, 'policy.malformed', 1, 254, undefined],
    ['a percent sign', 'mx%31.example.com', 'policy.malformed', 3, 1, undefined],
    ['a zero-width space', 'mx1\u200b.example.com', 'policy.zero-width', 4, 1, host],
    ['a no-break space at the end', 'mx1.example.com\u00a0', 'policy.nbsp', 16, 1, host],
    ['typographic quotes', '“mx1.example.com”', 'policy.smart-quotes', 1, 1, host],
    ['fullwidth letters', 'ｍｘ1.example.com', 'policy.fullwidth', 1, 1, host],
  ])('%s', (_reason, text, id, column, length, suggestion) => {
    const parsed = parseMxPattern(text);
    expect(parsed).toMatchObject({
      ok: false,
      problem: { id, severity: 'error', column, length, suggestion },
    });
  });

  it('says what is wrong, what a sender does, and what to write', () => {
    const parsed = parseMxPattern('mx1.example.com, mx2.example.com');
    expect(parsed.ok ? undefined : parsed.problem).toMatchInlineSnapshot(`
      {
        "cite": {
          "label": "RFC 8461 §3.2",
          "rfc": 8461,
          "section": "3.2",
          "title": "MTA-STS Policies",
          "url": "https://www.rfc-editor.org/rfc/rfc8461.html#section-3.2",
        },
        "column": 16,
        "detail": "\`mx1.example.com, mx2.example.com\` is read as one name, which matches no MX. A policy has one \`mx\` line for each host.",
        "id": "mx.pattern-list",
        "length": 2,
        "remedy": "Write one line for each host: \`mx: mx1.example.com\`, \`mx: mx2.example.com\`.",
        "severity": "error",
        "suggestion": "mx1.example.com
      mx2.example.com",
        "title": "An mx line has more than one pattern",
      }
    `);
  });
});
