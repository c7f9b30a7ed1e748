/**
 * The one door out: every probe asks it before it connects to an address, and connects to exactly what it
 * is given. It also remembers that port 25 could be reached. The resolvers that the operator chose are
 * dialled by dns-client.ts without it.
 */
import { fail, ok, type Result } from '../../protocol/result.ts';
import type { AddressRefused, NotMeasured } from '../observation.ts';
import { refusalOf } from './address-guard.ts';
import { canonicalAddress, dnsPort, type Endpoint, formatEndpoint, type Network, route } from './network.ts';

export interface Door {
  /**
   * Where to connect for this address and port; counted as one connection. Refused: the address is not
   * public. `asked-too-often`: it was connected to as often as is polite within the last minute.
   */
  open(address: string, port: number): Result<Endpoint, AddressRefused | NotMeasured>;
  /** An MX host that answers shows that port 25 can be reached from here, whichever domain it is of. */
  readonly port25: { answered(): void; answeredLately(): boolean };
}

/** The window in which connections are counted. */
const windowMs = 60_000;
/**
 * Connections to one address and port in that time. One look takes about six at most, so that "Check
 * again" works over and over, and the hosts of a large provider, which many domains share, are met by
 * two a second: less than any mailing list sends them.
 */
export const mostConnections = 120;
/** DNS servers of a provider are shared by more domains than hosts are, and a question costs them next to nothing. */
export const mostQuestions = 1200;
/** Targets that are remembered, about 200 octets each; beyond these the oldest are forgotten. */
export const mostTargets = 20_000;
/**
 * How long one answer shows that port 25 is open. Providers close it for a machine, and rarely: long
 * enough for a list of domains, short enough that a change is noticed on the day.
 */
export const provenForMs = 15 * 60_000;

/** One for the process: what it counts holds for all looks together. `now` is a clock in milliseconds. */
export function createDoor(network: Network, options: { readonly now?: () => number } = {}): Door {
  // Not the time of day, which is set back and forth.
  const now = options.now ?? (() => performance.now());
  const targets = new Map<string, { readonly sinceMs: number; connections: number }>();
  let answeredAtMs = Number.NEGATIVE_INFINITY;

  /** False when the target has had its share; the map is in the order in which windows began. */
  function count(target: string, most: number): boolean {
    const nowMs = now();
    for (const [oldest, { sinceMs }] of targets) {
      if (nowMs - sinceMs < windowMs && targets.size < mostTargets) break;
      targets.delete(oldest);
    }
    const known = targets.get(target);
    if (known === undefined) {
      targets.set(target, { sinceMs: nowMs, connections: 1 });
      return true;
    }
    if (known.connections >= most) return false;
    known.connections += 1;
    return true;
  }

  return {
    open(given, port) {
      // The octets of a DNS answer are spelt as whoever decoded them likes; anything else stays as it is.
      const address = canonicalAddress(given) ?? given;
      const refusal = refusalOf(address, network.probeAllow);
      if (refusal !== undefined) return fail(refusal);
      const most = port === dnsPort ? mostQuestions : mostConnections;
      if (!count(formatEndpoint({ address, port }), most))
        return fail({ kind: 'not-measured', because: 'asked-too-often' });
      return ok(route(network, address, port));
    },
    port25: {
      answered() {
        answeredAtMs = now();
      },
      answeredLately: () => now() - answeredAtMs < provenForMs,
    },
  };
}
