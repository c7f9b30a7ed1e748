/** The pages that whoever installs the app over OAuth sees: before, after, and when it did not work. */
import { createHash } from 'node:crypto';

/** `/slack/install`: Slack asks for the permissions behind the button. */
export function installPage(url: string): string {
  return page(
    'Add MTA-STS to Slack',
    `<p>The app writes the DNS record and the policy file for MTA-STS, checks what a domain publishes, and tells a channel when that changes.</p>
<p>Slack will ask you for these permissions:</p>
<dl>
<dt>commands</dt><dd>the command <code>/mta-sts</code></dd>
<dt>chat:write</dt><dd>to post where you share something, and where you watch a domain</dd>
<dt>chat:write.public</dt><dd>the same in public channels that the app has not joined; you may leave it out</dd>
<dt>files:write</dt><dd>to send you the policy as a file; you may leave it out</dd>
</dl>
<p>It reads no messages.</p>
<p><a class="button" href="${escapeHtml(url)}">Add to Slack</a></p>`,
  );
}

/** After the installation; `openUrl` leads to the app in Slack. */
export function installedPage({
  where,
  openUrl,
}: {
  /** The workspace's name, or the organisation's. */
  readonly where: string | undefined;
  readonly openUrl: string;
}): string {
  return page(
    'MTA-STS is in Slack',
    `<p>The app is installed in ${where === undefined ? 'your workspace' : `<b>${escapeHtml(where)}</b>`}. Type <code>/mta-sts</code> in any conversation.</p>
<p><a class="button" href="${escapeHtml(openUrl)}">Open it in Slack</a></p>`,
  );
}

/** Why an installation did not work. */
export type InstallProblem =
  | 'cancelled'
  | 'not-begun-here'
  | 'incomplete'
  | 'code-refused'
  | 'refused'
  | 'slack-away'
  | 'store-away'
  | 'other';

/** `detail` is for whoever looks after the app. */
export function notInstalledPage(problem: InstallProblem, detail: string | undefined): string {
  return page(
    'The app was not installed',
    `<p>${inWords[problem]}</p>
<p><a class="button" href="install">Try again</a></p>${
      detail === undefined
        ? ''
        : `\n<p class="small">For the app’s admin: <code>${escapeHtml(detail)}</code></p>`
    }`,
  );
}

const inWords: Readonly<Record<InstallProblem, string>> = {
  cancelled: 'It was cancelled in Slack. Nothing has changed.',
  'not-begun-here':
    'This installation was not begun in this browser, was begun more than ten minutes ago, or is over already. Begin again here.',
  incomplete: 'The address that led here is not whole. Begin again here.',
  'code-refused':
    'Slack does not take this permission any more: it works once, and for ten minutes. Begin again here.',
  refused: 'Slack refused to install the app. Whoever looks after the app has to mend that first.',
  'slack-away': 'Slack does not answer at the moment. Try again in a minute.',
  'store-away': 'The app cannot write down the installation at the moment. Try again in a minute.',
  other: 'The fault is on our side. Try again; if it stays so, tell whoever looks after the app.',
};

const style = `
:root { color-scheme: light dark; --ink: #1d1c1d; --ground: #fff; --quiet: #616061; --line: #dddddd; --button: #4a154b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --ground: #1a1d21; --quiet: #ababad; --line: #3a3d42; --button: #7c3085; }
}
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 34rem; margin: 12vh auto 4rem; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
dl { border-top: 1px solid var(--line); }
dt { font: 600 0.9rem ui-monospace, monospace; padding-top: 0.6rem; }
dd { margin: 0; padding-bottom: 0.6rem; border-bottom: 1px solid var(--line); color: var(--quiet); }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere; }
.button { display: inline-block; padding: 0.6rem 1.1rem; border-radius: 0.4rem; background: var(--button); color: #fff; text-decoration: none; font-weight: 600; }
.button:focus-visible { outline: 3px solid #1d9bd1; outline-offset: 2px; }
.small { font-size: 0.8rem; color: var(--quiet); }
`;

/** Nothing but these pages' own style, and in nobody's frame. */
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const;

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
<main>
<h1>${title}</h1>
${body}
</main>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
