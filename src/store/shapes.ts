/**
 * What the store holds, as values: rows never leave store/. What a watch remembers and what an incident holds is
 * worked out in watch/; here it is JSON that is kept.
 */
import type { History, LedgerEntry, Trail } from '../check/history.ts';
import type { Observation } from '../check/observation.ts';
import type { Verdict } from '../check/report.ts';
import type { Severity } from '../check/rule.ts';
import type { DomainName } from '../protocol/domain.ts';

/** Slack's id of a workspace, `T…`. Everything but an installation belongs to one. */
export type TeamId = string;

/** Where an installation belongs: an organisation's has no team, and serves every team of the enterprise. */
export interface InstallationKey {
  readonly enterpriseId: string | undefined;
  readonly teamId: TeamId | undefined;
  readonly isEnterpriseInstall: boolean;
}

/** A version that was generated. */
export interface StoredPublication {
  readonly domain: DomainName;
  readonly at: Date;
  /** A user id. */
  readonly askedBy: string;
  readonly id: string;
  /** The texts as they were shown. */
  readonly record: string;
  readonly policy: string;
  readonly tlsRpt: string | undefined;
}

export const everyHoursChoices = [1, 6, 24] as const;
export type EveryHours = (typeof everyHoursChoices)[number];

/** A conversation that wants to hear of a domain. */
export interface Watch {
  readonly id: string;
  readonly team: TeamId;
  readonly domain: DomainName;
  readonly conversation: string;
  /** The user who set it up, who is told when it cannot go on. */
  readonly owner: string;
  readonly everyHours: EveryHours;
  readonly createdAt: Date;
  /** Nothing is posted there until somebody takes it up again. */
  readonly paused: { readonly at: Date; readonly because: PauseReason } | undefined;
}

export type PauseReason = 'archived' | 'not-in-channel' | 'channel-gone' | 'restricted';

/** What is told of the last look without reading its observation. */
export interface LookSummary {
  readonly verdict: Verdict;
  readonly sentence: string;
  readonly findings: readonly SummaryFinding[];
}

export interface SummaryFinding {
  readonly id: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly title: string;
  /** It may pass, and is told of when a second look sees it as well. */
  readonly waiting?: true;
}

/** A domain that a team watches, for lists and App Home. */
export interface WatchedDomain {
  readonly domainId: string;
  readonly domain: DomainName;
  readonly summary: LookSummary | undefined;
  readonly lastLookAt: Date | undefined;
  readonly nextLookAt: Date | undefined;
  readonly watches: readonly Watch[];
  readonly openIncident: string | undefined;
}

/** All that a look at a watched domain begins with. */
export interface LookSubject {
  readonly domainId: string;
  readonly team: TeamId;
  readonly domain: DomainName;
  /**
   * Counts the looks that were saved and the changes that people made to the incident: saving names it, so that no look
   * is saved over what it has not seen.
   */
  readonly looks: number;
  /** The shortest of its watches. */
  readonly everyHours: EveryHours;
  /** At least one; paused ones are left out. */
  readonly watches: readonly Watch[];
  readonly history: History;
  /** The latest. */
  readonly previous: Observation | undefined;
  /** When the MX hosts were last connected to. */
  readonly smtpLookedAt: Date | undefined;
  /** What watch/ remembers; undefined before the first look. */
  readonly state: Json | undefined;
  readonly incident: Incident | undefined;
  readonly settings: TeamSettings;
}

export interface LookOutcome {
  /** As in the subject. */
  readonly looks: number;
  readonly observation: Observation;
  /** The same for two observations between which nothing changed that matters. */
  readonly fingerprint: string;
  readonly smtpLookedAt: Date | undefined;
  readonly summary: LookSummary;
  /** Entries that are new or changed. */
  readonly ledger: readonly LedgerEntry[];
  readonly trail: Trail;
  readonly state: Json;
  readonly incident: IncidentChange | undefined;
  readonly nextLookAt: Date;
}

/** What is wrong with a domain from the first news until all is mended. One at a time for each domain. */
export interface Incident {
  readonly id: string;
  readonly team: TeamId;
  readonly domain: DomainName;
  readonly openedAt: Date;
  readonly closedAt: Date | undefined;
  /** Counts its changes; what was told is compared with it. */
  readonly version: number;
  /** Of watch/. */
  readonly state: Json;
}

export interface IncidentChange {
  readonly state: Json;
  /** For the threads of its cards; may be empty when only the card changes. */
  readonly entries: readonly Json[];
  readonly closed: boolean;
  /** When the conversations are told: later than now in quiet hours. */
  readonly tellAt: Date;
}

/** What one conversation has yet to be told of an incident. */
export interface ToTell {
  readonly incident: Incident;
  readonly summary: LookSummary | undefined;
  readonly watch: Watch;
  /** The message there; undefined when none was posted yet. */
  readonly card: { readonly ts: string; readonly toldVersion: number } | undefined;
  /** Newer than the card's version, oldest first. */
  readonly entries: readonly { readonly version: number; readonly at: Date; readonly content: Json }[];
}

/** Something one person is told, once, in the direct messages. */
export interface Notice {
  readonly id: string;
  readonly team: TeamId;
  readonly user: string;
  readonly content: Json;
}

/** Of a team. Times are of the team's own time zone. */
export interface TeamSettings {
  readonly quietHours:
    | { readonly fromMinute: number; readonly toMinute: number; readonly timeZone: string }
    | undefined;
  /** Where a summary is posted every week; `weekday` as ISO 8601, 1 is Monday. */
  readonly digest:
    | {
        readonly conversation: string;
        readonly weekday: number;
        readonly minute: number;
        readonly timeZone: string;
      }
    | undefined;
}

export const noSettings: TeamSettings = { quietHours: undefined, digest: undefined };

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
