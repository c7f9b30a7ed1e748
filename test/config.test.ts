/** Every environment variable: what it reads as, and what the start says about values nobody can use. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfig, variables } from '../src/config.ts';
import { ConfigError, type Environment, readNetwork } from '../src/config-network.ts';

const bot = 'xoxb-1234-5678-AbCdEfGh';
const app = 'xapp-1-A012-345-abcdef';
const secret = '8f742231b10e8888abcd99baac85a5e1';
const key = '3GBdrr1kFV9ASQdpFtydLd8aSkZKHWaB1bJXNBVqxns=';
const urlKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBka_-_-_-8';
const socket = { SLACK_BOT_TOKEN: bot, SLACK_APP_TOKEN: app };

function complaint(env: Environment): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'no complaint';
}

describe('values that work', () => {
  test('the least: two tokens, everything else by default', () => {
    const config = readConfig(socket);
    expect(config).toEqual({
      slack: { transport: 'socket', botToken: bot, appToken: app },
      slackApiUrl: 'https://slack.com/api/',
      http: { host: '0.0.0.0', port: 3000 },
      dataDir: resolve('data'),
      databaseUrl: undefined,
      secretsKeys: [],
      network: {
        resolvers: expect.any(Array),
        probeAllow: [],
        connectTo: new Map(),
        ehloName: hostname(),
      },
      metricsToken: undefined,
      logLevel: 'info',
    });
  });

  test('a signing secret instead of the app token means signed HTTP', () => {
    expect(readConfig({ SLACK_BOT_TOKEN: bot, SLACK_SIGNING_SECRET: secret }).slack).toEqual({
      transport: 'http',
      botToken: bot,
      signingSecret: secret,
    });
  });

  test('with both, as many .env files have them, Socket Mode wins', () => {
    expect(readConfig({ ...socket, SLACK_SIGNING_SECRET: secret }).slack.transport).toBe('socket');
  });

  test('a variable without a value is as good as unset, blanks around a value do not count', () => {
    const config = readConfig({
      ...socket,
      SLACK_BOT_TOKEN: `${bot}\n`,
      PORT: '',
      LOG_LEVEL: '  ',
      CONNECT_TO: '',
    });
    expect(config).toMatchObject({ slack: { botToken: bot }, http: { port: 3000 }, logLevel: 'info' });
  });

  test.each([
    ['SLACK_API_URL', 'https://slack-gov.com/api/', { slackApiUrl: 'https://slack-gov.com/api/' }],
    ['SLACK_API_URL', 'http://127.0.0.1:4390/api/', { slackApiUrl: 'http://127.0.0.1:4390/api/' }],
    ['SLACK_API_URL', 'http://[::1]:4390/api/', { slackApiUrl: 'http://[::1]:4390/api/' }],
    ['SLACK_API_URL', 'http://localhost/', { slackApiUrl: 'http://localhost/' }],
    ['SLACK_API_URL', 'https://slack.test', { slackApiUrl: 'https://slack.test/' }],
    ['HOST', '127.0.0.1', { http: { host: '127.0.0.1' } }],
    ['HOST', '::', { http: { host: '::' } }],
    ['HOST', '[::1]', { http: { host: '::1' } }],
    ['HOST', 'localhost', { http: { host: 'localhost' } }],
    ['PORT', '8080', { http: { port: 8080 } }],
    ['PORT', '0', { http: { port: 0 } }],
    ['DATA_DIR', '/var/lib/mta-sts', { dataDir: '/var/lib/mta-sts' }],
    ['DATA_DIR', 'kept', { dataDir: resolve('kept') }],
    ['PG_BIN', '/usr/lib/postgresql/18/bin', { pgBin: '/usr/lib/postgresql/18/bin' }],
    ['EHLO_NAME', 'Check.Example.COM.', { network: { ehloName: 'check.example.com' } }],
    ['SMTP_CONTROL_HOST', 'MX.Example.NET.', { network: { smtpControlHost: 'mx.example.net' } }],
    ['METRICS_TOKEN', '0123456789abcdef', { metricsToken: '0123456789abcdef' }],
    ['LOG_LEVEL', 'WARN', { logLevel: 'warn' }],
    ['DNS_RESOLVERS', '192.0.2.1', { network: { resolvers: [{ address: '192.0.2.1', port: 53 }] } }],
    [
      'DNS_RESOLVERS',
      '127.0.0.1:40053, 2001:DB8:0::1 ,[2001:db8::2]:5353,',
      {
        network: {
          resolvers: [
            { address: '127.0.0.1', port: 40053 },
            { address: '2001:db8::1', port: 53 },
            { address: '2001:db8::2', port: 5353 },
          ],
        },
      },
    ],
    [
      'PROBE_ALLOW',
      '192.0.2.0/24,2001:DB8::/32',
      {
        network: {
          probeAllow: [
            { address: '192.0.2.0', prefix: 24, family: 'ipv4' },
            { address: '2001:db8::', prefix: 32, family: 'ipv6' },
          ],
        },
      },
    ],
    [
      'CONNECT_TO',
      '192.0.2.7:25=127.0.0.1:41007,*:443=127.0.0.1:1,[2001:DB8::0:7]:25=[::1]:9',
      {
        network: {
          connectTo: new Map([
            ['192.0.2.7:25', { address: '127.0.0.1', port: 41007 }],
            ['*:443', { address: '127.0.0.1', port: 1 }],
            ['[2001:db8::7]:25', { address: '::1', port: 9 }],
          ]),
        },
      },
    ],
    ...[
      'postgres://user:pass@db/mta',
      'postgresql://bot@db.example.com:6432/mta?sslmode=require',
      'postgres://bot:p%40ss%2Fw%23rd@[2001:db8::1]:5432/mta?sslmode=verify-full&sslrootcert=/etc/ca.pem',
      'postgres://bot:a,b@db/mta',
      'postgres://db/mta?sslmode=verify-ca&sslrootcert=/etc/ca.pem',
      'postgres:///mta?host=/run/postgresql',
      'postgres://bot@/mta?host=%2Frun%2Fpostgresql',
      'postgres://socket/mta',
      'POSTGRES://db/mta?sslmode=disable',
    ].map((url): [string, string, object] => ['DATABASE_URL', url, { databaseUrl: url }]),
    ['SECRETS_KEY', key, { secretsKeys: [Buffer.from(key, 'base64')] }],
    ['SECRETS_KEY', urlKey, { secretsKeys: [Buffer.from(urlKey, 'base64url')] }],
    [
      'SECRETS_KEY',
      `${key}, ${urlKey},`,
      { secretsKeys: [Buffer.from(key, 'base64'), Buffer.from(urlKey, 'base64url')] },
    ],
  ])('%s=%s', (name, value, expected) => {
    expect(readConfig({ ...socket, [name]: value })).toMatchObject(expected);
  });

  test('the terminal needs no Slack tokens', () => {
    expect(readNetwork({ DNS_RESOLVERS: '192.0.2.1' }).resolvers).toEqual([
      { address: '192.0.2.1', port: 53 },
    ]);
    expect(() => readNetwork({ DNS_RESOLVERS: 'ns1' })).toThrow(ConfigError);
    expect(() => readNetwork({ PORT: 'nonsense' })).not.toThrow();
  });
});

/** Variable, value that nobody can use, words that the message must hold. */
const bad: readonly (readonly [name: string, value: string, says: string])[] = [
  ['SLACK_BOT_TOKEN', 'hunter2-hunter2', 'is not a Slack token'],
  ['SLACK_BOT_TOKEN', 'xoxp-1234-5678-abcd', '"xoxp-…"'],
  ['SLACK_BOT_TOKEN', 'xapp-1-A012-345-abc', '"xapp-…"'],
  ['SLACK_BOT_TOKEN', 'xoxe.xoxb-1-abcdefgh', '"xoxe.xoxb-…"'],
  ['SLACK_BOT_TOKEN', 'XOXB-1234-5678-abcd', 'begins with "xoxb-"'],
  ['SLACK_BOT_TOKEN', 'Bearer xoxb-1234-5678', 'is not a Slack token'],
  ['SLACK_BOT_TOKEN', `"${bot}"`, 'quotation marks'],
  ['SLACK_BOT_TOKEN', `“${bot}”`, 'quotation marks'],
  ['SLACK_BOT_TOKEN', 'xoxb-', 'ends too soon'],
  ['SLACK_BOT_TOKEN', 'xoxb-12 34', 'a character that no token has'],
  ['SLACK_BOT_TOKEN', 'xoxb-1234\u200b5678', 'a character that no token has'],
  ['SLACK_APP_TOKEN', 'xoxb-1234-5678-abcd', '"xoxb-…"'],
  ['SLACK_APP_TOKEN', secret, 'is not a Slack token'],
  ['SLACK_APP_TOKEN', 'xapp-', 'ends too soon'],
  ['SLACK_APP_TOKEN', 'A0123456789', 'App-Level Tokens'],
  ['SLACK_APP_TOKEN', `'${app}'`, 'quotation marks'],
  ['SLACK_SIGNING_SECRET', 'abc', 'has 3 characters'],
  ['SLACK_SIGNING_SECRET', 'a'.repeat(300), 'has 300 characters'],
  ['SLACK_SIGNING_SECRET', 'two words and more', 'a blank'],
  ['SLACK_SIGNING_SECRET', 'geheimnisvoll-für-alle', 'outside ASCII'],
  ['SLACK_SIGNING_SECRET', app, 'is a token, not the signing secret'],
  ['SLACK_SIGNING_SECRET', `"${secret}"`, 'quotation marks'],
  ['SLACK_API_URL', 'slack.com/api/', 'is not a URL'],
  ['SLACK_API_URL', '/api/', 'is not a URL'],
  ['SLACK_API_URL', 'http://slack.com/api/', 'must be https'],
  ['SLACK_API_URL', 'http://192.0.2.1/api/', 'must be https'],
  ['SLACK_API_URL', 'http://127.0.0.1.example.com/api/', 'must be https'],
  ['SLACK_API_URL', 'http://localhost.example.com/api/', 'must be https'],
  ['SLACK_API_URL', 'ws://127.0.0.1/api/', 'must be https'],
  ['SLACK_API_URL', 'file:///etc/', 'must be https'],
  ['SLACK_API_URL', 'https://slack.com/api', 'Write https://slack.com/api/'],
  ['SLACK_API_URL', 'https://slack.com/api/?token=1', 'has a "?"'],
  ['SLACK_API_URL', 'https://slack.com/api/#x', 'has a "?" or a "#"'],
  ['SLACK_API_URL', 'https://user:hunter2@slack.com/api/', 'a user name or a password'],
  ['SLACK_API_URL', 'https://xoxb-hunter2@slack.com/api/', 'a user name or a password'],
  ['HOST', '127.0.0.1:3000', 'holds a port'],
  ['HOST', 'localhost:3000', 'holds a port'],
  ['HOST', 'http://localhost/', 'is a URL'],
  ['HOST', '256.0.0.1', 'neither an IP address nor a host name'],
  ['HOST', '0', 'neither an IP address nor a host name'],
  ['HOST', 'my_host', 'neither an IP address nor a host name'],
  ['HOST', '*', 'neither an IP address nor a host name'],
  ['PORT', '80a', '"80a" is not a port'],
  ['PORT', '-1', 'is not a port'],
  ['PORT', '65536', 'from 0 to 65535'],
  ['PORT', '3000.5', 'is not a port'],
  ['PORT', '0x50', 'is not a port'],
  ['PORT', '1e3', 'is not a port'],
  ['PORT', '03000', 'is not a port'],
  ['PORT', '٣٠٠٠', 'is not a port'],
  ['PORT', '/run/bot.sock', 'is not a port'],
  ['DATA_DIR', 'postgres://db/mta', 'is a URL'],
  ['PG_BIN', 'https://postgresql.org/', 'is a URL'],
  ['DATA_DIR', 'data\0', 'zero byte'],
  ['DNS_RESOLVERS', 'dns.example.com', 'is not an IP address'],
  ['DNS_RESOLVERS', '192.0.2.1 192.0.2.2', 'is not an IP address'],
  ['DNS_RESOLVERS', '192.0.2.1;192.0.2.2', 'is not an IP address'],
  ['DNS_RESOLVERS', '192.0.2.1:0', 'from 1 to 65535'],
  ['DNS_RESOLVERS', '192.0.2.1:65536', 'from 1 to 65535'],
  ['DNS_RESOLVERS', '192.0.2.1:', 'from 1 to 65535'],
  ['DNS_RESOLVERS', '192.0.2.1,,192.0.2.2', 'has an empty item'],
  ['DNS_RESOLVERS', ',', 'has an empty item'],
  ['DNS_RESOLVERS', '192.0.2.01', 'is not an IP address'],
  ['DNS_RESOLVERS', '192.0.2', 'is not an IP address'],
  ['DNS_RESOLVERS', '[192.0.2.1', 'is not an IP address'],
  ['DNS_RESOLVERS', 'https://dns.example/dns-query', 'is not an IP address'],
  ['PROBE_ALLOW', '192.0.2.1', 'write 192.0.2.1/32'],
  ['PROBE_ALLOW', '2001:db8::1', 'write 2001:db8::1/128'],
  ['PROBE_ALLOW', '192.0.2.0/33', 'from 1 to 32'],
  ['PROBE_ALLOW', '2001:db8::/129', 'from 1 to 128'],
  ['PROBE_ALLOW', '192.0.2.0/', 'from 1 to 32'],
  ['PROBE_ALLOW', '192.0.2.0/-1', 'from 1 to 32'],
  ['PROBE_ALLOW', '192.0.2.0/255.255.255.0', 'from 1 to 32'],
  ['PROBE_ALLOW', '0.0.0.0/0', 'every address there is'],
  ['PROBE_ALLOW', '::/0', 'every address there is'],
  ['PROBE_ALLOW', '::ffff:192.0.2.0/120', 'write the IPv4 block'],
  ['PROBE_ALLOW', 'fe80::1%eth0/64', 'is not a block'],
  ['PROBE_ALLOW', 'lan', 'is not a block'],
  ['PROBE_ALLOW', '*', 'is not a block'],
  ['CONNECT_TO', '192.0.2.7:25', 'is not "from=to"'],
  ['CONNECT_TO', '192.0.2.7:25=127.0.0.1:1=127.0.0.1:2', 'is not "from=to"'],
  ['CONNECT_TO', '192.0.2.7=127.0.0.1:41007', 'has no port'],
  ['CONNECT_TO', '192.0.2.7:25=127.0.0.1', 'write it like 127.0.0.1:53'],
  ['CONNECT_TO', '2001:db8::7=127.0.0.1:1', 'write it like [2001:db8::7]:53'],
  ['CONNECT_TO', '192.0.2.7:25=localhost:41007', 'is not an IP address'],
  ['CONNECT_TO', 'mx.example.com:25=127.0.0.1:41007', 'is not an IP address'],
  ['CONNECT_TO', '*:0=127.0.0.1:1', 'no usable port'],
  ['CONNECT_TO', '*:=127.0.0.1:1', 'no usable port'],
  ['CONNECT_TO', '*=127.0.0.1:1', 'is not an IP address'],
  ['CONNECT_TO', '*:25=*:1', 'is not an IP address'],
  ['CONNECT_TO', '*:25=127.0.0.1:1,*:25=127.0.0.1:2', 'says twice where *:25 goes'],
  ['CONNECT_TO', '[2001:db8::1]:25=127.0.0.1:1,[2001:DB8::0:1]:25=127.0.0.1:2', 'says twice'],
  ['EHLO_NAME', 'checker', 'is not a full host name'],
  ['EHLO_NAME', 'check_er.example.com', 'is not a full host name'],
  ['EHLO_NAME', '192.0.2.1', 'is not a full host name'],
  ['EHLO_NAME', '-check.example.com', 'is not a full host name'],
  ['EHLO_NAME', 'check..example.com', 'is not a full host name'],
  ['EHLO_NAME', `${'a'.repeat(64)}.example.com`, 'is not a full host name'],
  ['EHLO_NAME', 'a\r\nMAIL FROM:<x@example.com>', 'is not a full host name'],
  ['SMTP_CONTROL_HOST', 'mx', 'is not the name of an MX host'],
  ['SMTP_CONTROL_HOST', '192.0.2.1', 'is not the name of an MX host'],
  ['SMTP_CONTROL_HOST', 'mx.example.com:25', 'is not the name of an MX host'],
  ['DATABASE_URL', 'db.example.com', 'is not a URL'],
  ['DATABASE_URL', 'host=db dbname=mta password=hunter2', 'has a blank'],
  ['DATABASE_URL', 'mysql://bot:hunter2@db/mta', 'another kind, "mysql:"'],
  ['DATABASE_URL', 'https://bot:hunter2@db/mta', 'another kind, "https:"'],
  ['DATABASE_URL', 'jdbc:postgresql://db/mta?password=hunter2', 'is not a URL'],
  ['DATABASE_URL', '"postgres://bot:hunter2@db/mta"', 'quotation marks'],
  ['DATABASE_URL', 'postgres://bot:hunter2#x@db/mta', 'has a "#"'],
  ['DATABASE_URL', 'postgres://bot:hunter2/x@db/mta', 'cannot be read as a URL'],
  ['DATABASE_URL', 'postgres://bot:hunter2?x@db/mta', 'cannot be read as a URL'],
  ['DATABASE_URL', 'postgres://bot:hunter2%ff@db/mta', 'write "#", "/"'],
  ['DATABASE_URL', 'postgres://bot:hunter2@db:99999/mta', 'cannot be read as a URL'],
  ['DATABASE_URL', 'postgres://bot:hunter2@db:port/mta', 'cannot be read as a URL'],
  ['DATABASE_URL', 'postgres://bot:hunter2@db1:5432,db2:5432/mta', 'several hosts'],
  ['DATABASE_URL', 'postgres://bot:hunter2@db1,db2/mta', 'several hosts'],
  ['DATABASE_URL', 'postgres:///mta', 'names no host'],
  ['DATABASE_URL', 'postgres://bot:hunter2@/mta', 'names no host'],
  ['DATABASE_URL', 'postgres://bot:hunter2@db', 'names no database'],
  ['DATABASE_URL', 'postgres://bot:hunter2@db/', 'names no database'],
  ['DATABASE_URL', 'postgres://bot:hunter2@db/mta?sslmode=prefer', 'in the clear'],
  ['DATABASE_URL', 'postgres://bot:hunter2@db/mta?sslmode=yes', 'disable, require, verify-ca, verify-full'],
  ['DATABASE_URL', 'postgres://bot:hunter2@db/mta?sslmode=verify-ca', 'sslrootcert'],
  ['SECRETS_KEY', 'hunter2', 'has 5 bytes'],
  ['SECRETS_KEY', 'hunter2 and more of it', 'base64 does not have'],
  ['SECRETS_KEY', `"${key}"`, 'quotation marks'],
  ['SECRETS_KEY', '00'.repeat(32), 'is hexadecimal'],
  ['SECRETS_KEY', 'A'.repeat(43), 'is not random'],
  ['SECRETS_KEY', `${'A'.repeat(42)}8=`, 'openssl rand -base64 32'],
  ['SECRETS_KEY', key.slice(0, 20), 'has 15 bytes'],
  ['SECRETS_KEY', `${key},${key}`, 'the same key twice'],
  ['SECRETS_KEY', `${key},,${key}`, 'has an empty item'],
  ['METRICS_TOKEN', 'short', 'has 5 characters'],
  ['METRICS_TOKEN', 'a'.repeat(600), 'has 600 characters'],
  ['METRICS_TOKEN', 'Bearer 0123456789abcdef', 'Write only the token'],
  ['METRICS_TOKEN', 'with blanks in between', 'no bearer token may have'],
  ['METRICS_TOKEN', '"0123456789abcdef"', 'quotation marks'],
  ['LOG_LEVEL', 'verbose', 'Write one of trace, debug, info'],
  ['LOG_LEVEL', '30', 'is not a level'],
  ['LOG_LEVEL', 'info,debug', 'is not a level'],
];

