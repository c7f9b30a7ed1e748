/** The pages that whoever installs the app over OAuth sees: before, after, and when it did not work. */

/** `/slack/install`: Slack asks for the permissions behind the button. */
export function installPage(url: string): string {
  return page(
    'Add MTA-STS to Slack',
    `<p>The app writes the DNS record and the policy file for MTA-STS, checks what a domain publishes, and tells a channel when that changes.</p>
<p>Slack will ask you for these permissions:</p>
<ul>
<li><b>commands</b>: the command <code>/mta-sts</code></li>
<li><b>chat:write</b>: to post where you share something, and where you watch a domain</li>
<li><b>chat:write.public</b>: the same in public channels that the app has not joined</li>
<li><b>files:write</b>: to send you the policy as a file</li>
</ul>
<p>It reads no messages.</p>
<p><a class="button" href="${escapeHtml(url)}">Add to Slack</a></p>`,
  );
}

/** After the installation; `appId` and `teamId` lead to the app in Slack. */
export function installedPage({
  appId,
  teamId,
  teamName,
}: {
  readonly appId: string | undefined;
  readonly teamId: string | undefined;
  readonly teamName: string | undefined;
}): string {
  const where = teamName === undefined ? 'your organisation' : `<b>${escapeHtml(teamName)}</b>`;
  const query = new URLSearchParams(
    Object.entries({ team: teamId, id: appId }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
  return page(
    'MTA-STS is in Slack',
    `<p>The app is installed in ${where}. Type <code>/mta-sts</code> in any conversation.</p>
<p><a class="button" href="slack://app?${escapeHtml(query.toString())}">Open it in Slack</a></p>`,
  );
}

/** `reason` is for whoever looks after the app; it is in the log, too. */
export function notInstalledPage(reason: string): string {
  return page(
    'The app was not installed',
    `<p>${reasonInWords[reason] ?? 'Something went wrong on the way back from Slack.'}</p>
<p>Nothing was kept. <a href="install">Try again</a>.</p>
<p class="small">${escapeHtml(reason)}</p>`,
  );
}

/** Bolt's and Slack's words. */
const reasonInWords: Readonly<Record<string, string>> = {
  access_denied: 'Slack says that the installation was cancelled.',
  slack_oauth_invalid_state:
    'This browser did not start the installation, or started it more than ten minutes ago.',
  slack_oauth_missing_state_error: 'The address is not whole: it lacks what Slack sends along.',
  slack_oauth_missing_code_error: 'The address is not whole: it lacks what Slack sends along.',
};

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; }
code { font: 0.9em ui-monospace, monospace; }
.button { display: inline-block; padding: 0.6rem 1.1rem; border-radius: 0.4rem; background: #4a154b; color: #fff; text-decoration: none; font-weight: 600; }
.small { font-size: 0.8rem; opacity: 0.7; }
</style>
<h1>${title}</h1>
${body}
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
