/** docker-compose.yml against the variables and the image. Whether an engine runs it was not tried. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig, variables } from '../src/config.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const text = read('docker-compose.yml');
/** `services.bot.init` → `true`; of a list, each item under its number. */
const settings = flat(text);
const at = (path: string) => settings.get(path);
const under = (path: string) =>
  new Map(
    [...settings].flatMap(([name, value]) =>
      name.startsWith(`${path}.`) ? [[name.slice(path.length + 1), value]] : [],
    ),
  );

/** Maps, lists of words and words on lines of their own: all of YAML that the file may use. */
function flat(yaml: string): Map<string, string> {
  const found = new Map<string, string>();
  const path: { readonly indent: number; readonly name: string }[] = [];
  let items = 0;
  for (const line of yaml.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, blanks = '', item, name, value = ''] =
      /^( *)(?:- (.+)|([A-Za-z_]+):(?: (.+))?)$/.exec(line) ?? [];
    if (item === undefined && name === undefined) throw new Error(`not in the YAML of this test: ${line}`);
    while ((path.at(-1)?.indent ?? -1) >= blanks.length) path.pop();
    const here = path.map((part) => part.name).join('.');
    if (item !== undefined) {
      found.set(`${here}.${items}`, item);
      items += 1;
      continue;
    }
    items = 0;
    path.push({ indent: blanks.length, name: name ?? '' });
    const full = path.map((part) => part.name).join('.');
    if (found.has(full)) throw new Error(`twice: ${full}`);
    found.set(full, value);
  }
  return found;
}

/** With `${NAME:?why}` filled in, as Compose does. */
function filled(value: string, env: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\{([A-Z_]+):\?[^}]*\}/g, (_, name) => env[name] ?? '');
}

describe('docker-compose.yml', () => {
  it('says that it was not tried', () => {
    expect(text.slice(0, text.indexOf('services:'))).toContain('Not tried with an engine');
  });

  it('gives the bot variables that it has, and with Slack’s they are a whole configuration', () => {
    const given = [...under('services.bot.environment')];
    const names = variables.map(({ name }) => name);
    expect(given.length).toBeGreaterThan(0);
    for (const [name] of given) expect(names).toContain(name);
    const password = 'f'.repeat(48);
    const config = readConfig({
      SLACK_BOT_TOKEN: 'xoxb-1234-abcd',
      SLACK_APP_TOKEN: 'xapp-1234-abcd',
      ...Object.fromEntries(
        given.map(([name, value]) => [name, filled(value, { DATABASE_PASSWORD: password })]),
      ),
    });
    const {
      POSTGRES_USER: user,
      POSTGRES_PASSWORD: own,
      POSTGRES_DB: database,
    } = Object.fromEntries(under('services.db.environment'));
    expect(config.databaseUrl).toBe(`postgres://${user}:${password}@db:5432/${database}`);
    expect(filled(own ?? '', { DATABASE_PASSWORD: password })).toBe(password);
    expect(`${config.http.port}`).toBe(at('services.bot.expose.0'));
    expect(read('Dockerfile')).toContain(`EXPOSE ${config.http.port}\n`);
  });

  it('holds no secret: they come from .env, which git does not take', () => {
    expect(at('services.bot.env_file')).toBe('.env');
    expect(read('.gitignore').split('\n')).toContain('/.env');
    for (const [name, value] of settings) {
      if (/PASSWORD|DATABASE_URL/.test(name)) expect(value).toContain('${DATABASE_PASSWORD:?');
    }
  });

  it('lets several bots run: none has a name, a port or a folder to itself', () => {
    for (const key of ['container_name', 'ports', 'volumes', 'hostname']) {
      expect([...under('services.bot').keys()].filter((name) => name.startsWith(key))).toEqual([]);
    }
  });

  it('waits for a database that answers over the network, and stops nobody too early', () => {
    expect(at('services.bot.depends_on.db.condition')).toBe('service_healthy');
    expect(at('services.db.healthcheck.test')).toMatch(/^pg_isready -h 127\.0\.0\.1 -U mta_sts -d mta_sts$/);
    expect(at('services.bot.init')).toBe('true');
    expect(Number.parseInt(at('services.bot.stop_grace_period') ?? '', 10)).toBeGreaterThan(10);
    for (const service of ['bot', 'db']) expect(at(`services.${service}.restart`)).toBe('unless-stopped');
  });

  it('keeps what the database writes, where version 18 of its image has it', () => {
    expect(at('services.db.image')).toBe('postgres:18');
    expect(at('services.db.volumes.0')).toBe('database:/var/lib/postgresql');
    expect(settings.has('volumes.database')).toBe(true);
  });
});
