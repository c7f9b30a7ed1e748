/** The workspace's server: who may ask, how much, and what the page gets. */
import { once } from 'node:events';
import { type IncomingHttpHeaders, request } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { createWorkspace, type Workspace } from '../../../src/local/slack/workspace.ts';
import { manifestWith } from './app.ts';

async function start(): Promise<Workspace> {
  const workspace = await createWorkspace({ manifest: manifestWith() });
  onTestFinished(() => workspace.stop());
  return workspace;
}

/** By hand: fetch would not let us choose Host, Origin and Sec-Fetch headers. */
async function ask(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body = '',
): Promise<{ status: number; headers: IncomingHttpHeaders; text: string }> {
  const outgoing = request(url, { method, headers, agent: false });
  outgoing.end(body);
  const [incoming] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return { status: incoming.statusCode, headers: incoming.headers, text };
}

const json = { 'content-type': 'application/json' };
const reset = JSON.stringify({ kind: 'reset' });

test.each([
  ['this page', {}, 200],
  ['localhost', (port: string) => ({ host: `localhost:${port}` }), 200],
  ['its own origin', (port: string) => ({ origin: `http://127.0.0.1:${port}` }), 200],
  ['a name that leads here (DNS rebinding)', { host: 'evil.test' }, 403],
  ['that name with the port', (port: string) => ({ host: `evil.test:${port}` }), 403],
  ['another port', { host: '127.0.0.1:1' }, 403],
  ['a page of another site', { origin: 'https://evil.test' }, 403],
  ['a page without an origin', { origin: 'null' }, 403],
  ['another program on this machine by its page', { origin: 'http://127.0.0.1:1' }, 403],
  [
    'a picture on another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    403,
  ],
  [
    'a frame on another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
    403,
  ],
  [
    'a link on another site',
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
    200,
  ],
] as const)('%s may ask or not', async (_who, headers, status) => {
  const { url } = await start();
  const port = new URL(url).port;
  const sent: Record<string, string> = typeof headers === 'function' ? headers(port) : headers;
  expect((await ask(`${url}/`, sent)).status).toBe(status);
  const isLink = 'sec-fetch-mode' in sent;
  if (!isLink)
    expect((await ask(`${url}/local/act`, { ...sent, ...json }, 'POST', reset)).status).toBe(status);
});

test('the page comes with headers that keep others out', async () => {
  const { url } = await start();
  const { headers } = await ask(`${url}/`);
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
  });
});

test.each([
  ['a form of another site', { 'content-type': 'text/plain' }, reset, 415],
  ['no type', {}, reset, 415],
  ['no JSON', json, '{', 400],
  ['an unknown action', json, '{"kind":"destroy"}', 400],
  ['an action with a wrong field', json, '{"kind":"submit","user":"U0ANA00001","viewId":1,"inputs":{}}', 400],
  ['too much', json, `"${'x'.repeat(1024 * 1024)}"`, 413],
])('an action: %s', async (_why, headers, body, status) => {
  const { url } = await start();
  const asked = ask(`${url}/local/act`, headers as Record<string, string>, 'POST', body);
  expect((await asked).status).toBe(status);
});

test('what is not there', async () => {
  const { url } = await start();
  for (const path of [
    '/nothing',
    '/local/state?user=U404',
    '/local/files/F404/x',
    '/page/../server.ts',
    '/local/state?user=U0MTASTSBOT',
  ])
    expect((await ask(url + path)).status).toBe(404);
  expect((await ask(`${url}/response/none`, json, 'POST', '{"text":"x"}')).status).toBe(404);
});

test('the state is pushed after each change, to each person what they may see', async () => {
  const { url, as } = await start();
  const open = async (query: string) => {
    const outgoing = request(`${url}/local/state?user=${query}`, { agent: false }).end();
    const [incoming] = await once(outgoing, 'response');
    onTestFinished(() => {
      outgoing.destroy();
    });
    let text = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    return () =>
      text
        .split('\n\n')
        .filter((event) => event.startsWith('data: '))
        .map((event) => JSON.parse(event.slice('data: '.length)));
  };
  const [ana, kim] = [await open('U0ANA00001'), await open('U0KIM00001')];
  const withoutWire = await open('U0BEN00001&wire=no');
  await as('ana').command('#general', 'Hello');
  await expect.poll(() => ana().at(-1)?.conversations[0].messages.at(-1)?.text).toBe('Hello');
  expect(kim()[0].conversations.map(({ name }: { name: string }) => name)).toEqual(['partners']);
  expect(kim()[0]).toMatchObject({ commands: [], shortcuts: [] });
  expect(kim()).toHaveLength(1);
  // Which is most of it, and changes with everything.
  await as('ana').command('#general', '/mta-sts help');
  await expect.poll(() => ana().at(-1)?.wire.length).toBeGreaterThan(0);
  await as('ana').command('#general', 'Bye');
  await expect.poll(() => withoutWire().at(-1)?.conversations[0].messages.at(-1)?.text).toBe('Bye');
  expect(withoutWire().flatMap(({ wire }: { wire: unknown[] }) => wire)).toEqual([]);
});

test('a socket needs a ticket, once, and no other origin', async () => {
  const { url, env } = await start();
  const { SLACK_API_URL, SLACK_APP_TOKEN } = env('socket');
  const open = async () => {
    const headers = { authorization: `Bearer ${SLACK_APP_TOKEN}` };
    const response = await fetch(`${SLACK_API_URL}apps.connections.open`, { method: 'POST', headers });
    return ((await response.json()) as { url: string }).url;
  };
  const connect = (address: string, origin?: string) =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(address, origin === undefined ? {} : { origin });
      socket.on('message', (data) => {
        resolve(JSON.parse(String(data)).type);
        socket.close();
      });
      socket.on('error', (error) => resolve(error.message));
    });
  const address = await open();
  expect(await connect(await open(), 'https://evil.test')).toBe('Unexpected server response: 403');
  expect(await connect(address)).toBe('hello');
  expect(await connect(address)).toBe('Unexpected server response: 403');
  expect(await connect(`${url.replace('http', 'ws')}/link/?ticket=x`)).toBe(
    'Unexpected server response: 403',
  );
});

test('a path that is no URL harms nothing', async () => {
  const { url } = await start();
  const { hostname, port } = new URL(url);
  for (const path of ['//', '//[', '/%', 'http://[', '*'])
    for (const headers of [{}, { connection: 'Upgrade', upgrade: 'websocket' }]) {
      const outgoing = request({ hostname, port, path, headers, agent: false }).end();
      const [incoming] = await once(outgoing, 'response');
      incoming.resume();
    }
  expect((await ask(`${url}/`)).status).toBe(200);
});

test('a port that is taken is an error that says so', async () => {
  const { url } = await start();
  const port = Number(new URL(url).port);
  await expect(createWorkspace({ manifest: manifestWith(), port })).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
});
