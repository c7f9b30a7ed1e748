/**
 * What was dealt with already, for as long as it could come again: signatures of requests, ids of events,
 * presses of a button, submitted forms. In memory and bounded; a restart forgets.
 */

export interface Seen {
  /** True exactly when the key is new; from then on it is seen until it expires or is forgotten. */
  add(key: string): boolean;
  /** It had no effect after all and may come again. */
  forget(key: string): void;
  /** How many keys are held, expired ones included. */
  readonly size: number;
}

/** At most `entriesMax` keys, each for `lifetimeMs`; when full the oldest makes room. `now` in milliseconds. */
export function createSeen(lifetimeMs: number, entriesMax: number, now: () => number): Seen {
  // A Map keeps the order of insertion, and all keys live equally long: the first is the next to expire.
  const expiries = new Map<string, number>();
  const dropExpired = (at: number) => {
    for (const [key, expiresAt] of expiries) {
      if (expiresAt > at && expiries.size < entriesMax) return;
      expiries.delete(key);
    }
  };
  return {
    add(key) {
      const at = now();
      const expiresAt = expiries.get(key);
      if (expiresAt !== undefined && expiresAt > at) return false;
      expiries.delete(key);
      dropExpired(at);
      expiries.set(key, at + lifetimeMs);
      return true;
    },
    forget(key) {
      expiries.delete(key);
    },
    get size() {
      return expiries.size;
    },
  };
}
