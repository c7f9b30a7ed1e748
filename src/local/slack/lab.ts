/**
 * What stands around the workspace and can be broken from its page: domains of an internet, the bot's process, its
 * store. How that is done is given as functions; the workspace knows neither.
 */
import type { ActionAnswer, PageState, PersonAction } from './page/protocol.ts';

/** The internet beside this Slack. */
export interface LabInternet {
  switches(): PageState['switches'];
  /** Resolves once the domain is as it should be. */
  switchFault(id: string, on: boolean): Promise<void>;
}

/** The machine that the bot runs on. */
export interface LabMachine {
  /** Ends the bot's process without a warning; it starts again by itself. */
  kill(): void;
  /** Stops the store where it stands, or lets it go on; false when none runs here. Absent when it is another's. */
  pauseStore?(on: boolean): Promise<boolean>;
}

export type LabAction = Extract<PersonAction, { kind: 'switch' | 'kill-bot' | 'pause-store' }>;

export interface Lab {
  state(): Pick<PageState, 'switches' | 'machine'>;
  act(action: LabAction): Promise<ActionAnswer>;
  /** Everything works again. */
  mend(): Promise<void>;
}

export function createLab({
  internet,
  machine,
  changed,
}: {
  readonly internet: LabInternet | undefined;
  readonly machine: LabMachine | undefined;
  readonly changed: () => void;
}): Lab {
  let storePaused = false;

  async function switchFault(id: string, on: boolean): Promise<ActionAnswer> {
    if (internet === undefined || !internet.switches().some((each) => each.id === id))
      return refused('There is no such fault.');
    await internet.switchFault(id, on);
    changed();
    return { ok: true };
  }

  async function pauseStore(on: boolean): Promise<ActionAnswer> {
    if (machine?.pauseStore === undefined) return refused('The store is not on this machine.');
    if (on === storePaused) return { ok: true };
    if (!(await machine.pauseStore(on))) return refused('No store runs here at the moment.');
    storePaused = on;
    changed();
    return { ok: true };
  }

  return {
    state: () => ({
      switches: internet?.switches() ?? [],
      machine:
        machine === undefined ? null : { storePaused: machine.pauseStore === undefined ? null : storePaused },
    }),
    async act(action) {
      if (action.kind === 'switch') return switchFault(action.id, action.on);
      if (action.kind === 'pause-store') return pauseStore(action.on);
      if (machine === undefined) return refused('The bot is not on this machine.');
      machine.kill();
      return { ok: true, note: 'The bot was killed. It starts again by itself.' };
    },
    async mend() {
      for (const { id, on } of internet?.switches() ?? []) if (on) await internet?.switchFault(id, false);
      if (storePaused) await pauseStore(false);
    },
  };
}

function refused(note: string): ActionAnswer {
  return { ok: false, note };
}
