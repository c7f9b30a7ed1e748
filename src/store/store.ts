/**
 * The store's face: everything that is remembered, asked for by what it means. Every method that reads or writes
 * throws StoreUnavailable while the database does not answer, and nothing it acknowledged is lost after that.
 */
import type { History } from '../check/history.ts';
import type { DomainName } from '../protocol/domain.ts';
import type {
  EveryHours,
  Incident,
  IncidentChange,
  InstallationKey,
  Json,
  LookOutcome,
  LookSubject,
  Notice,
  PauseReason,
  StoredPublication,
  TeamId,
  TeamSettings,
  ToTell,
  Watch,
  WatchedDomain,
} from './shapes.ts';

export interface Store {
  readonly installations: Installations;
  readonly teams: Teams;
  readonly publications: Publications;
  readonly watches: Watches;
  readonly looks: Looks;
  readonly incidents: Incidents;
  readonly notices: Notices;
  readonly jobs: Jobs;
  readonly events: Events;
  /** Why it does not answer, in a sentence; undefined when it does. Asks the database. */
  problem(): Promise<string | undefined>;
}

/** The database does not answer now; it is tried again without being asked. The message is for a log, not for people. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** Opening it cannot succeed until somebody does something: the message says what. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
}

/** Slack's tokens. The text is encrypted with SECRETS_KEY before it reaches the database. */
export interface Installations {
  /** Replaces the one before it. Also makes the team known. */
  save(key: InstallationKey, text: string): Promise<void>;
  /** The team's own, else that of its enterprise. */
  find(key: InstallationKey): Promise<string | undefined>;
  /**
   * With everything of the team, or of every team of the enterprise that has no installation of its own; false when
   * it was installed after `before`, and so stays.
   */
  remove(key: InstallationKey, before?: Date): Promise<boolean>;
}

export interface Teams {
  settings(team: TeamId): Promise<TeamSettings>;
  changeSettings(team: TeamId, settings: TeamSettings): Promise<void>;
  /** Deletes all that is known of it, at once; false when nothing was. */
  forget(team: TeamId): Promise<boolean>;
  /** Makes it known that the team is one of the enterprise's. */
  meet(team: TeamId, enterpriseId: string | undefined): Promise<void>;
}

export interface Publications {
  add(team: TeamId, publication: StoredPublication): Promise<void>;
  /** Newest first. */
  of(team: TeamId, domain: DomainName, limit: number): Promise<readonly StoredPublication[]>;
}

export interface Watches {
  /** Begins with a look at once. The conversation's watch of the domain again, when there is one: owner, hours and pause change. */
  add(
    watch: Pick<Watch, 'team' | 'domain' | 'conversation' | 'owner' | 'everyHours'>,
    now: Date,
  ): Promise<{ readonly watch: Watch; readonly isNew: boolean }>;
  /** False when there was none. What is known of the domain stays until the team goes: a safe end rests on it. */
  remove(team: TeamId, domain: DomainName, conversation: string): Promise<boolean>;
  /** By domain name; those of one conversation, or of the team. */
  list(
    team: TeamId,
    options: { readonly conversation?: string; readonly offset: number; readonly limit: number },
  ): Promise<{ readonly domains: readonly WatchedDomain[]; readonly total: number }>;
  find(team: TeamId, domain: DomainName): Promise<WatchedDomain | undefined>;
  /** Pauses every watch of the conversation; answers those that were not paused. In the same step each owner gets the notice. */
  pause(
    team: TeamId,
    conversation: string,
    because: PauseReason,
    notice: (watches: readonly Watch[]) => Json,
    now: Date,
  ): Promise<readonly Watch[]>;
  setEvery(team: TeamId, watchId: string, everyHours: EveryHours): Promise<boolean>;
}

export interface Looks {
  /** Undefined when nobody watches the domain any more: there is nothing to do. */
  subject(domainId: string): Promise<LookSubject | undefined>;
  /**
   * All of it in one step: observation, ledger, state, incident, what is to be told, and the next look. `stale`:
   * another look was saved meanwhile, or nobody watches any more; nothing is written.
   */
  save(domainId: string, outcome: LookOutcome): Promise<'saved' | 'stale'>;
  /** Looks as soon as there is room, at all of it; false when the team does not watch the domain. */
  soon(team: TeamId, domain: DomainName): Promise<boolean>;
  /** For a look that somebody asked for: the team's own, empty when nothing is known. */
  history(team: TeamId, domain: DomainName): Promise<History>;
}

/** Kept for a year after they are closed; then they are not found any more. */
export interface Incidents {
  find(team: TeamId, incidentId: string): Promise<Incident | undefined>;
  /** Changes it under a lock; undefined leaves it. Answers the incident as it is then. */
  change(
    team: TeamId,
    incidentId: string,
    change: (incident: Incident) => IncidentChange | undefined,
  ): Promise<Incident | undefined>;
  /** Undefined when the conversation has nothing to be told, or does not watch any more. */
  toTell(incidentId: string, conversation: string): Promise<ToTell | undefined>;
  /** The conversation has been told up to this version. */
  told(incidentId: string, conversation: string, ts: string, version: number): Promise<void>;
  /** Those that are open or were closed since then, by when they were opened. */
  since(team: TeamId, since: Date): Promise<readonly Incident[]>;
}

export interface Notices {
  find(noticeId: string): Promise<Notice | undefined>;
  sent(noticeId: string): Promise<void>;
}

/** The kinds of work, and what each of them names. */
export interface JobData {
  /** `full`: somebody asked for it, so that the MX hosts are connected to whatever is due. */
  readonly look: { readonly domainId: string; readonly full?: boolean };
  readonly tell: { readonly incidentId: string; readonly conversation: string };
  readonly notice: { readonly noticeId: string };
  readonly digest: { readonly team: TeamId };
  /** Every hour: thins observations, forgets old incidents, notices and events, finds jobs that were lost. */
  readonly tidy: Record<string, never>;
}

export type JobKind = keyof JobData;

/**
 * Each handler may be called twice with the same: at least once is what is promised. One that throws is called again
 * later. The signal says that another process has the job by now, or that this one stops. Tidying is the store's own.
 */
export type JobHandlers = {
  readonly [K in Exclude<JobKind, 'tidy'>]: (data: JobData[K], signal: AbortSignal) => Promise<void>;
};

export interface Jobs {
  /** Begins to take work; `atOnce` is for looks. */
  work(handlers: JobHandlers, options: { readonly atOnce: number }): Promise<void>;
  /** Takes no more, and waits for what is under way at most so long. */
  stop(limitMs: number): Promise<void>;
  /**
   * When the team's digest is due next, instead of what was said before; undefined: never. Its handler says when it
   * is due again, before it posts. After a restore it may be called at another time than was said.
   */
  digestAt(team: TeamId, at: Date | undefined): Promise<void>;
  /** Of each kind: how many are due, and for how long the oldest of them has been. */
  lag(): Promise<Readonly<Record<JobKind, { readonly due: number; readonly oldestSeconds: number }>>>;
}

export interface Events {
  /** True the first time, across every replica; remembered for an hour at least. */
  isNew(eventId: string): Promise<boolean>;
  /** It had no effect: the next time is the first again. */
  forget(eventId: string): Promise<void>;
}
