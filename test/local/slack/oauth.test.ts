/** Installing the app in the local Slack: what it asks, codes that work once, and tokens that end. */
import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../../src/local/slack/manifest.ts';
import { type ConsentRequest, createOAuth, type InstallPlace } from '../../../src/local/slack/oauth.ts';
import { readManifest } from '../../../src/manifest-file.ts';

const bot = { userId: 'U0BOT', appId: 'A0APP' };
const places: readonly InstallPlace[] = [
  { id: 'T1', name: 'One', isOrganisation: false, teams: ['T1'], bot, installer: 'U1' },
  { id: 'T2', name: 'Two', isOrganisation: false, teams: ['T2'], bot, installer: 'U2' },
  { id: 'E1', name: 'Both', isOrganisation: true, teams: ['T1', 'T2'], bot, installer: 'U1' },
];
const redirectUrl = 'http://127.0.0.1:9/slack/oauth_redirect';
const client = { client_id: '1.2', client_secret: 'a secret' };

function setUp(isDistributed = true) {
  let now = 0;
  const oauth = createOAuth({
    manifest: parseManifest(JSON.stringify(readManifest())),
    places,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    redirectUrl,
    isDistributed: () => isDistributed,
    now: () => now,
    changed: () => {},
  });
  const asked = new URLSearchParams({
    client_id: '1.2',
    scope: 'commands,chat:write,files:write',
    state: 's',
  });
  const request = oauth.read(asked) as ConsentRequest;
  const codeFor = (place: string, optional: readonly string[] = []) =>
    new URL(oauth.allow(request, place, optional)).searchParams.get('code') ?? '';
  const install = (place: string) => String(oauth.exchange({ ...client, code: codeFor(place) }).access_token);
  return { oauth, asked, request, codeFor, install, later: (ms: number) => (now += ms) };
}

describe('what cannot be asked', () => {
  test.each([
    ['of an app that nobody knows', { client_id: '9' }, 'invalid_client_id'],
    ['with the way back to somebody else', { redirect_uri: 'http://127.0.0.1:8/' }, 'bad_redirect_uri'],
    ['for nothing', { scope: '' }, 'invalid_scope'],
    ['for more than the manifest has', { scope: 'commands,channels:history' }, 'invalid_scope'],
  ])('%s', (_what, change, problem) => {
    const { oauth, asked } = setUp();
    for (const [name, value] of Object.entries(change)) asked.set(name, value);
    expect(oauth.read(asked)).toBe(problem);
  });

  test("while the app is one workspace's alone", () => {
    expect(setUp(false).request).toBe('invalid_team_for_non_distributed_app');
  });

  test('for a workspace that does not exist', () => {
    const { oauth, request } = setUp();
    expect(oauth.allow(request, 'T9', [])).toBe('invalid_team');
  });
});

describe('a code', () => {
  test('is good once, for ten minutes, and with the right secret', () => {
    const { oauth, codeFor, later } = setUp();
    const code = codeFor('T1');
    expect(oauth.exchange({ ...client, client_secret: 'wrong', code })).toMatchObject({
      error: 'bad_client_secret',
    });
    expect(oauth.exchange({ ...client, client_id: '9', code })).toMatchObject({ error: 'invalid_client_id' });
    expect(oauth.exchange({ ...client, code })).toMatchObject({
      ok: true,
      team: { id: 'T1' },
      enterprise: null,
    });
    expect(oauth.exchange({ ...client, code })).toMatchObject({ error: 'invalid_code' });
    const old = codeFor('T1');
    later(600_001);
    expect(oauth.exchange({ ...client, code: old })).toMatchObject({ error: 'invalid_code' });
  });

  test('brings the required scopes and those that were left in', () => {
    const { oauth, codeFor } = setUp();
    const scopeOf = (optional: readonly string[]) =>
      oauth.exchange({ ...client, code: codeFor('T1', optional) }).scope;
    expect(scopeOf([])).toBe('commands,chat:write');
    expect(scopeOf(['files:write', 'chat:write.public'])).toBe('commands,chat:write,files:write');
  });

  test('of an organisation brings no team, and its token stands for both workspaces', () => {
    const { oauth, codeFor } = setUp();
    const answer = oauth.exchange({ ...client, code: codeFor('E1') });
    expect(answer).toMatchObject({ team: null, enterprise: { id: 'E1' }, is_enterprise_install: true });
    expect(oauth.grantOf(String(answer.access_token))).toMatchObject({ teams: ['T1', 'T2'] });
  });
});

describe('a token', () => {
  test('ends with the next one, and with the app', () => {
    const { oauth, install } = setUp();
    const [first, second] = [install('T1'), install('T1')];
    expect(oauth.grantOf(first)).toBe('token_revoked');
    expect(oauth.grantOf(second)).toMatchObject({ teams: ['T1'] });
    oauth.remove('T1');
    expect(oauth.grantOf(second)).toBe('account_inactive');
    expect(oauth.grantOf('xoxb-none')).toBe('invalid_auth');
  });

  test("a workspace's own goes before its organisation's", () => {
    const { oauth, install } = setUp();
    const [whole, own] = [install('E1'), install('T1')];
    expect([oauth.inTeam('T1')?.token, oauth.inTeam('T2')?.token]).toEqual([own, whole]);
    oauth.remove('T1');
    expect(oauth.inTeam('T1')?.token).toBe(whole);
  });
});
