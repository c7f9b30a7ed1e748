/**
 * `mta-sts` as a process: exit codes, both outputs, the JSON that others rely on. What the commands write is in
 * terminal/, without processes.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { createInternet, type Internet } from '../src/local/internet/internet.ts';
import { full } from './runs.ts';
import { checkJson, json, lintJson, newJson } from './terminal/contract.ts';
import { ran } from './terminal/ran.ts';

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let internet: Internet;
let folder: string;

beforeAll(async () => {
  internet = await createInternet();
  folder = await mkdtemp(join(tmpdir(), 'mta-sts-'));
});
afterAll(async () => {
  await internet.stop();
  await rm(folder, { recursive: true });
});

/** The process, with the local internet for its DNS. */
async function cli(
  argv: readonly string[],
  { stdin = '', env = {} }: { stdin?: string | Uint8Array; env?: Record<string, string> } = {},
): Promise<Ran> {
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, ['src/mta-sts.mjs', ...argv], {
    // What other processes of the tests have compiled is not compiled again.
    env: { PATH, NODE_COMPILE_CACHE, ...internet.env, ...env },
  });
  const texts = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => (texts.out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (texts.err += text));
  // A command that needs no input may have ended before it is written.
  child.stdin.on('error', () => {}).end(stdin);
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, ...texts };
}

/** What another process would prove no more of than the ones before: one all the same in the full run. */
const again: typeof cli = full
  ? cli
  : (argv, { stdin, env } = {}) => ran(argv, stdin, { ...internet.env, ...env });

/** The id carries the time. */
function timeless(text: string): string {
  return text.replaceAll(/[0-9]{8}T[0-9]{6}Z[a-z0-9]{4}/g, '<ID>');
}

describe.concurrent('new', () => {
  test('looks the MX up, and prints everything in order', async ({ expect }) => {
    const { code, out, err } = await cli(['new', 'example.test', '--rua', 'tls-reports@example.test']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(timeless(out)).toMatchSnapshot();
  });

  test('a resolver that is not one is named', async ({ expect }) => {
    const { code, err } = await cli(['new', 'example.test'], { env: { DNS_RESOLVERS: 'dns.example' } });
    expect(code).toBe(2);
    expect(err).toContain('DNS_RESOLVERS');
  });

  test('--json', async ({ expect }) => {
    const { code, out, err } = await cli([
      ...['new', 'https://example.test/path', '--mode', 'enforce', '--max-age', '604800', '--id', 'mine1'],
      ...['--mx', 'MX1.example.test', '--mx', 'mx1.example.test', '--rua', 'mailto:a@example.test', '--json'],
    ]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const value = json(newJson, out);
    expect(value).toMatchObject({
      domain: 'example.test',
      record: { name: '_mta-sts.example.test', type: 'TXT', value: 'v=STSv1; id=mine1;' },
      policy: {
        url: 'https://mta-sts.example.test/.well-known/mta-sts.txt',
        body: 'version: STSv1\nmode: enforce\nmx: mx1.example.test\nmax_age: 604800\n',
      },
      tlsRpt: { name: '_smtp._tls.example.test', type: 'TXT' },
    });
    expect(value.findings.map(({ id }) => id)).toEqual(['input.normalised', 'enforce.too-early']);
  });
});

const policy = 'version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 604800\n';

describe.concurrent('lint', () => {
  test.for([
    [policy, 0],
    [policy.replace('testing', 'Testing'), 1],
  ] as const)('%j', async ([stdin, expected], { expect }) => {
    const shown = await cli(['lint', '--policy', '-'], { stdin });
    expect(shown).toMatchObject({ code: expected, err: '' });
    const asJson = await again(['lint', '--policy', '--json'], { stdin });
    expect(asJson).toMatchObject({ code: expected, err: '' });
    expect(json(lintJson, asJson.out).verdict).toBe(expected === 0 ? 'valid' : 'invalid');
  });

  test('a file', async ({ expect }) => {
    const path = join(folder, 'mta-sts.txt');
    await writeFile(path, policy);
    const { code, out } = await cli(['lint', '--policy', path]);
    expect(code).toBe(0);
    expect(out).toContain('valid MTA-STS policy');
    expect(await again(['lint', '--policy', join(folder, 'no\u001b[31m')])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^mta-sts: [ -~]*no: There is no such file/),
    });
  });
});

describe.concurrent('check', () => {
  const verdicts = [
    ['healthy.test', 'enforced', 0],
    ['no-record.test', 'off', 0],
    ['redirect.test', 'broken', 1],
    ['refused.test', 'unknown', 2],
  ] as const;

  test.for(verdicts)('%s is %s', async ([domain, verdict, expected], { expect }) => {
    const looked = await cli(['check', domain, '--json']);
    expect(looked).toMatchObject({ code: expected, err: '' });
    expect(json(checkJson, looked.out)).toMatchObject({ domain, verdict });

    const path = join(folder, `${domain}.json`);
    await writeFile(path, looked.out);
    const judged = await again(['check', '--recorded', path, '--json'], {
      env: { DNS_RESOLVERS: '127.0.0.1:9' },
    });
    expect(judged).toMatchObject({ code: expected, err: '' });
    expect(JSON.parse(judged.out)).toEqual(JSON.parse(looked.out));
  });

  test('several are told in words, and the worst is the exit code', async ({ expect }) => {
    const shown = await cli(['check', ...verdicts.map(([domain]) => domain)]);
    expect(shown).toMatchObject({ code: 2, err: '' });
    expect([...shown.out.matchAll(/^(\S+) · (\S+)$/gm)].map(([, ...told]) => told)).toEqual(
      verdicts.map(([domain, verdict]) => [domain, verdict]),
    );
  });

  test('Ctrl-C ends a look at once', async ({ expect }) => {
    const child = spawn(
      process.execPath,
      ['src/mta-sts.mjs', 'check', 'healthy.test', 'mx-silent.test', '--json'],
      {
        env: { PATH: process.env.PATH, ...internet.env },
      },
    );
    const closed = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })));
    // The first is told, so that the second is being looked at.
    await new Promise((resolve) => child.stdout.once('data', resolve));
    child.kill('SIGINT');
    expect(await closed).toEqual({ code: null, signal: 'SIGINT' });
  });
});

describe.concurrent('manners', () => {
  test('colours only where they are wanted', async ({ expect }) => {
    const argv = ['lint', '--policy'];
    const stdin = policy.replace('testing', 'Testing');
    const plain = await cli(argv, { stdin });
    expect(plain.code).toBe(1);
    expect(plain.out).not.toContain('\u001b');
    expect((await cli(argv, { stdin, env: { FORCE_COLOR: '1' } })).out).toContain('\u001b[31m');
    expect((await cli(argv, { stdin, env: { NO_COLOR: '1' } })).out).not.toContain('\u001b');
  });

  test('a reader that goes away is no crash', async ({ expect }) => {
    const child = spawn(process.execPath, ['src/mta-sts.mjs', 'help'], { env: { PATH: process.env.PATH } });
    let err = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
    child.stdout.destroy();
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect({ code, err }).toEqual({ code: 0, err: '' });
  });

  test.for([
    [['check', 'exam_ple.test'], 2],
    [['new', 'example.test', '--mode', 'Enforce'], 2],
    [['--help'], 0],
  ] as const)('%j ends with %i', async ([argv, expected], { expect }) => {
    const { code, out, err } = await again(argv);
    expect(code).toBe(expected);
    expect(expected === 2 ? out : err).toBe('');
  });
});
