/**
 * Work that may wait until everybody who is waiting for an ack has theirs: under load the forms queue, not
 * the acks, of which Slack tolerates no late one.
 */

const waiting: (() => void)[] = [];

/** Resolves in a later turn of the event loop; each turn lets one of those who wait go on. */
export function afterAcks(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (waiting.length === 1) setImmediate(letOneGoOn);
  });
}

function letOneGoOn(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(letOneGoOn);
}
