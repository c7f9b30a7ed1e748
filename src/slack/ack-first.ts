/**
 * Work that may wait until everybody who is waiting for an ack has theirs: under load the forms queue, not
 * the acks, of which Slack tolerates no late one.
 */

/** Forty forms a second: Slack lets one app open some hundred a minute in a workspace. */
const pauseMs = 25;

/** Whoever waits longer than this has a dead trigger when the turn comes: three seconds, less the way here. */
const waitMaxMs = 1500;

const waiting: (() => void)[] = [];
let timer: NodeJS.Timeout | undefined;

/** Resolves at once when nobody waits, else in turn, one each pause. */
export function afterAcks(): Promise<void> {
  if (timer === undefined) {
    timer = setTimeout(letOneGoOn, pauseMs);
    return new Promise((resolve) => setImmediate(resolve));
  }
  return new Promise((resolve) => waiting.push(resolve));
}

/** True when a form that is asked for now would come too late: better said in the ack than after it. */
export function isCongested(): boolean {
  return waiting.length * pauseMs > waitMaxMs;
}

function letOneGoOn(): void {
  const next = waiting.shift();
  timer = next === undefined ? undefined : setTimeout(letOneGoOn, pauseMs);
  next?.();
}
