/** What people type after /mta-sts, and what they are told when it is not understood. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCommand, slashCommand, usages } from '../../src/slack/command.ts';
import { anyCharacter } from '../characters.ts';
import { runs, seed } from '../runs.ts';

describe('the empty form', () => {
  test.each([
    '',
    ' ',
    '\t\n',
    '\u00a0',
    '\u200b',
    'new',
    'NEW',
    ' new ',
    'make',
    '/mta-sts',
    'mta-sts',
    '/mta-sts new',
  ])('%j', (text) => {
    expect(parseCommand(text)).toEqual({ ok: true, value: { kind: 'new' } });
  });
});

describe('a domain', () => {
  test.each([
    ['example.com', 'example.com'],
    ['  example.com  ', 'example.com'],
    ['Example.COM', 'example.com'],
    ['example.com.', 'example.com'],
    ['mail.example.co.uk', 'mail.example.co.uk'],
    ['new example.com', 'example.com'],
    ['New Example.com', 'example.com'],
    ['/mta-sts example.com', 'example.com'],
    ['mta-sts example.com', 'example.com'],
    ['<http://example.com|example.com>', 'example.com'],
    ['<https://example.com/path|https://example.com/path>', 'example.com'],
    ['<https://example.com>', 'example.com'],
    ['https://example.com/a?b=c', 'example.com'],
    ['http://example.com:8080/', 'example.com'],
    ['mailto:postmaster@example.com', 'example.com'],
    ['<mailto:postmaster@example.com|postmaster@example.com>', 'example.com'],
    ['postmaster@example.com', 'example.com'],
    ['“example.com”', 'example.com'],
    ['"example.com"', 'example.com'],
    ["'example.com'", 'example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['日本語。jp', 'xn--wgv71a119e.jp'],
    ['example.com\u200b', 'example.com'],
    ['explain.example', 'explain.example'],
    ['help.example', 'help.example'],
  ])('%j', (text, domain) => {
    const parsed = parseCommand(text);
    expect(parsed.ok && parsed.value.kind === 'new' && parsed.value.typed?.domain).toBe(domain);
  });
});

describe('a check', () => {
  test.each([
    ['check example.com', 'example.com'],
    ['Check Example.COM.', 'example.com'],
    ['test example.com', 'example.com'],
    ['verify example.com', 'example.com'],
    ['validate example.com', 'example.com'],
    ['/mta-sts check example.com', 'example.com'],
    ['check <http://example.com|example.com>', 'example.com'],
    ['check postmaster@bücher.example', 'xn--bcher-kva.example'],
  ])('%j', (text, domain) => {
    const parsed = parseCommand(text);
    expect(parsed.ok && parsed.value.kind === 'check' && parsed.value.typed.domain).toBe(domain);
  });
});

describe('watches', () => {
  test.each([
    ['watch example.com', 'watch', 'example.com'],
    ['WATCH Example.COM.', 'watch', 'example.com'],
    ['monitor example.com', 'watch', 'example.com'],
    ['follow example.com', 'watch', 'example.com'],
    ['subscribe example.com', 'watch', 'example.com'],
    ['watch <http://example.com|example.com>', 'watch', 'example.com'],
    ['/mta-sts watch bücher.example', 'watch', 'xn--bcher-kva.example'],
    ['unwatch example.com', 'unwatch', 'example.com'],
    ['unsubscribe example.com', 'unwatch', 'example.com'],
    ['stop postmaster@example.com', 'unwatch', 'example.com'],
    ['watch watch.example', 'watch', 'watch.example'],
  ])('%j', (text, kind, domain) => {
    const parsed = parseCommand(text);
    expect(parsed).toEqual({ ok: true, value: { kind, typed: expect.objectContaining({ domain }) } });
  });

  test.each([
    ['list', 'list'],
    ['LIST', 'list'],
    ['ls', 'list'],
    ['watches', 'list'],
    ['watched', 'list'],
    ['settings', 'settings'],
    ['Settings', 'settings'],
    ['preferences', 'settings'],
    ['config', 'settings'],
  ])('%j', (text, kind) => {
    expect(parseCommand(text)).toEqual({ ok: true, value: { kind } });
  });
});

describe('words', () => {
  test.each([
    ['help', { kind: 'help' }],
    ['HELP', { kind: 'help' }],
    ['Help ', { kind: 'help' }],
    ['?', { kind: 'help' }],
    ['-h', { kind: 'help' }],
    ['--help', { kind: 'help' }],
    ['/mta-sts help', { kind: 'help' }],
    ['help mx-change', { kind: 'explain', topic: 'mx-change' }],
    ['explain', { kind: 'explain', topic: undefined }],
    ['EXPLAIN', { kind: 'explain', topic: undefined }],
    ['explain max_age', { kind: 'explain', topic: 'max_age' }],
    ['Explain Max_Age', { kind: 'explain', topic: 'Max_Age' }],
    ['explain  max   age', { kind: 'explain', topic: 'max age' }],
    ['explain nothing-like-it', { kind: 'explain', topic: 'nothing-like-it' }],
    ['explain <!channel>', { kind: 'explain', topic: '<!channel>' }],
  ])('%j', (text, command) => {
    expect(parseCommand(text)).toEqual({ ok: true, value: command });
  });
});

describe('what is not understood, with what to type instead', () => {
  test.each([
    ['hlep', 'unknown-word', '/mta-sts help'],
    ['halp', 'unknown-word', '/mta-sts help'],
    ['helpp', 'unknown-word', '/mta-sts help'],
    ['explian', 'unknown-word', '/mta-sts explain'],
    ['explian max_age', 'unknown-word', '/mta-sts explain max_age'],
    ['explai max-age', 'unknown-word', '/mta-sts explain max_age'],
    ['max_age', 'unknown-word', '/mta-sts explain max_age'],
    ['max age', 'unknown-word', '/mta-sts explain max_age'],
    ['check', 'no-domain', '/mta-sts check example.com'],
    ['test', 'no-domain', '/mta-sts check example.com'],
    ['check example', 'not-a-domain', undefined],
    ['check example.com example.org', 'extra-words', '/mta-sts check example.com'],
    ['chekc example.com', 'unknown-word', '/mta-sts check example.com'],
    ['checks Example.com.', 'unknown-word', '/mta-sts check example.com'],
    ['chekc', 'unknown-word', '/mta-sts check example.com'],
    ['watch', 'no-domain', '/mta-sts watch example.com'],
    ['unwatch', 'no-domain', '/mta-sts unwatch example.com'],
    ['stop', 'no-domain', '/mta-sts unwatch example.com'],
    ['watch example', 'not-a-domain', undefined],
    ['unwatch example', 'not-a-domain', undefined],
    ['watch example.com example.org', 'extra-words', '/mta-sts watch example.com'],
    ['watch example.com #mail-ops', 'extra-words', '/mta-sts watch example.com'],
    ['unwatch example.com <#C0MAILOPS|mail-ops>', 'extra-words', '/mta-sts unwatch example.com'],
    ['wach example.com', 'unknown-word', '/mta-sts watch example.com'],
    ['wacth Example.com.', 'unknown-word', '/mta-sts watch example.com'],
    ['unwach example.com', 'unknown-word', '/mta-sts unwatch example.com'],
    ['un-watch', 'unknown-word', '/mta-sts unwatch example.com'],
    ['lits', 'unknown-word', '/mta-sts list'],
    ['lists', 'unknown-word', '/mta-sts list'],
    ['list example.com', 'extra-words', '/mta-sts list'],
    ['list all of them', 'extra-words', '/mta-sts list'],
    ['setings', 'unknown-word', '/mta-sts settings'],
    ['settings quiet', 'extra-words', '/mta-sts settings'],
    ['example.com watch', 'extra-words', '/mta-sts watch example.com'],
    ['example.com unwatch', 'extra-words', '/mta-sts unwatch example.com'],
    ['generate example.com', 'unknown-word', '/mta-sts example.com'],
    ['example', 'unknown-word', undefined],
    ['localhost', 'unknown-word', undefined],
    ['constructor', 'unknown-word', undefined],
    ['__proto__', 'unknown-word', undefined],
    ['toString', 'unknown-word', undefined],
    ['.', 'unknown-word', undefined],
    ['/', 'unknown-word', undefined],
    ['<>', 'unknown-word', undefined],
    ['\u0000', 'not-a-domain', undefined],
    ['example..com', 'not-a-domain', undefined],
    ['.example.com', 'not-a-domain', undefined],
    ['-example.com', 'not-a-domain', undefined],
    ['exa_mple.com', 'not-a-domain', undefined],
    ['192.0.2.1', 'not-a-domain', undefined],
    ['*.example.com', 'not-a-domain', undefined],
    ['<!channel>', 'not-a-domain', undefined],
    ['<@U123>', 'not-a-domain', undefined],
    ['@example', 'not-a-domain', undefined],
    ['https://', 'not-a-domain', undefined],
    [`${'a'.repeat(64)}.example`, 'not-a-domain', undefined],
    [`${'abcdefgh.'.repeat(30)}example`, 'not-a-domain', undefined],
    ['new example', 'not-a-domain', undefined],
    ['example.com example.org', 'extra-words', '/mta-sts example.com'],
    ['example.com check', 'extra-words', '/mta-sts check example.com'],
    ['example.com verify', 'extra-words', '/mta-sts check example.com'],
    ['new example.com now', 'extra-words', '/mta-sts example.com'],
    ['example.com a b c', 'extra-words', '/mta-sts example.com'],
    ['Example.com, example.org', 'extra-words', '/mta-sts example.com'],
  ])('%j', (text, code, nearest) => {
    const parsed = parseCommand(text);
    expect(parsed.ok ? parsed.value : [parsed.problem.code, parsed.problem.nearest]).toEqual([code, nearest]);
  });
});

test('what each wrong input is told', async () => {
  const told = [
    'hlep',
    'check',
    'watch',
    'unwatch',
    'watch example.com #mail-ops',
    'list all of them',
    'wach example.com',
    'example',
    'a b',
    '`x`',
    'example.com x',
    'example.com x y',
    'z'.repeat(500),
  ].map((text) => {
    const parsed = parseCommand(text);
    return parsed.ok ? `${text}: understood` : parsed.problem.message;
  });
  await expect(`${told.join('\n')}\n`).toMatchFileSnapshot('snapshots/command-problems.snap');
});

test('everything that usage lists works', () => {
  for (const { typed } of usages) {
    expect(parseCommand(typed.slice(slashCommand.length)).ok, typed).toBe(true);
  }
});

test('any text is a command or a problem with a short sentence', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: anyCharacter }), fc.string({ unit: 'grapheme', maxLength: 5000 })),
      (text) => {
        const parsed = parseCommand(text);
        if (!parsed.ok) {
          expect(parsed.problem.message.length).toBeLessThan(600);
          expect(parsed.problem.message).toMatch(/[.!?]$/);
        }
      },
    ),
    { numRuns: runs(200, 50_000), seed },
  );
});
