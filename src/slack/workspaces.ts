/** The workspaces in which the app is installed, each with its own way to Slack. Who is let in is left to door.ts. */
import type { SlackWeb } from './web.ts';

export interface Workspace {
  readonly teamId: string;
  readonly enterpriseId: string | undefined;
  readonly bot: { readonly botToken: string; readonly botId?: string; readonly botUserId?: string };
  readonly web: SlackWeb;
}

/** Where a payload comes from, as it says itself. */
export interface Whence {
  readonly teamId: string | undefined;
  readonly enterpriseId: string | undefined;
}

/** The app was removed from a workspace, or from a whole organisation. */
interface Removal extends Whence {
  readonly isEnterpriseInstall: boolean;
  readonly happenedAt: Date | undefined;
}

export interface Workspaces {
  /**
   * Undefined where the app is not installed. Rejects when that cannot be known now. `refused` is what was answered
   * before, whose token Slack did not take: whether there is another by now is asked anew.
   */
  of(whence: Whence, refused?: Workspace): Promise<Workspace | undefined>;
  /** Whether a person of that workspace is at home wherever the enterprise is. */
  isOf(enterpriseId: string, teamId: string): Promise<boolean>;
  /** Without a token: for addresses that carry their own permission, such as a response_url. */
  readonly nowhere: SlackWeb;
  /**
   * The app was removed there, or its token revoked: all that is known of it goes, at once. What was installed after
   * `happenedAt` stays: the news of an older end may come an hour late.
   */
  removed(from: Removal): Promise<void>;
}

/** As long as the process runs. */
export interface RunningWorkspaces extends Workspaces {
  /** Asks Slack. Rejects with a StartError when it will never work. */
  greet(): Promise<void>;
  /** Why Slack does not answer; undefined when it does, or did within half a minute. */
  problem(): Promise<string | undefined>;
  /** Whoever still waits for the first answer waits no longer. */
  stop(): void;
}
