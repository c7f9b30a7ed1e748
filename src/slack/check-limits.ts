/**
 * How often checks may be asked for: a person, a workspace, a domain. In memory; a restart forgets. What is said
 * to whoever comes too often is left to blocks/check-notices.ts.
 */
import type { RateLimiterMemory } from 'rate-limiter-flexible';
import type { DomainName } from '../protocol/domain.ts';

export interface CheckLimits {
  /** Takes one check from what the person and the workspace may still ask for. */
  takeTurn(who: { readonly user: string; readonly team: string }): Promise<Refusal | undefined>;
  /** Takes one look at the domain, which somebody else's check running at the same time need not. */
  takeLook(domain: DomainName): Promise<Refusal | undefined>;
}

export interface Refusal {
  readonly whose: 'user' | 'team' | 'domain';
  readonly againInSeconds: number;
}

const windowSeconds = 10 * 60;
/** Who mends a domain looks every half minute. */
const userChecksMax = 20;
/** Five people who mend at once; also what bounds the memory here, as each check makes one entry a limit. */
const teamChecksMax = 100;
/** Each look is a handful of connections to servers of somebody who did not ask for it. */
const domainLooksMax = 20;

/** The limits can be others for tests. */
export function createCheckLimits(
  max: { readonly user: number; readonly team: number; readonly domain: number } = {
    user: userChecksMax,
    team: teamChecksMax,
    domain: domainLooksMax,
  },
): CheckLimits {
  let loading: Promise<Record<Refusal['whose'], RateLimiterMemory>> | undefined;
  const limiters = () => {
    loading ??= load(max);
    return loading;
  };
  return {
    async takeTurn({ user, team }) {
      const { user: users, team: teams } = await limiters();
      // The workspace first: it bounds how many people are counted.
      const refused = await take('team', teams, team);
      if (refused !== undefined) return refused;
      const own = await take('user', users, `${team} ${user}`);
      if (own !== undefined) await teams.reward(team);
      return own;
    },
    async takeLook(domain) {
      const { domain: domains } = await limiters();
      return take('domain', domains, domain);
    },
  };
}

/** Only at the first check: the package brings adapters for a dozen databases along, which take 30 ms to load. */
async function load(max: Readonly<Record<Refusal['whose'], number>>) {
  const { RateLimiterMemory: Limiter } = await import('rate-limiter-flexible');
  const limiter = (points: number) => new Limiter({ points, duration: windowSeconds });
  return { user: limiter(max.user), team: limiter(max.team), domain: limiter(max.domain) };
}

async function take(
  whose: Refusal['whose'],
  limiter: RateLimiterMemory,
  key: string,
): Promise<Refusal | undefined> {
  try {
    await limiter.consume(key);
    return undefined;
  } catch (refused) {
    // It rejects with its result; an Error would be a bug.
    if (refused instanceof Error) throw refused;
    const { msBeforeNext } = refused as { readonly msBeforeNext: number };
    return { whose, againInSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)) };
  }
}
