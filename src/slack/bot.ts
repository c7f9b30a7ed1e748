/** What every listener is given. */
import type { Context } from '@slack/bolt';
import type { MxLookup } from '../check/observation.ts';
import type { Progress } from '../check/progress.ts';
import type { Report } from '../check/report.ts';
import type { Log } from '../log.ts';
import type { DomainName } from '../protocol/domain.ts';
import type { Store } from '../store/store.ts';
import type { SlackWeb } from './web.ts';
import type { Workspace, Workspaces } from './workspaces.ts';

/** The same for every workspace. */
export interface Base {
  readonly log: Log;
  readonly store: Store;
  readonly workspaces: Workspaces;
  /** Answers within three seconds, with a failure of DNS as a value. */
  readonly lookUpMx: (domain: DomainName) => Promise<MxLookup>;
  /** Looks at the domain as it is published, within half a minute; what fails there is in the report. */
  readonly check: (
    domain: DomainName,
    onProgress?: (progress: Progress) => void,
    /** Ends the look; what is not known then is not measured. Default: when the process stops. */
    signal?: AbortSignal,
  ) => Promise<Report>;
  readonly now: () => Date;
  /** Aborted when the process stops. */
  readonly stopping: AbortSignal;
}

/** At work in one workspace. */
export interface Bot extends Base {
  readonly web: SlackWeb;
  /** Whose data it reads and writes, and nobody else's. */
  readonly team: string;
}

export function botIn(base: Base, { web, teamId: team }: Pick<Workspace, 'web' | 'teamId'>): Bot {
  return { ...base, web, team };
}

/** The bot in the workspace that this payload comes from; the door has put it there. */
export function botOf(context: Context): Bot {
  const { bot } = context as { readonly bot?: Bot };
  if (bot === undefined) throw new Error('This payload did not come through the door.');
  return bot;
}
