/**
 * The workspaces that installed the app over OAuth, read from the store: each has a token of its own, or that of
 * its organisation. What Bolt does at an installation is in ways.ts.
 */
import type { Installation } from '@slack/bolt';
import type { Log } from '../log.ts';
import type { InstallationKey } from '../store/shapes.ts';
import { type Store, StoreUnavailable } from '../store/store.ts';
import { reasonOf } from './slack-answers.ts';
import { createSlackWeb } from './web.ts';
import type { RunningWorkspaces, Whence, Workspace } from './workspaces.ts';

/** What Bolt saves at the end of an installation. */
export type SlackInstallation = Installation<'v1' | 'v2', boolean>;

export interface InstalledWorkspaces extends RunningWorkspaces {
  save(installation: SlackInstallation): Promise<void>;
}

/** So long another process may have removed it, or put a new token in its place, without this one knowing. */
const freshMs = 5000;
/** While the store is away an older token is better than none: records and checks go on. */
const keptMs = 12 * 3_600_000;
/** Of as many workspaces the token is kept; of others it is read again. */
const keptMax = 1000;
/** How long an answer of Slack counts as news. */
const readyForMs = 30_000;
/** As far Slack's clock and the database's may be apart; nobody installs again so soon after an end. */
const clocksApartMs = 30_000;

interface Kept {
  readonly workspace: Workspace;
  readonly readAt: number;
}

export function createInstalledWorkspaces(options: {
  readonly store: Store;
  readonly apiUrl: string;
  readonly log: Log;
  readonly stopping: AbortSignal;
}): InstalledWorkspaces {
  const { store, apiUrl, log, stopping } = options;
  const nowhere = createSlackWeb({ token: undefined, apiUrl, log, stopping });
  const kept = new Map<string, Kept>();
  /** Counts what makes everything kept old; what was read before is not kept after. */
  let changes = 0;
  let lastAnswerAt = Number.NEGATIVE_INFINITY;

  async function find(whence: Whence): Promise<Workspace | undefined> {
    const { teamId, enterpriseId } = whence;
    const text = await store.installations.find({ teamId, enterpriseId, isEnterpriseInstall: false });
    if (text === undefined) return undefined;
    const installation = JSON.parse(text) as SlackInstallation;
    const { bot } = installation;
    // An organisation's installation serves every team of it; what an event is about names one.
    const team = teamId ?? installation.team?.id;
    if (bot === undefined || team === undefined) return undefined;
    const enterprise = enterpriseId ?? installation.enterprise?.id;
    if (installation.isEnterpriseInstall === true) await store.teams.meet(team, enterprise);
    return {
      teamId: team,
      enterpriseId: enterprise,
      bot: { botToken: bot.token, botId: bot.id, botUserId: bot.userId },
      web: createSlackWeb({ token: bot.token, apiUrl, log, stopping }),
    };
  }

  async function read(name: string, whence: Whence): Promise<Workspace | undefined> {
    const before = changes;
    const workspace = await find(whence);
    if (before !== changes) return workspace;
    kept.delete(name);
    if (workspace === undefined) return undefined;
    if (kept.size >= keptMax) kept.delete(kept.keys().next().value ?? '');
    kept.set(name, { workspace, readAt: performance.now() });
    return workspace;
  }

  async function of(whence: Whence, refused?: Workspace): Promise<Workspace | undefined> {
    const name = `${whence.teamId ?? ''} ${whence.enterpriseId ?? ''}`;
    const known = kept.get(name);
    const ageMs = known === undefined ? keptMs : performance.now() - known.readAt;
    if (known !== undefined && ageMs < freshMs && known.workspace !== refused) return known.workspace;
    try {
      return await read(name, whence);
    } catch (error) {
      if (known === undefined || ageMs >= keptMs || !(error instanceof StoreUnavailable)) throw error;
      return known.workspace;
    }
  }

  function forgetKept(): void {
    changes += 1;
    kept.clear();
  }

  async function greet(): Promise<void> {
    await nowhere.trigger.api.test();
    lastAnswerAt = performance.now();
  }

  return {
    nowhere,
    of,
    // Slack names the enterprise of the app, not that of who presses: only a team that was met is known to be of it.
    async isOf(enterpriseId, teamId) {
      const workspace = await of({ teamId, enterpriseId: undefined });
      return teamId === enterpriseId || workspace?.enterpriseId === enterpriseId;
    },
    async save(installation) {
      forgetKept();
      await store.installations.save(keyOf(installation), JSON.stringify(installation));
      forgetKept();
    },
    async removed({ happenedAt, ...key }) {
      forgetKept();
      const before = happenedAt && new Date(happenedAt.getTime() + clocksApartMs);
      const isRemoved = await store.installations.remove(key, before);
      forgetKept();
      const { teamId: team, enterpriseId: enterprise } = key;
      const said = isRemoved
        ? 'the app was removed: all that is known of it is deleted'
        : 'the app was removed, and installed again since: what is known of it stays';
      log.info({ team, enterprise }, said);
    },
    greet,
    async problem() {
      if (performance.now() - lastAnswerAt <= readyForMs) return undefined;
      return greet().then(
        () => undefined,
        (error: unknown) => reasonOf(error),
      );
    },
    stop() {},
  };
}

function keyOf(installation: SlackInstallation): InstallationKey {
  return {
    teamId: installation.team?.id,
    enterpriseId: installation.enterprise?.id,
    isEnterpriseInstall: installation.isEnterpriseInstall === true,
  };
}
