/** Many workspaces for tests: a browser that installs the app, a store that can go away, requests signed by hand. */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import type { Look } from '../../src/check/look.ts';
import { signature } from '../../src/local/slack/http-transport.ts';
import { organisation, teams } from '../../src/local/slack/seed.ts';
import type { WorkspaceOptions } from '../../src/local/slack/workspace.ts';
import { connect, serverConfig } from '../../src/store/connection.ts';
import { contents } from '../store/filled.ts';
import { forgetTeams, type Opened, openIn } from '../store/opened.ts';
import { createRelay, type Relay } from '../store/relay.ts';
import { type Backend, preparedDatabase } from '../store/servers.ts';
import { createWorld, type RunningBot, startBot, type World } from './world.ts';

export const home = teams.home.id;
export const other = teams.other.id;
export const both = organisation.id;

export interface ManyStore {
  /** Its `connection` does not go away with the relay. */
  readonly opened: Opened;
  /** Between the bots and the database. */
  readonly relay: Relay;
  /** As SECRETS_KEY. */
  readonly secretsKey: string;
  /** Through the relay again, and as it was at first. */
  forget(): Promise<void>;
  close(): Promise<void>;
}

/** One for all tests of a file. */
export async function openMany(backend: Backend): Promise<ManyStore> {
  const secretsKey = randomBytes(32);
  const database = await preparedDatabase(backend);
  const { relay, url } = await relayed(database.url);
  const opened = await openIn({ url, drop: async () => {} }, { secretsKeys: [secretsKey] });
  const connection = connect(serverConfig(database.url));
  return {
    opened: { ...opened, connection },
    relay,
    secretsKey: secretsKey.toString('base64'),
    async forget() {
      if (!relay.isOpen) await relay.open();
      await expect.poll(() => opened.store.problem(), { timeout: 20_000 }).toBeUndefined();
      const { db } = connection;
      // Each local Slack counts its events anew.
      for (const table of ['installations', 'events'] as const) await db.deleteFrom(table).execute();
      await forgetTeams({ connection });
      expect(counted(await rowsOf({ connection }))).toEqual({});
    },
    async close() {
      await opened.end();
      await connection.close();
      await relay.close();
      await database.drop();
    },
  };
}

export interface ManyWorld extends World, RunningBot, Pick<ManyStore, 'opened' | 'relay'> {}

/** A new Slack and the bot in this process over the store, which forgets with the test; `look` answers in the place of the real one. */
export async function startMany(
  { opened, relay, secretsKey, forget }: ManyStore,
  {
    limits,
    look,
    envOf = () => ({}),
  }: {
    readonly limits?: WorkspaceOptions['limits'];
    readonly look?: Look;
    /** Instead of what the local Slack says. */
    readonly envOf?: (env: Record<string, string>) => Record<string, string>;
  } = {},
): Promise<ManyWorld> {
  // Before all else, so that it comes after the end of the bot.
  onTestFinished(forget);
  const made = await createWorld('oauth', limits);
  const world = { ...made, env: { ...made.env, SECRETS_KEY: secretsKey, ...envOf(made.env) } };
  return { ...world, ...(await startBot(world, look, opened.store)), opened, relay };
}

/** The same database behind a relay, whether it is reached over TCP or over a socket in a folder. */
async function relayed(url: string): Promise<{ relay: Relay; url: string }> {
  const through = new URL(url.replace('@/', '@localhost/'));
  const folder = through.searchParams.get('host');
  const relay = await createRelay(
    folder === null ? { port: Number(through.port), host: '127.0.0.1' } : { path: `${folder}/.s.PGSQL.5432` },
  );
  through.searchParams.delete('host');
  through.hostname = '127.0.0.1';
  through.port = String(relay.port);
  return { relay, url: through.href };
}

export interface Page {
  readonly status: number;
  readonly text: string;
  readonly url: string;
  /** Where it sends on to; null for a page. */
  readonly location: string | null;
}

export interface Browser {
  readonly cookies: Map<string, string>;
  get(url: string): Promise<Page>;
  post(url: string, form: URLSearchParams): Promise<Page>;
}

