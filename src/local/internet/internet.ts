/**
 * The internet that runs on this machine. It publishes documentation addresses, and the environment that
 * it gives leads every probe here: nothing that a bot or a terminal does with it leaves the machine.
 */
import { createDnsServer } from './dns-server.ts';
import { scenarios as allScenarios, type Scenario } from './scenarios.ts';
import { createZone } from './zone.ts';

export interface InternetOptions {
  /** Default: all there are. */
  readonly scenarios?: readonly Scenario[];
}

export interface Internet {
  /** The variables that connect a process to it. */
  readonly env: Readonly<Record<'DNS_RESOLVERS' | 'PROBE_ALLOW' | 'CONNECT_TO', string>>;
  readonly scenarios: readonly Scenario[];
  stop(): Promise<void>;
}

/** RFC 5737 and RFC 3849. */
const documentationBlocks = ['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32'];

/** Starts it on free ports of loopback. */
export async function createInternet({ scenarios = allScenarios }: InternetOptions = {}): Promise<Internet> {
  const dns = await createDnsServer(createZone(scenarios));
  const resolver = `127.0.0.1:${dns.port}`;
  return {
    env: {
      DNS_RESOLVERS: resolver,
      PROBE_ALLOW: documentationBlocks.join(','),
      // Nobody listens on port 1: what has no server here is refused at once, not sent out.
      CONNECT_TO: ['*:25=127.0.0.1:1', '*:443=127.0.0.1:1', `*:53=${resolver}`].join(','),
    },
    scenarios,
    stop: () => dns.stop(),
  };
}
