/**
 * What an incident becomes when somebody presses a button of its card. PURE; apart from incident.ts, so that taking a
 * press does not load the rules of the check.
 */
import type { IncidentStep } from './incident.ts';
import type { IncidentState } from './incident-shapes.ts';

/** A second press of the same button asks for nearly the same time. */
const sameSnoozeMs = 3_600_000;

/** Somebody takes care of it: named on the card. Undefined when somebody does already, or nothing is open. */
export function acknowledge(state: IncidentState, by: string, now: Date): IncidentStep | undefined {
  if (state.acknowledged !== undefined || state.open.length === 0) return undefined;
  return {
    state: { ...state, acknowledged: { by, at: now.toISOString() } },
    entries: [{ kind: 'acknowledged', by }],
    closed: false,
  };
}

/** Undefined when it is snoozed until about then, when the time is over already, or nothing is open. */
export function snooze(state: IncidentState, by: string, until: Date, now: Date): IncidentStep | undefined {
  if (until <= now || state.open.length === 0) return undefined;
  const { snoozed } = state;
  if (snoozed && Math.abs(Date.parse(snoozed.until) - until.getTime()) < sameSnoozeMs) return undefined;
  return {
    state: { ...state, snoozed: { by, at: now.toISOString(), until: until.toISOString() } },
    entries: [{ kind: 'snoozed', by, until: until.toISOString() }],
    closed: false,
  };
}
