/** manifest.json says what the app is, and `npm run manifest` prints it for either transport. */
import { expect, test } from 'vitest';
import { httpManifest, parseOrigin, readManifest, run } from '../src/manifest.ts';

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
      settings: {
        socket_mode_enabled: false,
        event_subscriptions: { request_url: url, bot_events: ['app_home_opened'] },
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
