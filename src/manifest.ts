/**
 * Prints the app manifest to paste at https://api.slack.com/apps: manifest.json as it is for Socket Mode, or
 * with `--http https://bot.example.com` the same app for signed HTTP at that address.
 */
import { type Manifest, readManifest } from './manifest-file.ts';
import { fail, ok, type Result } from './protocol/result.ts';

const usage = `Usage: npm run -s manifest [-- --http https://bot.example.com]
Without --http it prints the manifest for Socket Mode, with it the one for signed HTTP at that address.`;

/** Where Slack sends everything in the signed HTTP transport. */
const requestPath = '/slack/events';

/** The manifest for signed HTTP: every way in names the request URL. */
export function httpManifest(manifest: Manifest, origin: string): Manifest {
  const url = `${origin}${requestPath}`;
  const { features, settings } = manifest;
  return {
    ...manifest,
    features: {
      ...features,
      slash_commands: features.slash_commands.map((command) => ({ ...command, url })),
    },
    oauth_config: { ...manifest.oauth_config, redirect_urls: [`${origin}/slack/oauth_redirect`] },
    settings: {
      ...settings,
      event_subscriptions: { request_url: url, ...settings.event_subscriptions },
      interactivity: { ...settings.interactivity, request_url: url },
      socket_mode_enabled: false,
    },
  };
}

/** The public address of the bot, as `https://host[:port]`; the problem says what to write. */
export function parseOrigin(text: string): Result<string, string> {
  const example = 'Write it like https://bot.example.com';
  if (!URL.canParse(text)) {
    const bare = /^[\w-]+(\.[\w-]+)+(:\d+)?(\/.*)?$/.test(text);
    return fail(
      bare
        ? `"${text}" has no https:// before it. Write https://${text}`
        : `"${text}" is not a URL. ${example}`,
    );
  }
  const url = new URL(text);
  if (url.protocol !== 'https:') return fail(`Slack sends to https only, and "${text}" is not. ${example}`);
  if (url.username !== '' || url.password !== '')
    return fail(`The URL holds a user name or a password. ${example}`);
  if (url.search !== '' || url.hash !== '') return fail(`"${text}" has a "?" or a "#". ${example}`);
  const path = url.pathname.replace(/\/+$/, '');
  if (path !== '' && path !== requestPath) {
    return fail(
      `The bot listens at ${requestPath} of a host, and "${text}" has the path ${path}. Write ${url.origin}`,
    );
  }
  if (!url.hostname.includes('.') || /^[\d.]+$/.test(url.hostname) || url.hostname.startsWith('[')) {
    return fail(
      `Slack must reach "${url.hostname}" from the internet by a host name with a certificate. ${example}`,
    );
  }
  return ok(url.origin);
}

/** What the program prints and its exit code. */
export function run(args: readonly string[]): {
  readonly code: number;
  readonly out: string;
  readonly err: string;
} {
  const [option, value, ...rest] = args.flatMap((arg) =>
    arg.startsWith('--http=') ? ['--http', arg.slice(7)] : [arg],
  );
  const print = (manifest: Manifest) => ({ code: 0, out: `${JSON.stringify(manifest, null, 2)}\n`, err: '' });
  if (option === undefined) return print(readManifest());
  if (option === '--help' || option === '-h') return { code: 0, out: `${usage}\n`, err: '' };
  if (option !== '--http') return { code: 2, out: '', err: `There is no option "${option}".\n${usage}\n` };
  if (value === undefined || rest.length > 0) {
    return { code: 2, out: '', err: `--http takes one URL, the public address of the bot.\n${usage}\n` };
  }
  const origin = parseOrigin(value);
  if (!origin.ok) return { code: 2, out: '', err: `${origin.problem}\n` };
  return print(httpManifest(readManifest(), origin.value));
}

if (import.meta.main) {
  const { code, out, err } = run(process.argv.slice(2));
  process.stdout.write(out);
  process.stderr.write(err);
  process.exitCode = code;
}
