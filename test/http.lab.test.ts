/** What the outside may see of the process over HTTP, and who may see the metrics. */
import { request } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createHttp, type Unready } from '../src/http.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';

const token = 'a-token-of-the-tests-0123';

async function serve(
  options: { unready?: () => Promise<Unready>; slack?: boolean; metricsToken?: string } = {},
) {
  const http = createHttp({
    host: '127.0.0.1',
    port: 0,
    log: createLog('silent'),
    metrics: createMetrics(),
    metricsToken: options.metricsToken,
    unready: options.unready ?? (async () => ({})),
    slackEvents: options.slack ? (_request, response) => void response.end('for Slack') : undefined,
  });
  const port = await http.start();
  onTestFinished(() => {
    http.close();
    http.end();
  });
  const ask = (path: string, method = 'GET', headers: Record<string, string> = {}) =>
    new Promise<{ status: number; body: string; headers: Record<string, unknown> }>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, method, headers, agent: false }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const body = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers });
      })
        .on('error', reject)
        .end();
    });
  return ask;
}

describe('health', () => {
  test('the process lives', async () => {
    const ask = await serve();
    expect(await ask('/healthz')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await ask('/healthz?from=probe')).toMatchObject({ status: 200 });
    expect(await ask('/healthz', 'HEAD')).toMatchObject({ status: 200, body: '' });
  });

  test('ready, or not and why', async () => {
    let problems: Unready = { slack: 'connect ECONNREFUSED' };
    const ask = await serve({ unready: async () => problems });
    const no = await ask('/readyz');
    expect([no.status, JSON.parse(no.body)]).toEqual([503, { ready: false, slack: 'connect ECONNREFUSED' }]);
    problems = {};
    const yes = await ask('/readyz');
    expect([yes.status, JSON.parse(yes.body)]).toEqual([200, { ready: true }]);
  });

  test('a failure within is 500 and no more', async () => {
    const ask = await serve({ unready: () => Promise.reject(new Error('secret words')) });
    expect(await ask('/readyz')).toMatchObject({ status: 500, body: 'Internal error\n' });
  });
});

describe('metrics', () => {
  test.each([
    ['from this machine', undefined, {}, 200],
    ['from this machine, where a token is set', token, {}, 200],
    ['through a proxy without a token set', undefined, { 'x-forwarded-for': '192.0.2.1' }, 401],
    ['through a proxy without the token', token, { 'x-forwarded-for': '192.0.2.1' }, 401],
    ['through a proxy by another name', token, { forwarded: 'for=192.0.2.1' }, 401],
    ['with a wrong token', token, { forwarded: 'for=192.0.2.1', authorization: `Bearer ${token}x` }, 401],
    ['with another scheme', token, { forwarded: 'for=192.0.2.1', authorization: `Basic ${token}` }, 401],
    ['with the token', token, { forwarded: 'for=192.0.2.1', authorization: `Bearer ${token}` }, 200],
  ])('%s', async (_what, metricsToken, headers, status) => {
    const ask = await serve(metricsToken === undefined ? {} : { metricsToken });
    const answer = await ask('/metrics', 'GET', headers as Record<string, string>);
    expect(answer.status).toBe(status);
    expect(answer.body.includes('process_cpu_seconds_total')).toBe(status === 200);
  });

  test('show the ways out that fail by our own network, those from before the first scrape too', async () => {
    const metrics = createMetrics();
    const shown = async () =>
      (await metrics.text()).body.match(/(?<=^mta_sts_bot_own_network_failing\{way=").*$/gm);
    metrics.observeOwnNetwork({ way: 'https-ipv4', to: 'failing' });
    metrics.observeOwnNetwork({ way: 'smtp-ipv6', to: 'failing' });
    metrics.observeOwnNetwork({ way: 'smtp-ipv6', to: 'believed' });
    const none = ['dns"} 0', 'https-ipv4"} 0', 'https-ipv6"} 0', 'smtp-ipv4"} 0', 'smtp-ipv6"} 0'];
    expect(await shown()).toEqual(none.with(1, 'https-ipv4"} 1'));
    metrics.observeOwnNetwork({ way: 'https-ipv4', to: 'reached' });
    expect(await shown()).toEqual(none);
  });
});

describe('everything else', () => {
  test.each([
    ['GET', '/', 404, undefined],
    ['GET', '/slack/events/', 404, undefined],
    ['POST', '/healthz', 405, 'GET, HEAD'],
    ['DELETE', '/metrics', 405, 'GET, HEAD'],
    ['GET', '/slack/events', 405, 'POST'],
    ['POST', '/slack/events', 200, undefined],
  ])('%s %s', async (method, path, status, allow) => {
    const ask = await serve({ slack: true });
    const answer = await ask(path, method);
    expect([answer.status, answer.headers.allow]).toEqual([status, allow]);
  });

  test('in Socket Mode nothing is posted here', async () => {
    const ask = await serve();
    expect(await ask('/slack/events', 'POST')).toMatchObject({ status: 404 });
  });
});
