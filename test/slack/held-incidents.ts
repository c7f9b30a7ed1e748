/**
 * What the announcer and the buttons of alerts need of a store, held in memory and written down as it is asked for:
 * it can fail at a chosen call, as a database does that goes away. The store itself has its own tests.
 */
import { noStore } from '../../src/store/no-store.ts';
import type { Incident, IncidentChange, LookSummary, Notice, ToTell, Watch } from '../../src/store/shapes.ts';
import { type Store, StoreUnavailable } from '../../src/store/store.ts';
import { incident as anIncident, summary as aSummary, watch as aWatch, json } from './any-incidents.ts';

export interface HeldIncidents {
  /** Every other method fails as that of a store that is away. */
  readonly store: Store;
  /** `told C… 3`, `pause C… archived`, `sent`, `soon example.com`, `add example.com C…`: in the order of the calls. */
  readonly calls: string[];
  incident: Incident;
  summary: LookSummary | undefined;
  lastLookAt: Date | undefined;
  watches: Watch[];
  readonly notices: Notice[];
  /** The next call whose line begins like this throws, before or after it has had its effect. */
  failAt: { readonly call: string; readonly when: 'before' | 'after' } | undefined;
  /** What somebody else does while the next such call is answered. */
  meanwhile: { readonly call: string; readonly work: () => void } | undefined;
  toTell(conversation: string): ToTell | undefined;
  /** As a look or a press would. */
  change(change: Omit<IncidentChange, 'tellAt'>): void;
}

interface Card {
  ts: string;
  toldVersion: number;
}

export function holdIncidents(first: Incident = anIncident(), watches: Watch[] = [aWatch()]): HeldIncidents {
  const cards = new Map<string, Card>();
  const entries: ToTell['entries'][number][] = [];
  const calls: string[] = [];

  async function call<T>(line: string, work: () => T): Promise<T> {
    const fails =
      held.failAt !== undefined && line.startsWith(held.failAt.call) ? held.failAt.when : undefined;
    if (fails !== undefined) held.failAt = undefined;
    if (fails === 'before') throw new StoreUnavailable(`before ${line}`);
    calls.push(line);
    const answer = work();
    if (held.meanwhile !== undefined && line.startsWith(held.meanwhile.call)) {
      const { work: others } = held.meanwhile;
      held.meanwhile = undefined;
      others();
    }
    if (fails === 'after') throw new StoreUnavailable(`after ${line}`);
    return answer;
  }

  const isOurs = (team: string, id: string) => team === held.incident.team && id === held.incident.id;
  const domains = (team: string) =>
    team === held.incident.team
      ? [
          {
            domainId: 'd1',
            domain: held.incident.domain,
            summary: held.summary,
            lastLookAt: held.lastLookAt,
            nextLookAt: undefined,
            watches: held.watches,
            openIncident: held.incident.id,
          },
        ]
      : [];

  const held: HeldIncidents = {
    calls,
    incident: first,
    summary: aSummary,
    lastLookAt: undefined,
    watches,
    notices: [],
    failAt: undefined,
    meanwhile: undefined,
    store: {
      installations: noStore.installations,
      teams: noStore.teams,
      publications: noStore.publications,
      jobs: noStore.jobs,
      problem: async () => undefined,
      events: { isNew: async () => true, forget: async () => {} },
      looks: over(noStore.looks, {
        soon: (team, domain) =>
          call(`soon ${domain}`, () => domains(team).some((one) => one.domain === domain)),
      }),
      incidents: over(noStore.incidents, {
        find: (team, id) => call('find', () => (isOurs(team, id) ? held.incident : undefined)),
        change: (team, id, change) =>
          call('change', () => {
            if (!isOurs(team, id)) return undefined;
            const wanted = change(held.incident);
            if (wanted !== undefined) held.change(wanted);
            return held.incident;
          }),
        toTell: (_id, conversation) => call('toTell', () => held.toTell(conversation)),
        told: (_id, conversation, ts, version) =>
          call(`told ${conversation} ${version}`, () => {
            const toldVersion = Math.max(version, cards.get(conversation)?.toldVersion ?? 0);
            cards.set(conversation, { ts, toldVersion });
          }),
        since: async () => [held.incident],
      }),
      watches: over(noStore.watches, {
        find: (team) => call('find watched', () => domains(team)[0]),
        list: (team, { conversation }) =>
          call('list', () => {
            const found = domains(team).filter(({ watches: each }) =>
              each.some((one) => conversation === undefined || one.conversation === conversation),
            );
            return { domains: found, total: found.length };
          }),
        add: (watch) =>
          call(`add ${watch.domain} ${watch.conversation}`, () => {
            const added = { ...aWatch(), ...watch, paused: undefined };
            held.watches = held.watches.map((one) => (one.conversation === watch.conversation ? added : one));
            return { watch: added, isNew: false };
          }),
        pause: (_team, conversation, because, notice, now) =>
          call(`pause ${conversation} ${because}`, () => {
            const paused = held.watches.filter((one) => one.conversation === conversation && !one.paused);
            held.watches = held.watches.map((one) =>
              paused.includes(one) ? { ...one, paused: { at: now, because } } : one,
            );
            for (const [user, theirs] of Map.groupBy(paused, ({ owner }) => owner)) {
              const content = json(notice(theirs));
              held.notices.push({ id: `n${held.notices.length}`, team: held.incident.team, user, content });
            }
            return paused;
          }),
      }),
      notices: over(noStore.notices, { sent: (id) => call(`sent ${id}`, () => {}) }),
    },
    toTell(conversation) {
      const { incident, summary } = held;
      const card = cards.get(conversation);
      const watch = held.watches.find((one) => one.conversation === conversation && one.paused === undefined);
      const isDone =
        card === undefined ? incident.closedAt !== undefined : card.toldVersion >= incident.version;
      if (watch === undefined || isDone) return undefined;
      const news = entries.filter(({ version }) => version > (card?.toldVersion ?? 0));
      return { incident, summary, watch, card: card && { ...card }, entries: news };
    },
    change({ state, entries: contents, closed }) {
      const at = new Date('2026-11-23T16:15:00Z');
      const version = held.incident.version + 1;
      held.incident = {
        ...held.incident,
        version,
        state: json(state),
        closedAt: closed ? at : held.incident.closedAt,
      };
      entries.push(...contents.map((content) => ({ version, at, content: json(content) })));
    },
  };
  return held;
}

/** The methods given, and all others as those of a store that is away. */
function over<T extends object>(away: T, methods: Partial<T>): T {
  return Object.assign(Object.create(away), methods);
}
