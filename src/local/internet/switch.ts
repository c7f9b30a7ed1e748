/** The shape of a switch: one fault that a domain of the local internet can be given, and mended of, while it runs. */
import type { Expected, Place } from './scenario.ts';

export interface Switch {
  /** `<domain>/<fault>`. */
  readonly id: string;
  readonly domain: string;
  /** The fault, in plain words. */
  readonly title: string;
  /** What is done to the domain, and what the bot may make of it. */
  readonly description: string;
  /** What a check has to say when this alone is on. */
  readonly expect: Expected;
  /** The domain with the fault. What it does not change stays the same object, and with it its certificates. */
  readonly change: (place: Place) => Place;
}

/** The place with the faults that are on, in the order of the list whatever the order in which they came. */
export function withFaults(place: Place, switches: readonly Switch[], on: ReadonlySet<string>): Place {
  return switches
    .filter(({ id, domain }) => domain === place.domain && on.has(id))
    .reduce((changed, { change }) => change(changed), place);
}
