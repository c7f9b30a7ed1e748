/** The "break something" menu: what can go wrong between Slack and the bot, as data. Who looks at a fault is said with it. */

const table = {
  'rate-limited': {
    title: 'Slack limits the rate (429)',
    description: 'Every second call of a method is answered 429 with Retry-After: 1.',
  },
  'server-error': {
    title: 'Slack fails (500)',
    description: 'Every Web API call is answered 500.',
  },
  'slow-slack': {
    title: 'Slack is slow',
    description: 'Every Web API answer takes 2 seconds longer.',
  },
  'expired-trigger': {
    title: 'Triggers expire at once',
    description: 'Each trigger_id has expired before the bot uses it, as after a cold start.',
  },
  'dropped-socket': {
    title: 'The socket drops',
    description: 'Cuts every Socket Mode connection once, without a word. The bot connects again by itself.',
  },
  'not-in-channel': {
    title: 'The bot is in no channel',
    description: 'Posting answers not_in_channel in every channel.',
  },
  'no-files-write': {
    title: 'Without files:write',
    description: 'Installed without the optional scope for files.',
  },
  'no-public-posting': {
    title: 'Without chat:write.public',
    description: 'Installed without the optional scope for public channels where the bot is not a member.',
  },
  'lost-answer': {
    title: "The bot's answer is lost",
    description: 'The bot gets each request; its answer never reaches Slack.',
  },
  'repeated-delivery': {
    title: 'Events arrive twice',
    description: 'Every event is sent again as a retry, although the bot answered.',
  },
} as const;

export type FaultId = keyof typeof table;

export interface Fault {
  readonly id: FaultId;
  readonly title: string;
  readonly description: string;
  readonly on: boolean;
}

export interface Faults {
  on(id: FaultId): boolean;
  /** Throws for an id that is none. */
  set(id: string, on: boolean): void;
  list(): readonly Fault[];
  clear(): void;
  /** Scopes that these faults take away. */
  withheldScopes(): ReadonlySet<string>;
}

/** `changed` is called with each fault that was switched. */
export function createFaults(changed: (id: FaultId, on: boolean) => void): Faults {
  const active = new Set<FaultId>();
  const isFault = (id: string): id is FaultId => Object.hasOwn(table, id);
  return {
    on: (id) => active.has(id),
    set(id, on) {
      if (!isFault(id)) throw new RangeError(`There is no fault "${id}".`);
      if (on) active.add(id);
      else active.delete(id);
      changed(id, on);
    },
    list: () =>
      Object.entries(table).map(([id, told]) => ({
        id: id as FaultId,
        ...told,
        on: active.has(id as FaultId),
      })),
    clear: () => active.clear(),
    withheldScopes: () =>
      new Set([
        ...(active.has('no-files-write') ? ['files:write'] : []),
        ...(active.has('no-public-posting') ? ['chat:write.public'] : []),
      ]),
  };
}
