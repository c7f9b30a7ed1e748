/** `mta-sts check` with looks that are given: order, exit codes, JSON Lines, the line that is written over. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nothingYet, type Progress } from '../../src/check/progress.ts';
import type { Report } from '../../src/check/report.ts';
import { reportJson } from '../../src/check/report.ts';
import type { HostName } from '../../src/protocol/domain.ts';
import { checksAtOnce, type Look } from '../../src/terminal/check.ts';
import { healthy } from '../check/observations.ts';
import { checkJson, json } from './contract.ts';
import { type Circumstances, type Ran, ran } from './ran.ts';
import { broken, enforced, finding, off, parked, unknown } from './reports.ts';

/** What comes of a domain, by its first label. */
const outcomes: Readonly<Record<string, Report>> = { enforced, broken, off, parked, unknown };

const lookAt: Look = async (domain) => ({
  ...(outcomes[domain.split('.')[0] ?? ''] ?? enforced),
  domain,
});

async function checked(
  argv: readonly string[],
  { look = lookAt, stdin = '', ...more }: { look?: Look; stdin?: string | Uint8Array } & Circumstances = {},
): Promise<Ran> {
  return await ran(['check', ...argv], stdin, undefined, { openLook: async () => look, ...more });
}

function lines(out: string): readonly ReturnType<typeof checkJson.parse>[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => json(checkJson, `${line}\n`));
}

describe('one domain', () => {
  test.each([
    ['enforced.example', 0],
    ['off.example', 0],
    ['parked.example', 0],
    ['broken.example', 1],
    ['unknown.example', 2],
  ])('%s', async (domain, expected) => {
    const { code, out, err } = await checked([domain]);
    expect({ code, err }).toEqual({ code: expected, err: '' });
    expect(out).toMatch(new RegExp(`^${domain} · ${domain.split('.')[0]?.replace('parked', 'off')}\n`));
    const asJson = await checked([domain, '--json']);
    expect(asJson).toMatchObject({ code: expected, err: '' });
    expect(json(checkJson, asJson.out).domain).toBe(domain);
  });

  test('warnings alone are nothing wrong', async () => {
    const report = { ...enforced, findings: [finding({ severity: 'warning', breaks: false })] };
    expect((await checked(['example.com'], { look: async () => report })).code).toBe(0);
  });

  test('what was typed around it is told', async () => {
    const { code, out, err } = await checked(['https://mta-sts.example.com/', 'Example.COM.']);
    expect(code).toBe(0);
    expect(err).toMatch(/^mta-sts: https:\/\/mta-sts\.example\.com\/ was read as example\.com\.\n$/);
    expect(out).not.toContain('2 domains');
  });

  test('capitals, a final dot and IDNA are not worth a word', async () => {
    expect(await checked(['Example.COM.', 'bücher.example'])).toMatchObject({ code: 0, err: '' });
  });
});

describe('several domains', () => {
  test('are told in the order given, whichever is known first, and summed up', async () => {
    const domains = ['broken.example', 'enforced.example', 'off.example'];
    const { look, endNext } = lastFirst(domains.length);
    const ended: Look = async (...more) => {
      const report = await look(...more);
      endNext();
      return report;
    };
    const { code, out, err } = await checked(domains, { look: ended });
    expect({ code, err }).toEqual({ code: 1, err: '' });
    expect([...out.matchAll(/^(\S+) · /gm)].map(([, domain]) => domain)).toEqual(domains);
    expect(out.slice(out.indexOf('3 domains'))).toMatchSnapshot();
  });

  test('are JSON Lines, each as soon as it is known', async () => {
    const domains = ['broken.example', 'unknown.example', 'off.example'];
    const { look, endNext } = lastFirst(domains.length);
    // The next one ends only when this one has been printed.
    const { code, out, err } = await checked([...domains, '--json'], { look, onOut: endNext });
    expect({ code, err }).toEqual({ code: 2, err: '' });
    expect(lines(out).map(({ domain }) => domain)).toEqual(domains.toReversed());
  });

  test('that is none is told, and stops no other', async () => {
    const { code, out, err } = await checked(['a_b.example', 'enforced.example', 'localhost']);
    expect(code).toBe(2);
    expect(err.match(/^mta-sts: /gm)).toHaveLength(2);
    expect(out).toMatch(/^enforced\.example · enforced\n/);
  });

  test('come from standard input too, each once', async () => {
    const stdin =
      '# ours\r\nenforced.example\n\n  off.example   # parked?\n#x\nOFF.example\nbad_one.example\n';
    const { code, out, err } = await checked(['broken.example', '-', 'off.example', '--json'], { stdin });
    expect(code).toBe(2);
    expect(err).toMatch(/^mta-sts: line 7: .*underscore/);
    expect(lines(out).map(({ domain }) => domain)).toEqual([
      'broken.example',
      'enforced.example',
      'off.example',
    ]);
  });

  test.each([
    ['nothing', ''],
    ['comments', '# nothing\n\n'],
    ['an image', new Uint8Array([0x89, 0x50, 0, 0, 1, 2])],
  ])('standard input with %s', async (_, stdin) => {
    expect(await checked(['-'], { stdin })).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^mta-sts: standard input/),
    });
  });

  test('are looked at together, never more than the limit', async () => {
    let now = 0;
    let most = 0;
    const look: Look = async (domain, ...more) => {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return await lookAt(domain, ...more);
    };
    const stdin = Array.from({ length: 500 }, (_, index) => `d${index}.example\n`).join('');
    const { out } = await checked(['-', '--json'], { look, stdin });
    expect(new Set(lines(out).map(({ domain }) => domain)).size).toBe(500);
    expect(most).toBe(checksAtOnce);
  });

  test('a fault of the program in one look ends the others', async () => {
    const signals: AbortSignal[] = [];
    const look: Look = async (domain, _, { signal }) => {
      signals.push(signal);
      if (domain === 'b.example') throw new Error('our bug');
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return enforced;
    };
    await expect(checked(['a.example', 'b.example', 'c.example'], { look })).rejects.toThrow('our bug');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true]);
  });
});

