/** Trigger ids: each proves for a short time, and once, that a person has just done something. */
import { randomBytes } from 'node:crypto';

interface Trigger {
  readonly userId: string;
  /** Where the person was; null in the App Home. */
  readonly conversationId: string | null;
  /** The modal in which the person acted; only such a trigger may push a view. */
  readonly viewId: string | null;
}

type TriggerError = 'invalid_trigger_id' | 'expired_trigger_id' | 'exchanged_trigger_id';

export interface Triggers {
  issue(trigger: Trigger): string;
  /** Whether it was issued here. */
  knows(id: string): boolean;
  /** What the id stands for; from now on it is used up. */
  take(id: string): Trigger | TriggerError;
}

export function createTriggers(options: {
  now: () => number;
  lifeMs: number;
  /** The fault "triggers expire at once". */
  expireAtOnce: () => boolean;
}): Triggers {
  const issued = new Map<string, Trigger & { readonly at: number; used: boolean }>();
  return {
    issue(trigger) {
      const at = options.now();
      const id = `${at}.${randomBytes(6).readUIntBE(0, 6)}.${randomBytes(16).toString('hex')}`;
      issued.set(id, { ...trigger, at, used: false });
      return id;
    },
    knows: (id) => issued.has(id),
    take(id) {
      const trigger = issued.get(id);
      if (trigger === undefined) return 'invalid_trigger_id';
      if (trigger.used) return 'exchanged_trigger_id';
      if (options.expireAtOnce() || options.now() - trigger.at > options.lifeMs) return 'expired_trigger_id';
      trigger.used = true;
      return trigger;
    },
  };
}
