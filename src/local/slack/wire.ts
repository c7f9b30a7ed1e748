/** The log of what went between Slack and the bot, as the wire inspector shows it: bounded, without tokens. */
import { isJson } from './json.ts';
import type { WireEntry } from './page/protocol.ts';

/** As PageState.wire promises. */
const entriesMax = 200;
/** A page of text; more makes each state that is pushed to the page heavy. */
const charactersMax = 4000;

export interface Exchange {
  readonly direction: WireEntry['direction'];
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly outcome: string;
  readonly failed: boolean;
  readonly request: unknown;
  readonly response: unknown;
}

export interface Wire {
  add(exchange: Exchange): void;
  /** Newest first. */
  entries(): readonly WireEntry[];
  clear(): void;
}

export function createWire(changed: () => void): Wire {
  const entries: WireEntry[] = [];
  let lastId = 0;
  return {
    add({ direction, name, startedAt, endedAt, outcome, failed, request, response }) {
      lastId += 1;
      entries.unshift({
        id: lastId,
        at: new Date(startedAt).toISOString(),
        direction,
        name,
        durationMs: endedAt === null ? null : Math.round(endedAt - startedAt),
        outcome,
        failed,
        request: shown(request),
        response: shown(response),
      });
      entries.length = Math.min(entries.length, entriesMax);
      changed();
    },
    entries: () => [...entries],
    clear: () => {
      entries.length = 0;
    },
  };
}

function shown(value: unknown): string {
  if (value === undefined) return '';
  const text = typeof value === 'string' ? redactText(value) : (JSON.stringify(redact(value), null, 2) ?? '');
  return text.length <= charactersMax
    ? text
    : `${text.slice(0, charactersMax)}\n… ${text.length} characters in all`;
}

/** Tokens, secrets, and addresses that are as good as a token. */
function redact(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (Array.isArray(value)) return value.map(redact);
  if (!isJson(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      /^(token|.*secret.*|authorization|ticket)$/i.test(key) ? '(hidden)' : redact(inner),
    ]),
  );
}

function redactText(text: string): string {
  return text
    .replaceAll(/xox[a-z]-[\w-]+|xapp-[\w-]+/g, '(token)')
    .replaceAll(/(\/(?:response|upload|link)\/)[\w-]+/g, '$1(hidden)')
    .replaceAll(/(ticket=)[\w-]+/g, '$1(hidden)');
}