/** Looks that wait for each other: the last one ends first, and the next when `endNext` is called. */
function lastFirst(count: number): { readonly look: Look; readonly endNext: () => void } {
  const ends: (() => void)[] = [];
  const endNext = () => ends.pop()?.();
  const look: Look = async (domain, ...more) => {
    await new Promise<void>((resolve) => {
      if (ends.push(resolve) === count) endNext();
    });
    return await lookAt(domain, ...more);
  };
  return { look, endNext };
}

test('the time of a look is that of its beginning', async () => {
  const times: number[] = [];
  const look: Look = async (domain, now, more) => {
    times.push(now.getTime());
    await new Promise((resolve) => setTimeout(resolve, 5));
    return await lookAt(domain, now, more);
  };
  const stdin = Array.from({ length: checksAtOnce + 1 }, (_, index) => `d${index}.example\n`).join('');
  await checked(['-'], { look, stdin });
  const begin = new Date('2026-11-23T16:15:00Z').getTime();
  expect(Math.min(...times)).toBeGreaterThanOrEqual(begin);
  expect(times.at(-1)).toBeGreaterThan(times[0] ?? Number.NaN);
});

test('a wrong environment variable is named, and nothing is looked at', async () => {
  const env = { DNS_RESOLVERS: 'dns.example', EHLO_NAME: 'me', SMTP_CONTROL_HOST: '1.2.3.4' };
  const { code, out, err } = await ran(['check', 'example.com'], '', env);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  for (const name of Object.keys(env)) expect(err).toContain(`\n  ${name}: `);
});

describe('the line that is written over', () => {
  const steps: readonly Progress[] = [
    nothingYet,
    { ...nothingYet, record: 'done' },
    {
      record: 'done',
      policy: 'done',
      mx: 'done',
      hosts: [
        { host: 'mx1.example.com' as HostName, state: 'done' },
        { host: 'mx2.example.com' as HostName, state: 'looking' },
      ],
    },
  ];
  const look: Look = async (domain, now, more) => {
    for (const step of steps) more.onProgress(step);
    return await lookAt(domain, now, more);
  };

  test('of one domain tells how far it is, and is gone before the report', async () => {
    const { err } = await checked(['example.com'], { look, live: true });
    expect(err.split('\r')).toEqual([
      '',
      'example.com: record … · policy … · MX …\u001b[K',
      'example.com: record ✓ · policy … · MX …\u001b[K',
      'example.com: record ✓ · policy ✓ · mx1.example.com ✓ · mx2.example.com …\u001b[K',
      '\u001b[K',
    ]);
  });

  test.each([
    ['standard error is no terminal', ['example.com'], false],
    ['--json', ['example.com', '--json'], true],
  ])('is not there: %s', async (_, argv, live) => {
    expect((await checked(argv, { look, live })).err).toBe('');
  });

  test('of many domains is a bar', async () => {
    const { err } = await checked(['broken.example', 'off.example', 'b.example', '--json'], {
      look,
      live: true,
    });
    expect(err).toContain('0 of 3 checked ────────────────────');
    expect(err).toContain('2 of 3 checked ━━━━━━━━━━━━━─────── 1 broken');
    expect(err).not.toContain('record');
    expect(err.endsWith('\r\u001b[K')).toBe(true);
  });

  test('fits its line, however many hosts and whatever they are called', async () => {
    const hosts = Array.from({ length: 30 }, (_, index) => ({
      host: `alt${index}.inbound.mail-provider.example` as HostName,
      state: index < 12 ? ('done' as const) : ('looking' as const),
    }));
    const progress: Progress = { record: 'done', policy: 'failed', mx: 'done', hosts };
    const { err } = await checked(['example.com'], {
      live: true,
      look: async (domain, now, more) => {
        more.onProgress(progress);
        return await lookAt(domain, now, more);
      },
    });
    const [, line = ''] = err.split('\r');
    expect(line).toMatch(/^record ✓ · policy ✗ · 12 of 30 MX hosts · alt12\.inbound/);
    expect(line.replace('\u001b[K', '').length).toBeLessThan(80);
  });
});

describe('--recorded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mta-sts-'));
  afterAll(() => rm(folder, { recursive: true }));
  const file = join(folder, 'looks.jsonl');

  test('judges what --json printed as it was judged, without a network', async () => {
    const first = await ran(['check', '--recorded', '-', '--json'], JSON.stringify(healthy));
    expect(first).toMatchObject({ err: '' });
    const again = await ran(['check', '--recorded', '-', '--json'], first.out);
    expect(again).toEqual(first);
    json(checkJson, first.out);
  });

  test('several, one a line; what is none stops no other', async () => {
    const look = JSON.stringify(reportJson({ ...enforced, observation: healthy }));
    await writeFile(file, `${look}\nnonsense\n${look}\n`);
    const { code, out, err } = await ran(['check', '--recorded', file]);
    expect(code).toBe(2);
    expect(err).toContain('looks.jsonl: line 2: This is no JSON');
    expect(out).toContain('\n2 domains: ');
  });
});
