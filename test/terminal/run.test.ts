/** The commands without a process: what each wrong word is told, and the exit code. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { json, lintJson } from './contract.ts';
import { ran } from './ran.ts';

const folder = await mkdtemp(join(tmpdir(), 'mta-sts-'));
afterAll(() => rm(folder, { recursive: true }));

const mx = ['--mx', 'mx1.example.com'];

describe('wrong usage', () => {
  test.each<[string[], RegExp]>([
    [[], /The command is missing/],
    [['nwe'], /no command nwe; did you mean new\?/],
    [['New', 'example.com'], /no command New; did you mean new\?/],
    [['lnit'], /did you mean lint\?/],
    [['helpp'], /did you mean help\?/],
    [['chek', 'example.com'], /no command chek; did you mean check\?/],
    [['check'], /The domain is missing: mta-sts check example\.com/],
    [['check', 'a_b.example.com'], /underscore/],
    [['check', 'localhost', '192.0.2.1'], /has no dot.*IP address/],
    [['check', '-'], /standard input lists no domain/],
    [['check', '--recorded'], /--recorded needs a value: --recorded FILE/],
    [['check', '--recorded', 'no/such/file'], /no\/such\/file: There is no such file/],
    [['check', '--recorded', '-'], /standard input: This is empty/],
    [['check', '--recorded', 'package.json'], /package\.json: line 1: This is no recorded look/],
    [['check', '--recorded', 'README.md'], /line 1: This is no JSON/],
    [['check', '--recorded', 'x.json', 'example.com'], /looks at no domain; leave example\.com out/],
    [['check', 'example.com', '--policy'], /no option --policy/],
    [['check', 'example.com', '--jsno'], /did you mean --json\?/],
    [['--json'], /no command --json/],
    [['\u001b[31mnew'], /no command new/],
    [['new'], /The domain is missing: mta-sts new example\.com/],
    [['new', 'example.com', 'example.net'], /One domain at a time; example\.net is one too many/],
    [['new', 'example.com', 'mx1.example.com', 'mx2.example.com'], /are too many\. An MX host follows --mx/],
    [['new', ''], /no domain/],
    [['new', 'localhost', ...mx], /has no dot/],
    [['new', '192.0.2.1', ...mx], /IP address/],
    [['new', '*.example.com', ...mx], /\*/],
    [['new', 'exa mple.com', ...mx], /more than a domain|space/],
    [['new', 'a_b.example.com', ...mx], /underscore/],
    [['new', `${'a'.repeat(64)}.com`, ...mx], /63/],
    [['new', `${'a.'.repeat(150)}com`, ...mx], /longer/],
    [['new', 'example..com', ...mx], /./],
    [['new', '-example.com', ...mx], /no option/],
    [['new', 'example.com', '--mx'], /--mx needs a value: --mx HOST/],
    [['new', 'example.com', '--mx', '--json'], /--mx needs a value/],
    [['new', 'example.com', '--mx='], /--mx needs a value/],
    [['new', 'example.com', '--mx', '192.0.2.1'], /--mx 192\.0\.2\.1: .*MX/],
    [['new', 'example.com', '--mx', '[192.0.2.1]'], /--mx \[192\.0\.2\.1\]/],
    [['new', 'example.com', '--mx', 'mx1.example.com.'], /Write --mx mx1\.example\.com\./],
    [['new', 'example.com', '--mx', '*'], /--mx \*: /],
    [['new', 'example.com', '--mx', 'mx*.example.com'], /--mx mx\*\.example\.com: /],
    [['new', 'example.com', '--mx', 'a.*.example.com'], /left-most/],
    [['new', 'example.com', '--mx', 'mx1.example.com:25'], /Write --mx mx1\.example\.com\./],
    [
      ['new', 'example.com', '--mx', 'mx1.example.com,mx2.example.com'],
      /Write --mx mx1\.example\.com --mx mx2\.example\.com\./,
    ],
    [['new', 'example.com', '--mx', 'https://mx1.example.com/'], /Write --mx mx1\.example\.com\./],
    [['new', 'example.com', '--mx', 'mx_1.example.com'], /underscore/],
    [['new', 'example.com', '--mx', 'mx.bücher.example'], /Write --mx mx\.xn--bcher-kva\.example\./],
    [['new', 'example.com', '--mx', '.example.com'], /\*\.example\.com/],
    [['new', 'example.com', ...mx, '--mode', 'Enforce'], /in lower case; write --mode enforce/],
    [['new', 'example.com', ...mx, '--mode', 'test'], /write --mode testing/],
    [['new', 'example.com', ...mx, '--mode', 'off'], /a mode is testing, enforce or none/],
    [['new', 'example.com', ...mx, '--mode'], /--mode needs a value: --mode testing/],
    [['new', 'example.com', ...mx, '--mode', 'none', '--mode', 'testing'], /--mode is given twice/],
    [['new', 'example.com', ...mx, '--max-age', '1w'], /digits only; a week is --max-age 604800/],
    [['new', 'example.com', ...mx, '--max-age', '-1'], /digits only/],
    [['new', 'example.com', ...mx, '--max-age', '1e3'], /digits only/],
    [['new', 'example.com', ...mx, '--max-age', '0x10'], /digits only/],
    [['new', 'example.com', ...mx, '--max-age', ' 5'], /digits only/],
    [['new', 'example.com', ...mx, '--max-age', '31557601'], /the maximum is 31557600/],
    [['new', 'example.com', ...mx, '--max-age', '99999999999'], /digits only|maximum/],
    [['new', 'example.com', ...mx, '--maxage', '5'], /no option --maxage; did you mean --max-age\?/],
    [['new', 'example.com', ...mx, '--max_age', '5'], /did you mean --max-age\?/],
    [['new', 'example.com', ...mx, '--id', '2026-11-23'], /write --id 20261123/],
    [['new', 'example.com', ...mx, '--id', '---'], /needs a value|such as 20261123T161500Z/],
    [['new', 'example.com', ...mx, '--id', 'x'.repeat(33)], /1 to 32/],
    [['new', 'example.com', ...mx, '--rua', 'ftp://example.com/'], /--rua ftp:\/\/example\.com\//],
    [['new', 'example.com', ...mx, '--rua', 'nonsense'], /--rua nonsense: /],
    [['new', 'example.com', ...mx, '--json=yes'], /--json takes no value/],
    [['new', 'example.com', ...mx, '--json', '--json'], /--json is given twice/],
    [['new', 'example.com', ...mx, '-j'], /no option -j/],
    [['new', 'example.com', ...mx, '--policy'], /no option --policy/],
    [['new', 'example.com', ...mx, '--verbose'], /no option --verbose/],
    [['lint'], /write --record, --policy or --tls-rpt/],
    [['lint', 'mta-sts.txt'], /write --record, --policy or --tls-rpt/],
    [['lint', '--record', '--policy'], /--record and --policy exclude each other/],
    [['lint', '--record', 'a', 'b', 'c'], /One file at a time; b, c/],
    [['lint', '--polciy'], /did you mean --policy\?/],
    [['lint', '--tlsrpt'], /did you mean --tls-rpt\?/],
    [['lint', '--policy=x'], /--policy takes no value/],
    [['lint', '--policy', 'no/such/file'], /no\/such\/file: There is no such file/],
    [['lint', '--policy', folder], /This is a folder/],
    [['lint', '--policy', 'x'.repeat(5000)], /longer than a file name can be/],
    [['lint', '--policy', 'a\0b'], /holds no NUL/],
    [['lint', '--policy', '/dev/zero'], /larger than 1 MiB/],
    [['lint', '--policy', 'package.json/x'], /There is no such file/],
  ])('%j', async (argv, told) => {
    const { code, out, err } = await ran(argv);
    expect(out).toBe('');
    expect(err.replaceAll('\n', ' ')).toMatch(told);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may get here
    expect(err).not.toMatch(/[\u0000-\u0009\u000b-\u001f]|please/i);
    expect(code).toBe(2);
  });

  test('all that is wrong is named at once', async () => {
    const { err } = await ran(['new', 'a b', '--mode', 'on', '--max-age', 'x', '--id', '!', '--mx', '*']);
    expect(err.match(/^mta-sts: /gm)).toHaveLength(5);
    const { err: options } = await ran(['new', 'example.com', '--mod', 'x', '--verbose', '--mx']);
    expect(options.match(/^mta-sts: /gm)).toHaveLength(3);
  });

  test('the usage is shown', async () => {
    expect((await ran(['lint'])).err).toMatchSnapshot();
    expect((await ran(['nwe'])).err).toMatchSnapshot();
  });
});

