/**
 * Asks until there is an answer: resolvers one after the other and again, a server of a zone directly. Node's
 * own resolver hides response codes, extended errors and the chain of aliases. Sockets are left to
 * dns-transport.ts, what the octets say to dns-message.ts.
 */
import type { DnsFailed, DnsProblem, NotMeasured } from '../observation.ts';
import type { RecordType } from './dns-data.ts';
import type { Asking, Outcome } from './dns-message.ts';
import { ask, type NoRoute, type Reached } from './dns-transport.ts';
import { type Endpoint, type Network, route } from './network.ts';
import type { Turns } from './turns.ts';

/**
 * How long one server may be silent before the next question goes out beside it, in milliseconds: a
 * lost datagram is made up for well within the second after which a form stops waiting, and a resolver
 * that is merely slow still answers the first question.
 */
const patienceMs = 400;
/** Questions for one look-up, over all resolvers and rounds; more would be a nuisance to a resolver in trouble. */
const mostQuestions = 6;
/** One server is asked so often, for datagrams that are lost. */
const leastQuestions = 3;
/** To see whether a failure has passed; the resolver has just failed three times and more. */
const questionsAgain = 2;
/** As long as resolvers themselves look for an answer (BIND: resolver-query-timeout); later none comes. */
const resolverMs = 10_000;
/** A resolver would long have turned to another server of the zone; two datagrams may be lost on the way. */
const serverMs = 3000;

/** What is asked, as asked. */
interface Asked<T extends RecordType> {
  readonly name: string;
  readonly type: T;
}

/**
 * The answer of the first resolver that gives one (a name without records, or that does not exist, is an
 * answer), else the most telling problem. When the signal fires, or after ten seconds, the problem is
 * `timeout`, unless a resolver had said something more telling. The name has to be askable. Throws nothing but
 * what is wrong with this machine.
 */
export function query<T extends RecordType>(
  name: string,
  type: T,
  network: Network,
  limit: AbortSignal,
): Promise<Outcome<T>> {
  return within(resolverMs, limit, (signal) =>
    askResolvers({ name, type }, 'recursive', network, signal, mostQuestions),
  );
}

/** As `query`; after SERVFAIL it is asked once more without DNSSEC, to see whether that is what fails. */
export function queryAndExplain<T extends RecordType>(
  name: string,
  type: T,
  network: Network,
  limit: AbortSignal,
): Promise<Outcome<T>> {
  const asked: Asked<T> = { name, type };
  return within(resolverMs, limit, async (signal) => {
    const plain = await askResolvers(asked, 'recursive', network, signal, mostQuestions);
    if (plain.kind === 'answered' || plain.problem !== 'servfail' || signal.aborted) return plain;
    const unchecked = await askResolvers(asked, 'unchecked', network, signal, mostQuestions);
    if (unchecked.kind !== 'answered') return plain;
    // A failure that passed in the meantime was not that of DNSSEC.
    const again = await askResolvers(asked, 'recursive', network, signal, questionsAgain);
    return again.kind === 'answered' ? again : { ...plain, bogus: true };
  });
}

async function askResolvers<T extends RecordType>(
  asked: Asked<T>,
  asking: Asking,
  network: Network,
  signal: AbortSignal,
  most: number,
): Promise<Outcome<T>> {
  const resolvers = network.resolvers.map(({ address, port }) => route(network, address, port));
  const reached = await askAround(resolvers, asked, asking, signal, most, network.repeats);
  return reached.kind === 'no-route' ? { kind: 'failed', name: asked.name, problem: 'unreachable' } : reached;
}

/**
 * What one server of a zone says of its own knowledge, at most three seconds long. A server that is not
 * authoritative for the name has `refused`. The endpoint is one that the door let through.
 */
export async function queryServer<T extends RecordType>(
  server: Endpoint,
  name: string,
  type: T,
  limit: AbortSignal,
): Promise<Outcome<T> | (NotMeasured & { readonly name: string })> {
  const reached = await within(serverMs, limit, (signal) =>
    askAround([server], { name, type }, 'authoritative', signal),
  );
  return reached.kind === 'no-route' ? { kind: 'not-measured', name, because: 'no-route' } : reached;
}

/** Runs with a signal that fires with the limit, after that time, and when it is done. */
async function within<R>(
  timeMs: number,
  limit: AbortSignal,
  run: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const over = new AbortController();
  const end = () => over.abort(noLonger);
  const timer = setTimeout(end, timeMs);
  limit.addEventListener('abort', end);
  if (limit.aborted) end();
  try {
    return await run(over.signal);
  } finally {
    clearTimeout(timer);
    limit.removeEventListener('abort', end);
    end();
  }
}

/** Why signals fire; made once, because an error of its own for each question costs more than the question. */
const noLonger = new Error('Nobody waits for an answer any more');

/** One question after the other, until one is answered; those before it stay open. */
async function askAround<T extends RecordType>(
  servers: readonly Endpoint[],
  { name, type }: Asked<T>,
  asking: Asking,
  signal: AbortSignal,
  most = mostQuestions,
  repeats?: Turns,
): Promise<Reached<T>> {
  let isFirst = true;
  let turns = turnsOf(servers).slice(0, most);
  const failures: (DnsFailed | NoRoute)[] = [];
  const open = new Set<Promise<Reached<T>>>();
  const turn = async (server: Endpoint): Promise<Reached<T>> => {
    const question = () => ask(server, { name, type, asking }, signal);
    const again = isFirst ? undefined : repeats;
    isFirst = false;
    const reached = await (again === undefined ? question() : again.run(question));
    // It would say the same again.
    if (reached.kind === 'failed' && reached.problem === 'refused')
      turns = turns.filter((other) => other !== server);
    return reached;
  };
  while (!signal.aborted && (turns.length > 0 || open.size > 0)) {
    const server = turns.shift();
    if (server !== undefined) {
      const asked = turn(server).finally(() => open.delete(asked));
      open.add(asked);
    }
    const first = turns.length > 0 ? await patiently(open) : await Promise.race(open);
    if (first?.kind === 'answered') return first;
    if (first !== undefined) failures.push(first);
  }
  const problem = signal.aborted ? 'timeout' : 'unreachable';
  return mostTelling(failures) ?? { kind: 'failed', name, problem };
}

/** The first of them, or undefined when all have been silent for long. */
async function patiently<R>(open: ReadonlySet<Promise<R>>): Promise<R | undefined> {
  const { promise: silence, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), patienceMs);
  try {
    return await Promise.race([...open, silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Each server in its order, then all of them again. */
function turnsOf(servers: readonly Endpoint[]): Endpoint[] {
  if (servers.length === 0) return [];
  const count = Math.min(mostQuestions, Math.max(leastQuestions, 2 * servers.length));
  return Array.from({ length: count }, (_, turn) => servers[turn % servers.length]).filter(
    (server) => server !== undefined,
  );
}

/** What one server said weighs more than the silence of another. */
function mostTelling(failures: readonly (DnsFailed | NoRoute)[]): DnsFailed | NoRoute | undefined {
  const telling: readonly DnsProblem[] = ['servfail', 'refused', 'malformed', 'unreachable', 'timeout'];
  const failed = failures.filter((failure) => failure.kind === 'failed');
  for (const problem of telling) {
    const same = failed.filter((failure) => failure.problem === problem);
    const found = same.find(({ extendedError }) => extendedError !== undefined) ?? same[0];
    if (found !== undefined) return found;
  }
  return failures[0];
}
