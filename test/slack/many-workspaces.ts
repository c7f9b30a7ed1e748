/** Many workspaces for tests: a browser that installs the app, a store that can go away, requests signed by hand. */
import { onTestFinished } from 'vitest';
import type { Look } from '../../src/check/look.ts';
import { signature } from '../../src/local/slack/http-transport.ts';
import { organisation, teams } from '../../src/local/slack/seed.ts';
import type { WorkspaceOptions } from '../../src/local/slack/workspace.ts';
import { contents } from '../store/filled.ts';
import { type Opened, openIn } from '../store/opened.ts';
import { createRelay, type Relay } from '../store/relay.ts';
import { type Backend, preparedDatabase } from '../store/servers.ts';
import { createWorld, type RunningBot, startBot, type World } from './world.ts';

export const home = teams.home.id;
export const other = teams.other.id;
export const both = organisation.id;

export interface ManyWorld extends World, RunningBot {
  readonly opened: Opened;
  /** Between the bot and the database. */
  readonly relay: Relay;
  readonly database: string;
}

/** The bot in this process over a database of its own; `look` answers in the place of the real one. */
export async function startMany(
  backend: Backend,
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
  const [made, database] = await Promise.all([createWorld('oauth', limits), preparedDatabase(backend)]);
  const world = { ...made, env: { ...made.env, ...envOf(made.env) } };
  const { relay, url } = await relayed(database.url);
  onTestFinished(async () => {
    await relay.close();
    await database.drop();
  });
  const direct = await openIn({ url: database.url, drop: async () => {} });
  const opened = await openIn(
    { url, drop: async () => {} },
    { secretsKeys: [Buffer.from(world.env.SECRETS_KEY ?? '', 'base64')] },
  );
  onTestFinished(async () => {
    await opened.end();
    await direct.end();
  });
  const bot = await startBot(world, look, opened.store);
  // What a test asks of the tables must not go away with the relay.
  const { connection } = direct;
  return { ...world, ...bot, opened: { ...opened, connection }, relay, database: database.url };
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