describe('values that nobody can use', () => {
  test.each(bad)('%s=%s', (name, value, says) => {
    const message = complaint({ ...socket, [name]: value });
    expect(message).toMatch(/^One environment variable needs a change\./);
    expect(message).toContain(`  ${name}: `);
    expect(message).toContain(says);
    expect(message).not.toMatch(/please|invalid|undefined|NaN/i);
  });

  test('are many', () => {
    expect(bad.length).toBeGreaterThanOrEqual(60);
    expect(new Set(bad.map(([name, value]) => `${name}=${value}`)).size).toBe(bad.length);
  });

  test('are told all at once', () => {
    const env = Object.fromEntries(bad.map(([name, value]) => [name, value]));
    const message = complaint(env);
    for (const [name] of bad) expect(message).toContain(`  ${name}: `);
  });

  test('two wrong items of one list are both named', () => {
    const message = complaint({ ...socket, DNS_RESOLVERS: 'ns1,192.0.2.1,ns2' });
    expect(message).toContain('"ns1"');
    expect(message).toContain('"ns2"');
  });

  test('never show what is secret', () => {
    for (const [name, value] of bad) {
      const hidden = /TOKEN|SECRET|KEY/.test(name) ? value.replaceAll(/["'“”]/g, '') : undefined;
      // A bare prefix is in the message because it is what should stand there.
      if (hidden !== undefined && !/^(xoxb|xapp)-$/.test(hidden)) {
        expect(complaint({ ...socket, [name]: value }), value).not.toContain(hidden);
      }
      expect(complaint({ ...socket, [name]: value })).not.toContain('hunter2');
    }
    for (const { name } of variables) {
      expect(complaint({ ...socket, [name]: 'xoxb-hunter2-hunter2 @' }), name).not.toContain('hunter2');
    }
  });

  test('do not bring control characters to the terminal', () => {
    const message = complaint({ ...socket, PORT: '\u001b[31m80\u202e', LOG_LEVEL: 'a\nb' });
    expect(message.replaceAll('\n', '')).not.toMatch(/\p{C}/u);
    expect(message.split('\n')).toHaveLength(3);
  });
});

describe('tokens seen together', () => {
  test('none: both ways are explained', () => {
    const message = complaint({});
    expect(message).toContain('SLACK_BOT_TOKEN with SLACK_APP_TOKEN');
    expect(message).toContain('SLACK_BOT_TOKEN with SLACK_SIGNING_SECRET');
    expect(message).toContain('npm run local');
  });

  test('only the bot token', () => {
    expect(complaint({ SLACK_BOT_TOKEN: bot })).toContain(
      'SLACK_APP_TOKEN, SLACK_SIGNING_SECRET: one of them must be set',
    );
  });

  test('only the app token, only the secret', () => {
    expect(complaint({ SLACK_APP_TOKEN: app })).toContain('SLACK_BOT_TOKEN: is not set');
    expect(complaint({ SLACK_SIGNING_SECRET: secret })).toContain('SLACK_BOT_TOKEN: is not set');
  });

  test('swapped', () => {
    const message = complaint({ SLACK_BOT_TOKEN: app, SLACK_APP_TOKEN: bot });
    expect(message).toContain('SLACK_BOT_TOKEN, SLACK_APP_TOKEN: the two tokens are swapped');
    expect(message).not.toContain('another kind');
    expect(message).not.toContain(bot);
    expect(message).not.toContain(app);
  });
});

describe('many workspaces over OAuth', () => {
  const oauth = {
    SLACK_CLIENT_ID: '123456789.123456789012',
    SLACK_CLIENT_SECRET: 'hunter2hunter2hunter2hunter2',
    SLACK_STATE_SECRET: 'a state secret of our own',
    SLACK_SIGNING_SECRET: secret,
    SECRETS_KEY: randomBytes(32).toString('base64'),
  };

  test('all that it takes', () => {
    expect(readConfig(oauth).slack).toEqual({
      transport: 'oauth',
      clientId: oauth.SLACK_CLIENT_ID,
      clientSecret: oauth.SLACK_CLIENT_SECRET,
      stateSecret: oauth.SLACK_STATE_SECRET,
      signingSecret: secret,
    });
  });

  test.each(Object.keys(oauth))('without %s', (name) => {
    const { [name as keyof typeof oauth]: _, ...rest } = oauth;
    expect(complaint(rest)).toContain(`${name}: is not set. For many workspaces over OAuth set`);
  });

  test('one of them: the others are named together', () => {
    expect(complaint({ SLACK_CLIENT_ID: oauth.SLACK_CLIENT_ID })).toContain(
      'SLACK_CLIENT_SECRET, SLACK_STATE_SECRET, SLACK_SIGNING_SECRET, SECRETS_KEY: are not set',
    );
  });

  test.each([
    [{ SLACK_BOT_TOKEN: bot }, 'SLACK_BOT_TOKEN: must not be set beside SLACK_CLIENT_ID'],
    [{ SLACK_APP_TOKEN: app }, 'SLACK_APP_TOKEN: must not be set beside SLACK_CLIENT_ID'],
    [{ SLACK_CLIENT_ID: 'A0123456789' }, 'SLACK_CLIENT_ID: is the App ID'],
    [{ SLACK_CLIENT_ID: bot }, 'SLACK_CLIENT_ID: is a token'],
    [{ SLACK_CLIENT_ID: 'the id' }, 'SLACK_CLIENT_ID: "the id" is not a client id'],
    [{ SLACK_CLIENT_SECRET: 'short' }, 'SLACK_CLIENT_SECRET: has 5 characters'],
    [{ SLACK_CLIENT_SECRET: 'two words' }, 'SLACK_CLIENT_SECRET: has a blank'],
    [{ SLACK_CLIENT_SECRET: app }, 'SLACK_CLIENT_SECRET: is a token'],
    [{ SLACK_STATE_SECRET: 'short' }, 'SLACK_STATE_SECRET: has 5 characters'],
    [{ SLACK_STATE_SECRET: `"${'s'.repeat(20)}"` }, 'SLACK_STATE_SECRET: has quotation marks'],
  ])('%j: %s', (change, said) => {
    const message = complaint({ ...oauth, ...change });
    expect(message).toContain(said);
    expect(message).not.toContain('hunter2');
  });
});

test('every variable is described in a full sentence or two', () => {
  expect(variables.length).toBeGreaterThanOrEqual(19);
  for (const { name, description } of variables) expect(description, name).toMatch(/^\S.*\.$/);
});
