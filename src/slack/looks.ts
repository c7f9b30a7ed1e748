/**
 * The looks that run now: one for each domain however many people wait for it, not too many at once, and none that
 * keeps the process from ending. What is told of them is left to live-check.ts.
 */
import { nothingYet, type Progress } from '../check/progress.ts';
import type { Report } from '../check/report.ts';
import type { DomainName } from '../protocol/domain.ts';

export type LookState =
  /** For one of those that are looked at to be done; how many wait before it. */
  | { readonly kind: 'waiting'; readonly before: number }
  | { readonly kind: 'looking'; readonly progress: Progress };

export interface Look {
  readonly domain: DomainName;
  /** As it is at this moment. */
  state(): LookState;
  /** `stopped`: the process ends before the look does. Rejects with the look's own Error. */
  readonly outcome: Promise<Report | 'stopped'>;
}

export interface Looks {
  /** The look at this domain that is under way or waits. */
  running(domain: DomainName): Look | undefined;
  /** Joins it, or starts another; undefined when too many wait already. */
  join(domain: DomainName): Look | undefined;
}

/** One more does not make them faster: they share one processor (6 ms a look) and the resolver's patience. */
const looksMax = 20;
/** With the longest look of 30 s, the last of them waits two and a half minutes. */
const waitingMax = 100;

export interface LooksOptions {
  readonly check: (domain: DomainName, onProgress: (progress: Progress) => void) => Promise<Report>;
  readonly stopping: AbortSignal;
  readonly limits?: { readonly looks: number; readonly waiting: number };
}

export function createLooks({ check, stopping, limits }: LooksOptions): Looks {
  const { looks: max, waiting: longest } = limits ?? { looks: looksMax, waiting: waitingMax };
  const looks = new Map<DomainName, Look>();
  const queue: PromiseWithResolvers<void>[] = [];
  let busy = 0;
  const stopped = new Promise<'stopped'>((resolve) => {
    const stop = () => {
      // None of them begins now.
      queue.length = 0;
      resolve('stopped');
    };
    if (stopping.aborted) stop();
    stopping.addEventListener('abort', stop, { once: true });
  });

  function start(domain: DomainName): Look {
    const turn = Promise.withResolvers<void>();
    let progress = nothingYet;
    if (busy < max) {
      busy += 1;
      turn.resolve();
    } else {
      queue.push(turn);
    }
    const look = async (): Promise<Report> => {
      await turn.promise;
      try {
        return await check(domain, (now) => {
          progress = now;
        });
      } finally {
        looks.delete(domain);
        const next = queue.shift();
        if (next === undefined) busy -= 1;
        else next.resolve();
      }
    };
    const outcome = Promise.race([look(), stopped]);
    // Whoever waits for it is told; that nobody does any more is no reason to end the process.
    outcome.catch(() => {});
    return {
      domain,
      outcome,
      state() {
        const at = queue.indexOf(turn);
        return at === -1 ? { kind: 'looking', progress } : { kind: 'waiting', before: at };
      },
    };
  }

  return {
    running: (domain) => looks.get(domain),
    join(domain) {
      const running = looks.get(domain);
      if (running !== undefined) return running;
      if (queue.length >= longest) return undefined;
      const look = start(domain);
      looks.set(domain, look);
      return look;
    },
  };
}