test.each([[['help']], [['--help']], [['-h']], [['new', '--help']], [['lint', '--policy', '-h']]])(
  '%j is help',
  async (argv) => {
    const { code, out, err } = await ran(argv);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('mta-sts lint (--record | --policy | --tls-rpt) [FILE | -] [--json]');
    for (const line of out.split('\n')) {
      expect(line.length).toBeLessThan(line.startsWith('  mta-sts') ? 130 : 91);
    }
  },
);

describe('files', () => {
  test.each<[string, Uint8Array, RegExp]>([
    ['binary', new Uint8Array([0x89, 0x50, 0, 0, 1, 2]), /not a text file/],
    ['zeros', new Uint8Array(100), /not a text file/],
    ['huge', new Uint8Array(1_048_577).fill(0x61), /larger than 1 MiB/],
  ])('%s', async (name, octets, told) => {
    const path = join(folder, name);
    await writeFile(path, octets);
    expect(await ran(['lint', '--policy', path])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(told),
    });
    expect(await ran(['lint', '--policy', '-'], octets)).toMatchObject({
      code: 2,
      err: expect.stringMatching(told),
    });
  });

  test.each([
    ['with a byte order mark', Buffer.from('\ufeffversion: STSv1\n', 'utf16le')],
    ['without one', Buffer.from('version: STSv1\nmode: none\n', 'utf16le')],
  ])('UTF-16 %s is a text with a fault', async (_, octets) => {
    expect(await ran(['lint', '--policy', '-'], octets)).toMatchObject({ code: 1, err: '' });
  });
});