/** As much of a browser as an installation needs: cookies, and no redirect that is not asked for. */
export function createBrowser(): Browser {
  const cookies = new Map<string, string>();
  const ask = async (url: string, init: RequestInit): Promise<Page> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (/Expires=Thu, 01 Jan 1970/.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const { status, headers } = response;
    return { status, url, location: headers.get('location'), text: await response.text() };
  };
  return {
    cookies,
    get: (url) => ask(url, {}),
    post: (url, body) => ask(url, { method: 'POST', body }),
  };
}

/** The way back from Slack, not yet taken: what `/slack/oauth_redirect` is to be asked with. */
export async function wayBack(
  { url }: { readonly url: string },
  browser: Browser,
  decision: { readonly place?: string; readonly cancel?: true; readonly optional?: readonly string[] } = {},
): Promise<string> {
  const { place = home, cancel, optional = ['chat:write.public', 'files:write'] } = decision;
  const first = await browser.get(`${url}/slack/install`);
  const asked = await browser.get(unescaped(/class="button" href="([^"]+)"/.exec(first.text)?.[1]));
  const form = new URLSearchParams({ place, decision: cancel ? 'cancel' : 'allow' });
  for (const [, name = '', value = ''] of asked.text.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g))
    form.set(name, unescaped(value));
  for (const scope of optional) form.append('optional', scope);
  const { location } = await browser.post(new URL('/oauth/v2/authorize', asked.url).href, form);
  if (location === null) throw new Error(`Slack sends nobody back: ${asked.text}`);
  return location;
}

/** All of it, as a person does it; the page at the end. */
export async function install(
  world: { readonly url: string },
  place: string = home,
  optional?: readonly string[],
): Promise<Page> {
  const browser = createBrowser();
  return browser.get(await wayBack(world, browser, { place, ...(optional && { optional }) }));
}

function unescaped(text = ''): string {
  return text.replaceAll('&amp;', '&');
}

/** Posts to the bot what Slack would; an event as JSON, everything else as a form. */
export async function postSigned(
  world: { readonly url: string; readonly env: Record<string, string> },
  payload: { readonly event: object } | { readonly form: Record<string, string> },
): Promise<{ readonly status: number; readonly text: string }> {
  const isEvent = 'event' in payload;
  const body = isEvent ? JSON.stringify(payload.event) : new URLSearchParams(payload.form).toString();
  const timestamp = Math.floor(Date.now() / 1000);
  const response = await fetch(`${world.url}/slack/events`, {
    method: 'POST',
    body,
    headers: {
      'content-type': isEvent ? 'application/json' : 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(timestamp),
      'x-slack-signature': signature(world.env.SLACK_SIGNING_SECRET ?? '', timestamp, body),
    },
  });
  return { status: response.status, text: await response.text() };
}

/** An event as Slack wraps it. */
export function eventFor(team: string, event: object, more: object = {}): { readonly event: object } {
  return {
    event: {
      type: 'event_callback',
      team_id: team,
      api_app_id: 'A0MTASTSAPP',
      event_id: `Ev${Math.random()}`,
      event_time: Math.floor(Date.now() / 1000),
      authorizations: [{ enterprise_id: null, team_id: team, user_id: 'U1', is_enterprise_install: false }],
      event,
      ...more,
    },
  };
}

/** Every row of every table, jobs among them, by table; without what says nothing of a team. */
export async function rowsOf({ connection }: Pick<Opened, 'connection'>): Promise<Record<string, string[]>> {
  const { rows } = await connection.db
    // biome-ignore lint/suspicious/noExplicitAny: the catalogue is no table of ours
    .selectFrom('information_schema.tables' as any)
    .select('table_name')
    .where('table_schema', '=', 'public')
    .where('table_name', 'not like', 'mta_sts_%')
    .execute()
    .then((found) => ({ rows: found as { table_name: string }[] }));
  const tables = rows.map(({ table_name: name }) => name).filter((name) => name !== 'events');
  const all = await contents(connection.db, [...tables, 'jobs.job']);
  const { 'jobs.job': jobs = [], ...others } = all;
  return { ...others, jobs: jobs.filter((job) => job.includes('team')) };
}

/** How many rows each table has; tables without any are left out. */
export function counted(rows: Record<string, string[]>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(rows).flatMap(([table, { length }]) => (length === 0 ? [] : [[table, length]])),
  );
}
