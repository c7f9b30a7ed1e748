/** The page on which a person lets the app into a workspace: plain HTML, without a script. What Allow does is in oauth.ts. */
import type { Manifest } from './manifest.ts';
import type { ConsentProblem, ConsentRequest, OAuth } from './oauth.ts';

/** What the page is answered with: a page, or where the browser goes next. */
export type ConsentAnswer =
  | { readonly status: number; readonly html: string }
  | { readonly status: 302; readonly location: string };

/** `POST` carries what the page itself sent. */
export function answerConsent(
  oauth: OAuth,
  manifest: Manifest,
  { method, params }: { readonly method: 'GET' | 'POST'; readonly params: URLSearchParams },
): ConsentAnswer {
  const request = oauth.read(params);
  if (typeof request === 'string') return refused(request);
  if (method === 'GET') return { status: 200, html: consentPage(oauth, manifest, request) };
  if (params.get('decision') !== 'allow') return { status: 302, location: oauth.cancel(request) };
  const location = oauth.allow(request, params.get('place') ?? '', params.getAll('optional'));
  return location.includes(':') ? { status: 302, location } : refused(location as ConsentProblem);
}

const scopeWords: Readonly<Record<string, string>> = {
  commands: 'Add shortcuts and slash commands that people can use',
  'chat:write': 'Send messages as itself',
  'chat:write.public': 'Send messages to channels that it is not a member of',
  'files:write': 'Upload files as itself',
};

function consentPage(oauth: OAuth, manifest: Manifest, request: ConsentRequest): string {
  const { name } = manifest.display_information;
  const { places } = oauth;
  const wanted =
    places.find(({ id }) => id === request.team) ??
    places.find(({ id }) => oauth.inTeam(id) === undefined) ??
    places[0];
  const { bot_optional: mayBeLeftOut } = manifest.oauth_config.scopes;
  const [optional, required] = [true, false].map((is) =>
    request.scopes.filter((scope) => mayBeLeftOut.includes(scope) === is),
  );
  const place = ({ id, name: called, isOrganisation }: OAuth['places'][number]) =>
    `<label><input type="radio" name="place" value="${id}"${id === wanted?.id ? ' checked' : ''}> <span>${escapeHtml(called)}<small>${
      isOrganisation
        ? 'both workspaces at once (Enterprise Grid)'
        : oauth.inTeam(id) === undefined
          ? 'not installed yet'
          : 'installed already: Allow gives it a new token'
    }</small></span></label>`;
  const hidden = {
    client_id: request.clientId,
    scope: request.scopes.join(','),
    state: request.state,
    redirect_uri: request.redirectUri,
  };
  return page(
    `${name} asks for permission`,
    `<form method="post" action="/oauth/v2/authorize">
${Object.entries(hidden)
  .map(([field, value]) => `<input type="hidden" name="${field}" value="${escapeHtml(value)}">`)
  .join('\n')}
<fieldset><legend>Where</legend>
${places.map(place).join('\n')}
</fieldset>
<fieldset><legend>What it will be able to do</legend>
<ul>${(required ?? []).map((scope) => `<li>${told(scope)}</li>`).join('')}</ul>
</fieldset>
<fieldset><legend>Optional</legend>
${(optional ?? [])
  .map(
    (scope) =>
      `<label><input type="checkbox" name="optional" value="${scope}" checked> <span>${told(scope)}</span></label>`,
  )
  .join('\n')}
</fieldset>
<p class="buttons"><button name="decision" value="cancel">Cancel</button><button name="decision" value="allow" class="primary">Allow</button></p>
</form>`,
  );
}

function told(scope: string): string {
  return `${escapeHtml(scopeWords[scope] ?? scope)}<small><code>${escapeHtml(scope)}</code></small>`;
}

const problemWords: Readonly<Record<ConsentProblem, string>> = {
  invalid_client_id: 'No app has this client id.',
  bad_redirect_uri: 'The redirect_uri is none of those in the app’s settings.',
  invalid_scope: 'The scopes are none that the app’s manifest has.',
  invalid_team: 'There is no such workspace.',
  invalid_team_for_non_distributed_app:
    'The app is one workspace’s alone at the moment. Choose “Many workspaces” under “Break something” first.',
};

function refused(problem: ConsentProblem): ConsentAnswer {
  return {
    status: 400,
    html: page(
      'Slack cannot ask for this',
      `<p>${problemWords[problem]}</p>\n<p><small><code>${problem}</code></small></p>\n<p><a href="/">To the workspace</a></p>`,
    ),
  };
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="/page/consent.css">
<main>
<p class="where">Local Slack, on this machine</p>
<h1>${escapeHtml(title)}</h1>
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
