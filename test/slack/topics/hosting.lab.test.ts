/**
 * Each hosting recipe that claims to be tried, in the real server, asked by the strictest of senders; and
 * of the recipes for hosted services what can be run without the service.
 */
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTopic } from '../../../src/slack/topics/index.ts';
import { recipes } from '../../../src/slack/topics/recipes.ts';
import { strictFetch } from './strict-fetch.ts';
import {
  findProgram,
  missingFor,
  otherHost,
  policy,
  policyHost,
  startWebServer,
  type WebServer,
} from './web-servers.ts';

describe.for(['nginx', 'caddy', 'apache'] as const)('%s', (name) => {
  const missing = missingFor(name);
  if (missing !== undefined) {
    it.skip(`${name} is not tried here: ${missing} is not installed`, () => {});
    return;
  }
  const recipe = recipes.find((each) => each.name === name);
  let server: WebServer;
  beforeAll(async () => {
    server = await startWebServer(name, recipe?.code ?? '');
  });
  afterAll(() => server?.stop());

  const fetchAs = (host: string, more: { path?: string; tls?: 'TLSv1.2' | 'TLSv1.3' } = {}) =>
    strictFetch({ address: '127.0.0.1', port: server.httpsPort, ca: server.ca, host, ...more });

  it.for(['TLSv1.2', 'TLSv1.3'] as const)('serves the exact policy over %s', async (tls) => {
    const answer = await fetchAs(policyHost, { tls });
    expect(answer).toMatchObject({
      status: 200,
      location: undefined,
      contentType: 'text/plain; charset=utf-8',
      contentEncoding: undefined,
      tlsVersion: tls,
      nameFits: true,
    });
    expect(answer.body.equals(policy)).toBe(true);
  });

  it.for(['/', '/mta-sts.txt', '/.well-known/', '/.well-known/mta-sts'])(
    'serves nothing at %s',
    async (path) => {
      const answer = await fetchAs(policyHost, { path });
      expect(answer.status).toBeGreaterThanOrEqual(403);
      expect(answer.body.includes('STSv1')).toBe(false);
    },
  );

  it.skipIf(findProgram('curl') === undefined)('shows itself to the command that the topic gives', () => {
    const command = codeOf('hosting', 'curl').trim().split(' ');
    const [program = '', ...args] = command.map((word) =>
      word.replace('//mta-sts.example.com/', `//${policyHost}:${server.httpsPort}/`),
    );
    const folder = mkdtempSync(join(tmpdir(), 'curl-'));
    writeFileSync(join(folder, 'ca.pem'), server.ca);
    const lab = ['-s', '--cacert', 'ca.pem', '--resolve', `${policyHost}:${server.httpsPort}:127.0.0.1`];
    const shown = execFileSync(program, [...lab, ...args], { cwd: folder, encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(shown).toMatch(/^HTTP\/(?:1\.1|2) 200\b[\s\S]*\ncontent-type: text\/plain; charset=utf-8\r\n/i);
    expect(shown.endsWith(`\r\n\r\n${policy}`)).toBe(true);
  });

  it('leaves the site beside it as it was', async () => {
    const answer = await fetchAs(otherHost);
    expect(answer).toMatchObject({ status: 301, nameFits: true });
  });

  it('gives a name that is not served no certificate that would fit (RFC 8461 §7.1)', async () => {
    await expect(fetchAs('mta-sts.elsewhere.test')).rejects.toThrow();
  });

  it('is not disturbed by the redirect from http to https', async () => {
    const plain = await new Promise<{ status: number | undefined; location: string | undefined }>(
      (resolve, reject) => {
        get(
          { host: '127.0.0.1', port: server.httpPort, headers: { host: policyHost }, agent: false },
          (answer) => {
            answer.resume();
            resolve({ status: answer.statusCode, location: answer.headers.location });
          },
        ).on('error', reject);
      },
    );
    expect(plain.status).toBeGreaterThanOrEqual(301);
    expect(plain.location).toContain(`https://${policyHost}`);
    await expect(fetchAs(policyHost)).resolves.toMatchObject({ status: 200 });
  });
});

it('serves the policy and nothing else from the Worker, run without Cloudflare', async () => {
  const source = `data:text/javascript,${encodeURIComponent(codeOf('cloudflare', 'fetch(request)'))}`;
  const worker = (await import(source)) as { default: { fetch: (request: Request) => Response } };
  const ask = (path: string) => worker.default.fetch(new Request(`https://mta-sts.example.com${path}`));
  const answer = ask('/.well-known/mta-sts.txt');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  expect(await answer.text()).toBe('version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: 604800\n');
  for (const path of ['/', '/mta-sts.txt']) expect(ask(path).status).toBe(404);
});

it.skipIf(findProgram('git') === undefined)('commits what GitHub Pages needs, run without GitHub', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, encoding: 'utf8' });
  git('init', '--quiet');
  git('config', 'user.name', 'Lab');
  git('config', 'user.email', 'lab@example.test');
  writeFileSync(join(folder, 'mta-sts.txt'), policy);
  const commands = codeOf('github-pages', 'touch').replace('git push\n', '');
  execFileSync('sh', ['-euc', commands], { cwd: folder, stdio: 'pipe' });
  expect(git('ls-files').trim().split('\n')).toEqual(['.nojekyll', '.well-known/mta-sts.txt', 'CNAME']);
  expect(readFileSync(join(folder, '.well-known/mta-sts.txt')).equals(policy)).toBe(true);
  expect(readFileSync(join(folder, 'CNAME'), 'utf8')).toBe('mta-sts.example.com\n');
  rmSync(folder, { recursive: true });
});

it.skipIf(findProgram('openssl') === undefined)('gives the value of the TLSA record 3 1 1', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tlsa-'));
  const make = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', [...make, '-keyout', 'key', '-out', 'mx1.pem', '-subj', '/CN=lab'], {
    cwd: folder,
    stdio: 'pipe',
  });
  const printed = execFileSync('sh', ['-euc', codeOf('dane', 'openssl')], { cwd: folder, encoding: 'utf8' });
  const key = new X509Certificate(readFileSync(join(folder, 'mx1.pem'))).publicKey;
  rmSync(folder, { recursive: true });
  const digest = createHash('sha256').update(key.export({ type: 'spki', format: 'der' }));
  expect(printed.trim().endsWith(digest.digest('hex'))).toBe(true);
});

function codeOf(topic: string, piece: string): string {
  const parts = findTopic(topic)?.parts ?? [];
  for (const part of parts) if ('code' in part && part.code.includes(piece)) return part.code;
  throw new Error(`${topic} holds no code with ${piece}`);
}
