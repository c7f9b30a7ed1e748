/**
 * The domains that can be broken and mended while everything runs: which of their faults are on, and their
 * servers, each of which keeps its address and its port. What DNS says of them is left to the zone.
 */
import type { Server } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { Certificates } from './certificates.ts';
import { listenSwitched, type SwitchedListener } from './listener.ts';
import { createMailServer } from './mail-server.ts';
import type { Place, Scenario } from './scenario.ts';
import { type Switch, withFaults } from './switch.ts';
import { createWebServer } from './web-server.ts';

export interface Switchboard {
  readonly servers: readonly SwitchedServer[];
  /** The domains as they are now. */
  scenarios(): readonly Scenario[];
  isOn(id: string): boolean;
  /** Resolves when every server does as it should; `between` runs before that, once the domains are other ones. */
  set(id: string, on: boolean, between: () => void): Promise<void>;
}

interface SwitchedServer {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly to: SwitchedListener;
}

/** Starts the servers of the scenarios, in which nothing is broken at first. */
export async function createSwitchboard(
  scenarios: readonly Scenario[],
  switches: readonly Switch[],
  certificates: Certificates,
): Promise<Switchboard> {
  const on = new Set<string>();
  let current = scenarios;
  const hosts = await Promise.all(
    scenarios
      .flatMap((scenario) => serversOf(scenario, certificates))
      .map(async (hosted) => {
        const { host, addresses, port, behaviour, make } = hosted;
        const to = await listenSwitched(make());
        const kept: Kept = { host, shown: behaviour, server: { addresses, port, to } };
        return kept;
      }),
  );

  async function follow(): Promise<void> {
    const now = new Map(
      current.flatMap((scenario) => serversOf(scenario, certificates)).map((each) => [each.host, each]),
    );
    for (const each of hosts) {
      const next = now.get(each.host);
      if (isDeepStrictEqual(next?.behaviour, each.shown)) continue;
      each.shown = next?.behaviour;
      await each.server.to.show(next?.make());
    }
  }

  // Two switches at once would open one port twice.
  let turn = Promise.resolve();
  return {
    servers: hosts.map(({ server }) => server),
    scenarios: () => current,
    isOn: (id) => on.has(id),
    async set(id, wanted, between) {
      if (on.has(id) !== wanted) {
        if (wanted) on.add(id);
        else on.delete(id);
        current = scenarios.map((scenario) => ({ ...scenario, ...withFaults(scenario, switches, on) }));
        between();
        turn = turn.then(follow);
      }
      await turn;
    },
  };
}

interface Kept {
  readonly host: string;
  /** What the server does now; undefined while nobody listens. */
  shown: object | undefined;
  readonly server: SwitchedServer;
}

interface Hosted {
  readonly host: string;
  readonly addresses: readonly string[];
  readonly port: 25 | 443;
  readonly behaviour: object;
  readonly make: () => Server;
}

function serversOf({ web = [], mail = [] }: Place, certificates: Certificates): Hosted[] {
  return [
    ...web.map((server): Hosted => {
      const { host, addresses } = server;
      return {
        host,
        addresses,
        port: 443,
        behaviour: server,
        make: () => createWebServer([server], certificates),
      };
    }),
    ...mail.map((server): Hosted => {
      const { host, addresses } = server;
      return {
        host,
        addresses,
        port: 25,
        behaviour: server,
        make: () => createMailServer([server], certificates),
      };
    }),
  ];
}
