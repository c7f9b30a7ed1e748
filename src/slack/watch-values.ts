/** PURE. What the buttons and forms about watches carry. What comes back is untrusted, and read as such. */
import { z } from 'zod';
import { type DomainName, parseDomain } from '../protocol/domain.ts';
import type { EveryHours } from '../store/shapes.ts';
import { conversationId } from './form-state.ts';

/** Where nobody chose: often enough that a certificate is renewed in time, seldom enough for every MX. */
export const usualEveryHours: EveryHours = 6;

export interface WatchButton {
  readonly domain: DomainName;
  /** Whose watch; absent where it is that of the conversation in which the button stands. */
  readonly conversation?: string | undefined;
  /** The page of App Home that it was pressed on. */
  readonly page?: number | undefined;
}

/** The first item of every value: another number means another shape. */
const version = 1;
const page = z.int().min(0).max(100_000);
const buttonShape = z.tuple([z.literal(version), z.string(), conversationId.nullable(), page.nullable()]);

/** At most some 320 characters: for a button's value and a modal's private_metadata. */
export function watchValue({ domain, conversation, page: onPage }: WatchButton): string {
  return JSON.stringify([version, domain, conversation ?? null, onPage ?? null] satisfies z.input<
    typeof buttonShape
  >);
}

/** Undefined when it is none of ours. */
export function readWatchValue(value: unknown): WatchButton | undefined {
  const parsed = buttonShape.safeParse(parseJson(value));
  if (!parsed.success) return undefined;
  const [, name, conversation, onPage] = parsed.data;
  const domain = parseDomain(name);
  if (!domain.ok) return undefined;
  return {
    domain: domain.value,
    ...(conversation === null ? {} : { conversation }),
    ...(onPage === null ? {} : { page: onPage }),
  };
}

/** What App Home keeps of itself: Slack sends the published view along with every press in it. */
export interface HomeState {
  /** Of all that is shown, so that the same is not published twice. */
  readonly digest: string;
  /** From 0. */
  readonly page: number;
}

const homeShape = z.object({ d: z.string().max(40), p: page });

export function homeMetadata({ digest, page: onPage }: HomeState): string {
  return JSON.stringify({ d: digest, p: onPage } satisfies z.input<typeof homeShape>);
}

/** Of `view.private_metadata`; undefined before the first, and for that of an earlier version. */
export function readHomeState(view: unknown): HomeState | undefined {
  const { private_metadata: metadata } =
    typeof view === 'object' && view !== null ? (view as { private_metadata?: unknown }) : {};
  const parsed = homeShape.safeParse(parseJson(metadata));
  return parsed.success ? { digest: parsed.data.d, page: parsed.data.p } : undefined;
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
