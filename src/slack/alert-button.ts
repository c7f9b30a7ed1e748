/**
 * PURE. What the buttons of an alert's card and of a notice carry: ids under which the store has the rest, so that
 * they work after a restart and in a year.
 */
import { z } from 'zod';
import { type DomainName, parseDomain } from '../protocol/domain.ts';

/** How long an alert can be snoozed, in days. */
export const snoozeDays = [1, 7] as const;

export interface AlertButton {
  readonly incident: string;
  /** Of Check again, which looks also while the store is away. */
  readonly domain?: DomainName;
  /** Of Snooze. */
  readonly days?: (typeof snoozeDays)[number];
}

/** The first item of every value: another number means another shape. */
const version = 1;
const incidentId = z.string().min(1).max(60);
const valueShape = z.union([
  z.tuple([z.literal(version), incidentId]),
  z.tuple([z.literal(version), incidentId, z.literal(snoozeDays)]),
  z.tuple([z.literal(version), incidentId, z.string()]),
]);

/** Without a domain at most 75 characters, which is all that an option may have. */
export function alertValue({ incident, domain, days }: AlertButton): string {
  const more = domain ?? days;
  return JSON.stringify([version, incident, ...(more === undefined ? [] : [more])]);
}

/** Undefined when it is none of ours. */
export function readAlertButton(value: unknown): AlertButton | undefined {
  const parsed = valueShape.safeParse(parseJson(value));
  if (!parsed.success) return undefined;
  const [, incident, more] = parsed.data;
  if (more === undefined) return { incident };
  if (typeof more === 'number') return { incident, days: more };
  const domain = parseDomain(more);
  return domain.ok ? { incident, domain: domain.value } : undefined;
}

const resumeShape = z.tuple([z.literal(version), z.string().regex(/^[A-Z0-9]{1,60}$/)]);

/** For the button that resumes the watches of a conversation. */
export function resumeValue(conversation: string): string {
  return JSON.stringify([version, conversation] satisfies z.input<typeof resumeShape>);
}

/** The conversation; undefined when it is none of ours. */
export function readResumeButton(value: unknown): string | undefined {
  return resumeShape.safeParse(parseJson(value)).data?.[1];
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}
