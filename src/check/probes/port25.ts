/**
 * Whether port 25 can be reached from here at all: most clouds close it, and then a silent MX says nothing.
 * An MX that answers proves it, of whichever domain; else the control host is asked.
 */
import type { MxHostObservation, Port25, SmtpSession } from '../observation.ts';
import { observeAddresses } from './dns-hosts.ts';
import type { Door } from './door.ts';
import type { Network } from './network.ts';
import { observeHost } from './smtp.ts';

/** An MX that takes longer than this to answer is far away or silent: the control host is asked meanwhile. */
const patienceMs = 2000;

export async function provePort25(
  { network, door, signal }: { readonly network: Network; readonly door: Door; readonly signal: AbortSignal },
  looks: readonly Promise<MxHostObservation>[],
): Promise<Port25> {
  const answers = looks.map((look) =>
    look.then(({ sessions }) => {
      if (!sessions.some(hasAnswered)) throw new Error('No address of this host answered.');
      door.port25.answered();
    }),
  );
  const first = Promise.any(answers).then(
    () => true,
    () => false,
  );
  if (door.port25.answeredLately()) return 'open';
  if (network.smtpControlHost === undefined) return (await first) ? 'open' : 'unknown';
  const inTime = await Promise.race([first, patience(signal)]);
  if (inTime === true) return 'open';
  const [control, late] = await Promise.all([askControlHost(network, door, signal), first]);
  return control || late ? 'open' : 'closed';
}

async function askControlHost(network: Network, door: Door, signal: AbortSignal): Promise<boolean> {
  const { smtpControlHost: host, ehloName } = network;
  if (host === undefined) return false;
  const { a, aaaa } = await observeAddresses(host, network, signal);
  const addresses = [a, aaaa].flatMap((lookup) => (lookup.kind === 'answered' ? lookup.records : []));
  const sessions = await observeHost({ host, addresses, door, ehloName, tlsa: Promise.resolve([]), signal });
  if (sessions.some(hasAnswered)) door.port25.answered();
  return sessions.some(hasAnswered);
}

/** A greeting, even one that says no, came over port 25. */
function hasAnswered({ greeting, result }: SmtpSession): boolean {
  return greeting !== undefined || result.kind === 'secured';
}

function patience(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve(undefined);
    };
    const timer = setTimeout(done, patienceMs);
    signal.addEventListener('abort', done, { once: true });
    if (signal.aborted) done();
  });
}