const policy = 'version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 604800\n';

describe('lint', () => {
  test.each([
    ['valid policy', '--policy', policy, 0],
    ['CRLF', '--policy', policy.replaceAll('\n', '\r\n'), 0],
    ['capital mode', '--policy', policy.replace('testing', 'Testing'), 1],
    ['a wide character before the fault', '--policy', policy.replace('mx1', '邮件mx1'), 1],
    ['an invisible character', '--policy', policy.replace('testing', 'test\u200bing'), 1],
    ['a byte order mark', '--policy', `\ufeff${policy}`, 1],
    ['an escape sequence', '--policy', policy.replace('testing', '\u001b[2J\u001b[31mtesting'), 1],
    ['a public suffix', '--policy', policy.replace('mx1.example.com', '*.co.uk'), 1],
    ['a very long line', '--policy', policy.replace('mx1', `mx1${'x'.repeat(500)}!`), 1],
    ['nothing', '--policy', '', 1],
    ['valid record', '--record', 'v=STSv1; id=1;\n', 0],
    ['two records', '--record', 'v=STSv1; id=1;\nv=STSv1; id=2;\n', 1],
    ['two records with an empty line between', '--record', 'v=STSv1; id=1;\n\nv=STSv1; id=a-b;\n', 1],
    ['record in quotes', '--record', '"v=STSv1; id=1;"\n', 1],
    ['no record', '--record', 'v=spf1 -all\n', 1],
    ['nothing for a record', '--record', '', 1],
    ['valid TLS-RPT', '--tls-rpt', 'v=TLSRPTv1; rua=mailto:a@example.com\n', 0],
    ['TLS-RPT without a scheme', '--tls-rpt', 'v=TLSRPTv1; rua=a@example.com\n', 1],
  ] as const)('%s', async (_, kind, text, expected) => {
    const { code, out, err } = await ran(['lint', kind, '-'], text);
    expect({ code, err }).toEqual({ code: expected, err: '' });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may get here
    expect(out).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\ufeff]/);
    if (expected === 1) expect(out).toMatch(/^error {4}\S.*\n {9}line [0-9]+, character [0-9]+\n/m);
    const asJson = await ran(['lint', kind, '--json'], text);
    expect(asJson).toMatchObject({ code: expected, err: '' });
    const { verdict, value } = json(lintJson, asJson.out);
    expect(value !== undefined).toBe(verdict === 'valid');
  });
});
