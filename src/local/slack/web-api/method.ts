/** What a Web API method is, and how it reads its arguments: texts, or JSON that came as text. */
import { type Json, parseJson } from '../json.ts';
import type { Grant } from '../oauth.ts';
import type { Slack } from '../slack.ts';

export type Answer = Json & { readonly ok: boolean };

export interface Method {
  /** Any one of these is enough; none: every token may call it. */
  readonly scopes: readonly string[];
  /** Called without a token, or with any. */
  readonly noToken?: true;
  /** An app-level token instead of the bot's. */
  readonly appToken?: true;
  /** `grant` is what the token stands for, where it came by an installation. */
  run(args: Json, slack: Slack, grant?: Grant): Answer;
}

export function failure(error: string, more: Json = {}): Answer {
  return { ok: false, error, ...more };
}

/** As Slack tells what is wrong with arguments: each sentence marked as an error. */
export function refusal(error: string, problems: readonly string[]): Answer {
  return failure(error, {
    ...(error === 'invalid_blocks' ? { errors: problems } : {}),
    response_metadata: { messages: problems.map((problem) => `[ERROR] ${problem}`) },
  });
}

/** A missing argument, in Slack's words. */
export function missing(...names: readonly string[]): Answer {
  return refusal(
    'invalid_arguments',
    names.map((name) => `missing required field: ${name}`),
  );
}

/** The text of an argument; undefined when it is absent or empty. */
export function textOf(args: Json, name: string): string | undefined {
  const value = args[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** An argument that is JSON, given as itself or as text; undefined when absent, `malformed` when it is no JSON. */
export function jsonOf(args: Json, name: string): unknown {
  const value = args[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') return value;
  return parseJson(value) ?? malformed;
}

export const malformed = Symbol('malformed');
