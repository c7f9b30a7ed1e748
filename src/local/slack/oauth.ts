/**
 * Installing the app over OAuth: what is asked and allowed, codes that work once, tokens and their end. The page that
 * asks is consent-page.ts; what an installation changes in a workspace is left to whoever reads it here.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Json } from './json.ts';
import { type Manifest, scopesOf } from './manifest.ts';
import type { Answer } from './web-api/method.ts';

/** A code that nobody took by then is void. */
const codeMs = 10 * 60_000;

/** A workspace, or an organisation with all its workspaces. */
export interface InstallPlace {
  readonly id: string;
  readonly name: string;
  readonly isOrganisation: boolean;
  readonly teams: readonly string[];
  readonly bot: { readonly userId: string; readonly appId: string };
  /** Who presses Allow. */
  readonly installer: string;
}

/** What a token stands for. */
export interface Grant {
  readonly place: InstallPlace;
  readonly token: string;
  readonly teams: readonly string[];
  readonly isOrganisations: boolean;
  readonly scopes: readonly string[];
}

/** What the person is asked, as the address says it. */
export interface ConsentRequest {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly redirectUri: string;
  /** Which the address wants; undefined leaves it to the person. */
  readonly team: string | undefined;
}

/** Slack's words for an address that cannot be answered. */
export type ConsentProblem =
  | 'invalid_client_id'
  | 'bad_redirect_uri'
  | 'invalid_scope'
  | 'invalid_team'
  | 'invalid_team_for_non_distributed_app';

export interface OAuth {
  readonly places: readonly InstallPlace[];
  read(params: URLSearchParams): ConsentRequest | ConsentProblem;
  /** Where the browser goes when the person allowed it for this place, the required scopes and these optional ones. */
  allow(request: ConsentRequest, placeId: string, optional: readonly string[]): string | ConsentProblem;
  cancel(request: ConsentRequest): string;
  /** oauth.v2.access: a code for a token. */
  exchange(args: Json): Answer;
  /** Slack's word when the token does not work. */
  grantOf(token: string): Grant | 'invalid_auth' | 'token_revoked' | 'account_inactive';
  /** By which installation the app is in the workspace: its own before the organisation's. */
  inTeam(teamId: string): Grant | undefined;
  /** Ends that installation. */
  remove(teamId: string): void;
}

export function createOAuth(options: {
  readonly manifest: Manifest;
  readonly places: readonly InstallPlace[];
  readonly clientId: string;
  readonly clientSecret: string;
  /** As the app's settings name it. */
  readonly redirectUrl: string;
  /** False while the app is one workspace's alone. */
  readonly isDistributed: () => boolean;
  readonly now: () => number;
  readonly changed: () => void;
}): OAuth {
  const { manifest, places, clientId, clientSecret, redirectUrl, isDistributed, now, changed } = options;
  const codes = new Map<string, { place: InstallPlace; scopes: readonly string[]; at: number }>();
  /** By place. */
  const granted = new Map<string, Grant>();
  const ended = new Map<string, 'token_revoked' | 'account_inactive'>();

  const back = ({ redirectUri, state }: ConsentRequest, answer: Record<string, string>): string => {
    const url = new URL(redirectUri);
    for (const [name, value] of Object.entries({ ...answer, state })) url.searchParams.set(name, value);
    return url.href;
  };

  return {
    places,
    read(params) {
      if (params.get('client_id') !== clientId) return 'invalid_client_id';
      if (!isDistributed()) return 'invalid_team_for_non_distributed_app';
      const redirectUri = params.get('redirect_uri') ?? redirectUrl;
      if (redirectUri !== redirectUrl) return 'bad_redirect_uri';
      const scopes = (params.get('scope') ?? '').split(',').filter((scope) => scope !== '');
      const known = scopesOf(manifest);
      if (scopes.length === 0 || !scopes.every((scope) => known.includes(scope))) return 'invalid_scope';
      const team = params.get('team') ?? undefined;
      return { clientId, scopes, state: params.get('state') ?? '', redirectUri, team };
    },
    allow(request, placeId, optional) {
      const place = places.find(({ id }) => id === placeId);
      if (place === undefined) return 'invalid_team';
      const code = randomBytes(16).toString('hex');
      const mayBeLeftOut = manifest.oauth_config.scopes.bot_optional;
      const scopes = request.scopes.filter(
        (scope) => !mayBeLeftOut.includes(scope) || optional.includes(scope),
      );
      codes.set(code, { place, scopes, at: now() });
      return back(request, { code });
    },
    cancel: (request) => back(request, { error: 'access_denied' }),
    exchange(args) {
      if (args.client_id !== clientId) return { ok: false, error: 'invalid_client_id' };
      if (!isSame(String(args.client_secret), clientSecret)) return { ok: false, error: 'bad_client_secret' };
      if (args.redirect_uri !== undefined && args.redirect_uri !== redirectUrl)
        return { ok: false, error: 'bad_redirect_uri' };
      const code = String(args.code);
      const asked = codes.get(code);
      codes.delete(code);
      if (asked === undefined || now() - asked.at > codeMs) return { ok: false, error: 'invalid_code' };
      const { place, scopes } = asked;
      const before = granted.get(place.id);
      if (before !== undefined) ended.set(before.token, 'token_revoked');
      const token = `xoxb-local-${randomBytes(16).toString('hex')}`;
      const { isOrganisation, teams } = place;
      granted.set(place.id, { place, token, teams, isOrganisations: isOrganisation, scopes });
      changed();
      const named = { id: place.id, name: place.name };
      return {
        ok: true,
        access_token: token,
        token_type: 'bot',
        scope: scopes.join(','),
        bot_user_id: place.bot.userId,
        app_id: place.bot.appId,
        team: isOrganisation ? null : named,
        enterprise: isOrganisation ? named : null,
        authed_user: { id: place.installer },
        is_enterprise_install: isOrganisation,
      };
    },
    grantOf(token) {
      const found = granted.values().find((grant) => grant.token === token);
      return found ?? ended.get(token) ?? 'invalid_auth';
    },
    inTeam: (teamId) => inTeam(granted, teamId),
    remove(teamId) {
      const grant = inTeam(granted, teamId);
      if (grant === undefined) return;
      granted.delete(grant.place.id);
      ended.set(grant.token, 'account_inactive');
      changed();
    },
  };
}

function inTeam(granted: ReadonlyMap<string, Grant>, teamId: string): Grant | undefined {
  return granted.get(teamId) ?? granted.values().find(({ teams }) => teams.includes(teamId));
}

function isSame(given: string, secret: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(secret)];
  return left.length === right.length && timingSafeEqual(left, right);
}
