/** Looking, for who keeps the process short to start: what a look is made of is loaded for the first of them. */
import type { DomainName } from '../protocol/domain.ts';
import type { CheckOptions } from './check.ts';
import type { Network } from './probes/network.ts';
import type { Report } from './report.ts';

/** One look at a domain as it is published, and what is to be said of it. */
export type Look = (domain: DomainName, options?: CheckOptions) => Promise<Report>;

export function createLook(network: Network, now: () => Date): Look {
  let loaded: Promise<Look> | undefined;
  async function load(): Promise<Look> {
    const [{ checkDomain }, { createProber }] = await Promise.all([
      import('./check.ts'),
      import('./probes/observe.ts'),
    ]);
    const prober = createProber(network);
    return (domain, options) => checkDomain(domain, prober, now(), options);
  }
  return async (domain, options) => {
    loaded ??= load();
    return (await loaded)(domain, options);
  };
}
