/** manifest.json says what the app is, and `npm run manifest` prints it for either transport. */
import { globSync, readFileSync } from 'node:fs';
import type { App } from '@slack/bolt';
import { expect, test } from 'vitest';
import { httpManifest, parseOrigin, run } from '../src/manifest.ts';
import { readManifest } from '../src/manifest-file.ts';
import type { Base } from '../src/slack/bot.ts';
import { actionIds, callbackIds } from '../src/slack/ids.ts';
import { registerListeners } from '../src/slack/listeners/index.ts';

test('without an option it prints manifest.json', () => {
  const { code, out } = run([]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toEqual(readManifest());
});

test.each([[['--http', 'https://bot.example.com']], [['--http=https://bot.example.com/slack/events']]])(
  '%j prints the manifest for signed HTTP',
  (args) => {
    const { code, out } = run(args);
    const url = 'https://bot.example.com/slack/events';
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(httpManifest(readManifest(), 'https://bot.example.com'));
    expect(JSON.parse(out)).toMatchObject({
      features: { slash_commands: [{ command: '/mta-sts', url }] },
      oauth_config: { redirect_urls: ['https://bot.example.com/slack/oauth_redirect'] },
      settings: {
        socket_mode_enabled: false,
        event_subscriptions: {
          request_url: url,
          bot_events: ['app_home_opened', 'app_uninstalled', 'tokens_revoked', 'team_access_revoked'],
        },
        interactivity: { is_enabled: true, request_url: url },
      },
    });
  },
);

test.each([
  ['https://bot.example.com', 'https://bot.example.com'],
  ['https://bot.example.com/', 'https://bot.example.com'],
  ['https://BOT.example.com:8443/slack/events', 'https://bot.example.com:8443'],
])('%s is an address', (text, origin) => {
  expect(parseOrigin(text)).toEqual({ ok: true, value: origin });
});

test.each([
  ['bot.example.com', 'Write https://bot.example.com'],
  ['http://bot.example.com', 'https only'],
  ['ftp://bot.example.com', 'https only'],
  ['not a url', 'is not a URL'],
  ['', 'is not a URL'],
  ['https://', 'is not a URL'],
  ['https://user:secret@bot.example.com', 'user name or a password'],
  ['https://bot.example.com/?a=1', '"?"'],
  ['https://bot.example.com/#a', '"#"'],
  ['https://bot.example.com/bots/mta-sts', 'has the path /bots/mta-sts'],
  ['https://localhost', 'from the internet'],
  ['https://127.0.0.1', 'from the internet'],
  ['https://[::1]', 'from the internet'],
])('%s is refused', (text, why) => {
  const parsed = parseOrigin(text);
  expect(parsed).toEqual({ ok: false, problem: expect.stringContaining(why) });
});

test.each([
  [['--https', 'x'], 'no option "--https"'],
  [['--http'], 'takes one URL'],
  [['--http', 'https://a.example', 'https://b.example'], 'takes one URL'],
  [['--http', 'no sense'], 'not a URL'],
])('%j ends with 2, a sentence and nothing on stdout', (args, why) => {
  expect(run(args)).toEqual({ code: 2, out: '', err: expect.stringContaining(why) });
});

test("Slack's own limits for a manifest hold", () => {
  const manifest = readManifest() as unknown as {
    display_information: { name: string; description: string; long_description: string };
  };
  const { name, description, long_description: long } = manifest.display_information;
  expect(name.length).toBeLessThanOrEqual(35);
  expect(description.length).toBeLessThanOrEqual(140);
  expect(long.length).toBeGreaterThanOrEqual(175);
  expect(long.length).toBeLessThanOrEqual(4000);
});

/** What the listeners ask Bolt for. */
function registered() {
  const base = { now: () => new Date(0), stopping: new AbortController().signal } as Base;
  const asked = { command: [], shortcut: [], event: [], action: [], view: [] } as Record<string, unknown[]>;
  const noted = Object.entries(asked).map(([kind, names]) => [kind, (name: unknown) => names.push(name)]);
  registerListeners(Object.fromEntries(noted) as App, base);
  return asked;
}

test('its commands, shortcuts and events are exactly those that are answered', () => {
  const { features, settings } = readManifest();
  const { command, shortcut, event } = registered();
  expect(features.slash_commands.map((each) => each.command)).toEqual(command);
  expect(features.shortcuts.map((each) => each.callback_id)).toEqual(shortcut);
  expect(settings.event_subscriptions.bot_events).toEqual(event);
});

test('every button and form that the app draws is answered, once', () => {
  const { action = [], view = [] } = registered();
  const { newPolicyShortcut: _shortcut, ...forms } = callbackIds;
  expect(view.toSorted()).toEqual(Object.values(forms).toSorted());
  const listenersOf = (id: string) =>
    action.filter((wanted) => (wanted instanceof RegExp ? wanted.test(id) : wanted === id)).length;
  // Inputs without a dispatch are read when the form is sent.
  const silent = [
    ...['mx', 'mode', 'ownSeconds', 'rua', 'conversation', 'accept', 'shareTo', 'checkDomain'],
    ...['watchDomain', 'watchConversation', 'watchHours', 'watchKept'],
    ...['quietFrom', 'quietTo', 'timeZone', 'digestTo', 'digestWeekday', 'digestTime'],
  ];
  for (const [name, id] of Object.entries(actionIds)) {
    expect([name, listenersOf(id)]).toEqual([name, silent.includes(name) ? 0 : 1]);
  }
  expect(listenersOf('form.look_up_')).toBe(0);
});

/** The scope of each method that the app calls, by Slack's reference; '' where none is needed. */
const scopesOfMethods: Readonly<Record<string, string>> = {
  'api.test': '',
  'auth.test': '',
  'views.open': '',
  'views.update': '',
  'views.publish': '',
  'chat.postMessage': 'chat:write',
  'chat.update': 'chat:write',
  'chat.delete': 'chat:write',
  'chat.postEphemeral': 'chat:write',
  'files.getUploadURLExternal': 'files:write',
  'files.completeUploadExternal': 'files:write',
};

test('its scopes are exactly those of the methods that are called', () => {
  const calls = globSync('src/slack/**/*.ts').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/(?:client|trigger)\.(\w+\.\w+)\(/g)].map(
      ([, method]) => method ?? '',
    ),
  );
  expect(new Set(calls)).toEqual(new Set(Object.keys(scopesOfMethods)));
  const { bot, bot_optional: optional } = readManifest().oauth_config.scopes;
  const needed = new Set(calls.map((method) => scopesOfMethods[method]).filter((scope) => scope !== ''));
  // Slash commands and shortcuts need `commands`; `chat:write.public` lets chat.postMessage post where the
  // app is no member.
  expect(new Set([...bot, ...optional])).toEqual(new Set(['commands', 'chat:write.public', ...needed]));
  expect(optional).toEqual(['chat:write.public', 'files:write']);
});
