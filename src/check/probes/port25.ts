/**
 * Whether port 25 can be reached from here at all: most clouds close it, and then a silent MX says nothing.
 * An MX that answers proves it, of whichever domain; else the control host is asked.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { HostName } from '../../protocol/domain.ts';
import type { Port25 } from '../observation.ts';
import { addressesOf, observeAddresses } from './dns-hosts.ts';
import type { Door } from './door.ts';
import type { Network } from './network.ts';
import { observeHost } from './smtp.ts';

/** An MX that takes longer than this to answer is far away or silent: the control host is asked meanwhile. */
const patienceMs = 2000;

interface Reach {
  readonly network: Network;
  readonly door: Door;
  readonly signal: AbortSignal;
}

/** `looks`: those at the hosts of the domain, whose answers the door remembers. */
export async function provePort25(reach: Reach, looks: readonly Promise<unknown>[]): Promise<Port25> {
  const { network, door, signal } = reach;
  const done = Promise.allSettled(looks);
  const isOpen = () => door.port25.answeredLately();
  if (network.smtpControlHost === undefined) {
    await done;
    return isOpen() ? 'open' : 'unknown';
  }
  // An abort only ends the waiting.
  await Promise.race([done, delay(patienceMs, undefined, { signal, ref: false }).catch(() => undefined)]);
  if (!isOpen()) await Promise.all([askControlHost(reach, network.smtpControlHost), done]);
  return isOpen() ? 'open' : 'closed';
}

async function askControlHost({ network, door, signal }: Reach, host: HostName): Promise<void> {
  const addresses = addressesOf(await observeAddresses(host, network, signal));
  await observeHost({ host, addresses, door, ehloName: network.ehloName, tlsa: [], signal });
}
