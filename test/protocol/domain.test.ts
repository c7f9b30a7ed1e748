/** Names, exact and as typed: good and bad, each with its reason. */
import { describe, expect, it, test } from 'vitest';
import { displayDomain, parseDomain, parseHost } from '../../src/protocol/domain.ts';
import { parseTypedDomain } from '../../src/protocol/typed-domain.ts';

const long = `${'a'.repeat(60)}.`;

describe('a domain that a program or DNS gave', () => {
  test.each([
    ['a name', 'example.com', 'example.com'],
    ['capital letters', 'Example.COM', 'example.com'],
    ["the root's dot", 'example.com.', 'example.com'],
    ['U-labels', 'bücher.example', 'xn--bcher-kva.example'],
    ['capital U-labels', 'BÜCHER.Example', 'xn--bcher-kva.example'],
    ['A-labels', 'XN--Bcher-Kva.example', 'xn--bcher-kva.example'],
    ['ß is a letter of its own', 'faß.de', 'xn--fa-hia.de'],
    ['Japanese with its own dot', '日本語。jp', 'xn--wgv71a119e.jp'],
    ['digits in front', '3com.example', '3com.example'],
    ['a label of 63 characters', `${'a'.repeat(63)}.com`, `${'a'.repeat(63)}.com`],
    ['242 characters', `${long.repeat(3)}${'b'.repeat(55)}.com`, `${long.repeat(3)}${'b'.repeat(55)}.com`],
  ])('%s', (_reason, text, domain) => {
    expect(parseDomain(text)).toEqual({ ok: true, value: domain });
  });

  test.each<[string, string, string, number | undefined]>([
    ['nothing', '', 'empty', undefined],
    ['a dot', '.', 'empty', undefined],
    ['one label', 'localhost', 'single-label', undefined],
    ['one label and a dot', 'com.', 'single-label', undefined],
    ['a space in front', ' example.com', 'space', 1],
    ['a space inside', 'exam ple.com', 'space', 5],
    ['a no-break space', 'example\u00a0.com', 'space', 8],
    ['a newline at the end', 'example.com\n', 'space', 12],
    ['a NULL', 'example\0.com', 'character', 8],
    ['a wildcard', '*.example.com', 'wildcard', 1],
    ['an underscore', '_mta-sts.example.com', 'underscore', 1],
    ['a percent sign, which a URL would decode', '%65xample.com', 'character', 1],
    ['a slash', 'example.com/', 'character', 12],
    ['an at sign', 'a@example.com', 'character', 2],
    ['a colon', 'example.com:25', 'character', 12],
    ['a backslash', 'example\\.com', 'character', 8],
    ['a quote', "o'example.com", 'character', 2],
    ['IPv4', '192.0.2.1', 'ip-address', undefined],
    ['IPv4 with a dot', '192.0.2.1.', 'ip-address', undefined],
    ['IPv4 in three parts, which a URL completes', '192.0.2', 'ip-address', undefined],
    ['IPv4 in hexadecimal', '0xc0.0x00.2.1', 'ip-address', undefined],
    ['IPv4 as one number', '3221225985', 'ip-address', undefined],
    ['an address literal', '[192.0.2.1]', 'ip-address', undefined],
    ['IPv6', '2001:db8::1', 'ip-address', undefined],
    ['IPv6 with a zone', 'fe80::1%eth0', 'ip-address', undefined],
    ['IPv6 in brackets', '[2001:db8::1]', 'ip-address', undefined],
    ['a number as top label', 'example.123', 'numeric-top-label', undefined],
    ['a hexadecimal number as top label', 'example.0x1', 'numeric-top-label', undefined],
    ['Arabic digits as top label', 'example.١٢', 'international', 9],
    ['two dots', 'example..com', 'empty-label', 9],
    ['a dot in front', '.example.com', 'empty-label', 1],
    ['two final dots', 'example.com..', 'empty-label', 13],
    ['a hyphen in front', '-example.com', 'hyphen', undefined],
    ['a hyphen at the end', 'example-.com', 'hyphen', undefined],
    ['a label of 64 characters', `${'a'.repeat(64)}.com`, 'label-too-long', undefined],
    ['a U-label that is too long as an A-label', `${'ü'.repeat(60)}.com`, 'label-too-long', undefined],
    [
      '243 characters: no room for _smtp._tls.',
      `${long.repeat(3)}${'b'.repeat(56)}.com`,
      'name-too-long',
      undefined,
    ],
    ['ten thousand characters', 'a.'.repeat(5_000), 'name-too-long', undefined],
    ['letters that map to a slash', 'a℀b.com', 'international', 2],
    ['a lone surrogate', 'a\ud800.com', 'international', 2],
    ['a combining mark in front', '\u0301a.com', 'international', 1],
    ['a zero-width joiner', 'a\u200db.com', 'international', 2],
  ])('%s', (_reason, text, code, column) => {
    const parsed = parseDomain(text);
    expect(parsed).toMatchObject({ ok: false, problem: { code } });
    if (!parsed.ok) {
      expect(parsed.problem.column).toBe(column);
      expect(parsed.problem.message).toMatch(/ Write | write |Check /);
      expect(parsed.problem.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });
});

describe('a host', () => {
  it('may be one label, and as long as DNS allows', () => {
    expect(parseHost('localhost')).toEqual({ ok: true, value: 'localhost' });
    expect(parseHost(`${long.repeat(4)}example.x`).ok).toBe(true);
    expect(parseHost(`${long.repeat(4)}example.xy`)).toMatchObject({ problem: { code: 'name-too-long' } });
  });
});

describe('for people', () => {
  test.each([
    ['xn--bcher-kva.example', 'bücher.example (xn--bcher-kva.example)'],
    ['example.com', 'example.com'],
    ['xn--zzzz99.com', 'xn--zzzz99.com'],
  ])('%s', (text, shown) => {
    const parsed = parseHost(text);
    expect(parsed.ok && displayDomain(parsed.value)).toBe(shown);
  });
});

describe('a domain as people type or paste it', () => {
  test.each([
    ['as it is', 'example.com', 'as-is', false],
    ["Slack's link of what was typed", '<http://example.com|example.com>', 'link', false],
    ['a link with no text', '<https://example.com>', 'url', true],
    ['a link to an address', '<mailto:a@example.com|a@example.com>', 'e-mail', true],
    ['capital letters', 'Example.Com', 'trimmed', true],
    ['a final dot', 'example.com.', 'trimmed', true],
    ['spaces around', '  example.com\t', 'trimmed', true],
    ['no-break and zero-width spaces around', '\u200b\u00a0example.com\ufeff', 'trimmed', true],
    ['a zero-width space inside', 'exam\u200bple.com', 'trimmed', true],
    ['typographic quotes', '“example.com”', 'trimmed', true],
    ['backticks', '`example.com`', 'trimmed', true],
    ['bold', '*example.com*', 'trimmed', true],
    ['italic', '_example.com_', 'trimmed', true],
    ['a question mark', 'example.com?', 'trimmed', true],
    ['parentheses', '(example.com)', 'trimmed', true],
    ['fullwidth', 'ｅｘａｍｐｌｅ．ｃｏｍ', 'trimmed', true],
    ['an address', 'alice@example.com', 'e-mail', true],
    ['an address with a name', 'Alice Smith <alice@example.com>', 'e-mail', true],
    ['an address with a quoted @', '"a@b"@example.com', 'e-mail', true],
    ['mailto with a subject', 'mailto:a@example.com?subject=x@y.example', 'e-mail', true],
    ['the part after the @', '@example.com', 'e-mail', true],
    ['a URL', 'https://example.com/', 'url', true],
    ['a URL with everything', 'https://user:pw@example.com:8443/a?b@c#d', 'url', true],
    ['a path', 'example.com/about', 'url', true],
    ['a port', 'example.com:25', 'url', true],
    ['the record name', '_mta-sts.example.com', 'record-name', true],
    ['the TLS-RPT record name', '_smtp._tls.example.com', 'record-name', true],
    ['the DMARC record name', '_dmarc.example.com.', 'record-name', true],
    ['the policy host', 'mta-sts.example.com', 'policy-host', true],
    ['the policy URL', 'https://mta-sts.example.com/.well-known/mta-sts.txt', 'policy-host', true],
  ])('%s', (_reason, text, from, normalised) => {
    expect(parseTypedDomain(text)).toEqual({ ok: true, value: { domain: 'example.com', from, normalised } });
  });

  test.each([
    ['bücher.example', 'xn--bcher-kva.example', 'u-label'],
    ['<http://bücher.example|bücher.example>', 'xn--bcher-kva.example', 'u-label'],
    ['info@bücher.example', 'xn--bcher-kva.example', 'e-mail'],
    ['mta-sts.com', 'mta-sts.com', 'as-is'],
  ])('%s', (text, domain, from) => {
    expect(parseTypedDomain(text)).toMatchObject({ ok: true, value: { domain, from } });
  });

  test.each([
    ['nothing', '', 'empty'],
    ['quotes around nothing', '“”', 'empty'],
    ['an address without a domain', 'alice@', 'empty'],
    ['a scheme alone', 'https://', 'empty'],
    ['two domains', 'example.com example.org', 'several'],
    ['a comma list', 'example.com,example.org', 'several'],
    ['two lines', 'example.com\nexample.org', 'several'],
    ['two addresses', 'a@example.com; b@example.org', 'several'],
    ['two links', '<http://a.example|a.example> <http://b.example|b.example>', 'several'],
    ['a domain and a word', 'check example.com', 'space'],
    ['two words', 'our domain', 'space'],
    ['a comma for the dot', 'example,com', 'space'],
    ['a person', '<@U123ABC|alice>', 'mention'],
    ['a channel', '<#C123|general>', 'mention'],
    ['everybody', '<!here>', 'mention'],
    ['an IP address in a URL', 'http://192.0.2.1/', 'ip-address'],
    ['IPv6 in a URL', 'https://[2001:db8::1]:8443/', 'ip-address'],
    ['an address literal after the @', 'a@[192.0.2.1]', 'ip-address'],
    ['a wildcard', '*.example.com', 'wildcard'],
    ['an underscore', 'my_domain.example', 'underscore'],
    ['one word', 'example', 'single-label'],
    ['a label that is too long', `${'a'.repeat(64)}.com`, 'label-too-long'],
    ['five thousand characters', 'a'.repeat(5_000), 'name-too-long'],
    ['markup', '<script>alert(1)</script>', 'character'],
  ])('%s', (_reason, text, code) => {
    expect(parseTypedDomain(text)).toMatchObject({ ok: false, problem: { code } });
  });
});
