/**
 * The Web API's door: token, method, scopes, the faults of the "break something" menu, headers and the wire log.
 * What each method does is in web-api/.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isJson, type Json, parseJson } from './json.ts';
import type { Grant } from './oauth.ts';
import type { Slack } from './slack.ts';
import { chatMethods } from './web-api/chat.ts';
import { fileMethods } from './web-api/files.ts';
import { type Answer, failure, type Method } from './web-api/method.ts';
import { viewMethods } from './web-api/views.ts';
import { workspaceMethods } from './web-api/workspace-methods.ts';

const methods: Readonly<Record<string, Method>> = {
  ...workspaceMethods,
  ...chatMethods,
  ...viewMethods,
  ...fileMethods,
};

/** What the fault "Slack is slow" adds. */
const slownessMs = 2000;

export interface ApiRequest {
  readonly method: string;
  readonly authorization: string | undefined;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** `slacks` are the workspaces, the first of which stands for all where none is meant. */
export function createWebApi(
  slacks: readonly [Slack, ...Slack[]],
): (request: ApiRequest) => Promise<ApiResponse> {
  const [slack] = slacks;
  const { faults, wire, now } = slack;
  const calls = new Map<string, number>();

  const respond = (
    request: ApiRequest,
    args: Json,
  ): { status: number; answer: Answer; retryAfter?: string } => {
    const isConnecting = request.method === 'apps.connections.open' || request.method === 'auth.test';
    if (faults.on('server-error') && !isConnecting) return { status: 500, answer: failure('internal_error') };
    const count = calls.get(request.method) ?? 0;
    if (faults.on('rate-limited') && !isConnecting) {
      calls.set(request.method, count + 1);
      if (count % 2 === 0) return { status: 429, answer: failure('ratelimited'), retryAfter: '1' };
    }
    return { status: 200, answer: run(slacks, request, args) };
  };

  return async (request) => {
    const startedAt = now();
    const args = argumentsOf(request);
    if (faults.on('slow-slack')) await sleep(slownessMs, undefined, { ref: false });
    const { status, answer, retryAfter } = respond(request, args);
    wire.add({
      direction: 'from-bot',
      name: request.method,
      startedAt,
      endedAt: now(),
      outcome: status === 200 ? (answer.ok ? 'ok' : String(answer.error)) : String(status),
      failed: !answer.ok,
      request: unfolded(args),
      response: answer,
    });
    const warnings = charsetWarnings(request.contentType);
    const accepted = Object.hasOwn(methods, request.method) ? methods[request.method]?.scopes : undefined;
    return {
      status,
      headers: {
        'content-type': 'application/json; charset=utf-8',
        'x-slack-req-id': String(startedAt),
        'x-oauth-scopes': slack.scopes().join(','),
        ...(accepted === undefined ? {} : { 'x-accepted-oauth-scopes': accepted.join(',') }),
        ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
      },
      body: JSON.stringify(warnings.length === 0 ? answer : withWarnings(answer, warnings)),
    };
  };
}

function run(
  slacks: readonly [Slack, ...Slack[]],
  { method, authorization }: ApiRequest,
  args: Json,
): Answer {
  const [first] = slacks;
  const { botToken, appToken } = first.secrets;
  const bearer = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  const token = bearer ?? (typeof args.token === 'string' && args.token !== '' ? args.token : undefined);
  const entry = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (entry === undefined) return failure('unknown_method', { req_method: method });
  if (entry.noToken === true) return entry.run(args, first);
  if (token === undefined) return failure('not_authed');
  const grant = token === botToken || token === appToken ? undefined : first.oauth.grantOf(token);
  if (typeof grant === 'string') return failure(grant);
  const wantsAppToken = entry.appToken === true;
  if (wantsAppToken !== (token === appToken)) return failure('not_allowed_token_type');
  const slack = grant === undefined ? first : meantBy(slacks, grant, args);
  const provided = wantsAppToken ? ['connections:write'] : slack.scopes();
  if (entry.scopes.length > 0 && !entry.scopes.some((scope) => provided.includes(scope)))
    return failure('missing_scope', { needed: entry.scopes[0], provided: provided.join(',') });
  return entry.run(args, slack, grant);
}

/** The one workspace of the token; of an organisation's, the one where what the call names is. */
function meantBy(slacks: readonly [Slack, ...Slack[]], grant: Grant, args: Json): Slack {
  const served = slacks.filter(({ world }) => grant.teams.includes(world.team.id));
  const named = (name: string): string => (typeof args[name] === 'string' ? args[name] : '');
  const isMeant = ({ world, triggers }: Slack): boolean =>
    world.team.id === named('team_id') ||
    [named('channel'), named('channel_id')].some(
      (id) => world.conversations.has(id) || world.users.get(id)?.teamId === world.team.id,
    ) ||
    world.users.get(named('user_id'))?.teamId === world.team.id ||
    world.view(named('view_id')) !== undefined ||
    triggers.knows(named('trigger_id'));
  return served.find(isMeant) ?? served[0] ?? slacks[0];
}

function argumentsOf({ contentType, body }: ApiRequest): Json {
  const text = body.toString('utf8');
  if (contentType.startsWith('application/json')) {
    const json = parseJson(text);
    return isJson(json) ? json : {};
  }
  return Object.fromEntries(new URLSearchParams(text));
}

function charsetWarnings(contentType: string): string[] {
  const hasCharset = /;\s*charset=/i.test(contentType);
  if (contentType.startsWith('application/json')) return hasCharset ? [] : ['missing_charset'];
  return hasCharset ? ['superfluous_charset'] : [];
}

function withWarnings(answer: Answer, warnings: readonly string[]): Json {
  const metadata = isJson(answer.response_metadata) ? answer.response_metadata : {};
  return { ...answer, warning: warnings.join(','), response_metadata: { ...metadata, warnings } };
}

/** For the wire log: JSON that came as text, shown as JSON. */
function unfolded(args: Json): Json {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      typeof value === 'string' && /^[[{]/.test(value) ? (parseJson(value) ?? value) : value,
    ]),
  );
}
