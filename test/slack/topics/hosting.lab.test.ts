/** Each hosting recipe that claims to be tried, in the real server, asked by the strictest of senders. */
import { get } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recipes } from '../../../src/slack/topics/recipes.ts';
import { strictFetch } from './strict-fetch.ts';
import { missingFor, otherHost, policy, policyHost, startWebServer, type WebServer } from './web-servers.ts';

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
