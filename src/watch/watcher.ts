/**
 * The watcher: does what is due. It looks at watched domains, keeps what it saw and what became of it in one step, and
 * has the conversations told. What is news is decided in news.ts and incident.ts, the times in schedule.ts; posting is
 * left to the announcer, and what is the fault of this machine's network to own-network.ts.
 */
import { fingerprintOf } from '../check/fingerprint.ts';
import { historyAfter } from '../check/history.ts';
import type { Look } from '../check/look.ts';
import type { Observation } from '../check/observation.ts';
import { createReport, type Report, type Verdict } from '../check/report.ts';
import type { IncidentChange, LookOutcome, LookSubject, Notice, TeamId, ToTell } from '../store/shapes.ts';
import type { JobHandlers, Store } from '../store/store.ts';
import { digestOf, type WeeklyDigest } from './digest.ts';
import { incidentAfter } from './incident.ts';
import { readIncident } from './incident-shapes.ts';
import { afterLook, isUnconfirmed, needsSmtp, unconfirmedLooks } from './news.ts';
import { createOwnNetwork, type OwnNetworkChange } from './own-network.ts';
import { nextDigestAt, tellAt } from './quiet-hours.ts';
import { nextLookAt, smtpIsDue } from './schedule.ts';
import { readWatchState } from './state.ts';
import type { Way } from './ways.ts';

export interface Watcher {
  /** Begins to take what is due; goes on by itself through times without a store. */
  start(): Promise<void>;
  /** Takes no more, and waits for what is under way at most so long; what is left is done later, or elsewhere. */
  stop(limitMs: number): Promise<void>;
}

/** How conversations are told. What rejects is tried again later. */
export interface Announcer {
  /** Brings one conversation up to date with an incident. */
  tell(toTell: ToTell): Promise<unknown>;
  sendNotice(notice: Notice): Promise<unknown>;
  sendDigest(team: TeamId, conversation: string, digest: WeeklyDigest): Promise<unknown>;
}

/** One look at a watched domain, for the metrics. */
export interface WatchedOnce {
  /** `stale`: another was kept instead; `error`: a failure of ours. */
  readonly outcome: Verdict | 'stale' | 'error';
  readonly durationMs: number;
}

/** A look takes 7 ms of the processor and waits for the rest of its time; people who ask have twenty of their own. */
const looksAtOnce = 10;
/** Somebody pressed a button meanwhile: what came of the look is worked out again, and the look itself stays. */
const savesMax = 5;
/** More than a team has; the digest shows the worst of them. */
const domainsInDigest = 1000;
/** Connecting may take ten seconds, after DNS has taken some; who takes longer shows nothing. */
const otherLookMs = 20_000;
const weekMs = 7 * 86_400_000;

export function createWatcher(options: {
  readonly store: Store;
  readonly look: Look;
  readonly announcer: Announcer;
  readonly observe?: (watched: WatchedOnce) => void;
  /** Told when this machine's own network is taken to be at fault, and when no longer. */
  readonly onOwnNetwork?: (change: OwnNetworkChange) => void;
  readonly now?: () => Date;
}): Watcher {
  const { store, look, announcer, observe = () => {}, now = () => new Date() } = options;
  const ownNetwork = createOwnNetwork({ now, tell: options.onOwnNetwork ?? (() => {}) });

  async function lookAt(
    subject: LookSubject,
    full: boolean,
    signal: AbortSignal,
  ): Promise<WatchedOnce['outcome']> {
    const { domain, domainId, history, previous } = subject;
    const earlier = full || smtpIsWanted(subject, now()) ? undefined : previous;
    const looked = await look(domain, { history, signal, ...(earlier === undefined ? {} : { earlier }) });
    // Cut short, it has measured nothing: that is no news of the domain.
    signal.throwIfAborted();
    const observation = await ownNetwork.judge(
      { domainId, observation: looked.observation, previous },
      (otherId, way) => lookAtOther(otherId, way, signal),
    );
    signal.throwIfAborted();
    const report = observation === looked.observation ? looked : createReport(observation, history);
    let current: LookSubject | undefined = subject;
    for (let saves = 0; saves < savesMax && current !== undefined; saves += 1) {
      if (isNewer(current.previous, report)) return 'stale';
      const outcome = outcomeOf(current, report, earlier === undefined, now());
      if ((await store.looks.save(domainId, outcome)) === 'saved') return report.verdict;
      current = await store.looks.subject(domainId);
    }
    return 'stale';
  }

  /** Nothing is kept of it. Mail hosts are connected to only where the question is whether they answer. */
  async function lookAtOther(
    domainId: string,
    way: Way,
    signal: AbortSignal,
  ): Promise<Observation | undefined> {
    const subject = await store.looks.subject(domainId);
    if (subject === undefined) return undefined;
    const { domain, previous } = subject;
    const earlier = way.startsWith('smtp') || previous === undefined ? {} : { earlier: previous };
    const { observation } = await look(domain, { signal, timeoutMs: otherLookMs, ...earlier });
    return observation;
  }

  const handlers: JobHandlers = {
    async look({ domainId, full = false }, signal) {
      const subject = await store.looks.subject(domainId);
      if (subject === undefined) return;
      const startedAt = performance.now();
      const tell = (outcome: WatchedOnce['outcome']) =>
        observe({ outcome, durationMs: performance.now() - startedAt });
      try {
        tell(await lookAt(subject, full, signal));
      } catch (error) {
        if (!signal.aborted) tell('error');
        throw error;
      }
    },
    async tell({ incidentId, conversation }) {
      const toTell = await store.incidents.toTell(incidentId, conversation);
      if (toTell !== undefined) await announcer.tell(toTell);
    },
    async notice({ noticeId }) {
      const notice = await store.notices.find(noticeId);
      if (notice !== undefined) await announcer.sendNotice(notice);
    },
    async digest({ team }) {
      const { digest } = await store.teams.settings(team);
      const at = now();
      await store.jobs.digestAt(team, nextDigestAt(digest, at));
      if (digest === undefined) return;
      const { domains } = await store.watches.list(team, { offset: 0, limit: domainsInDigest });
      if (domains.length === 0) return;
      const incidents = await store.incidents.since(team, new Date(at.getTime() - weekMs));
      await announcer.sendDigest(team, digest.conversation, digestOf({ domains, incidents, now: at }));
    },
  };

  return {
    start: () => store.jobs.work(handlers, { atOnce: looksAtOnce }),
    stop: (limitMs) => store.jobs.stop(limitMs),
  };
}

/** Another process was quicker. */
function isNewer(previous: Observation | undefined, { observation }: Report): boolean {
  return previous !== undefined && previous.startedAt >= observation.startedAt;
}

function smtpIsWanted(subject: LookSubject, now: Date): boolean {
  const state = readWatchState(subject.state);
  return smtpIsDue({
    smtpLookedAt: subject.smtpLookedAt,
    everyHours: subject.everyHours,
    now,
    previousFailed: subject.previous === undefined || someSessionFailed(subject.previous),
    unconfirmed: state !== undefined && needsSmtp(state),
  });
}

function someSessionFailed({ mxHosts }: Observation): boolean {
  return mxHosts.some(({ sessions }) =>
    sessions.some(
      ({ result }) =>
        result.kind === 'failed' || (result.kind === 'not-measured' && result.because === 'own-network'),
    ),
  );
}

/** All that follows from a look. PURE. */
function outcomeOf(subject: LookSubject, report: Report, withSmtp: boolean, now: Date): LookOutcome {
  const { observation, verdict, sentence, findings } = report;
  const { state, news } = afterLook({ state: subject.state, report });
  const incident = readIncident(subject.incident?.state);
  const step = incidentAfter({ incident, news, report, now });
  return {
    looks: subject.looks,
    observation,
    fingerprint: fingerprintOf(observation),
    smtpLookedAt: withSmtp ? new Date(observation.startedAt) : undefined,
    summary: {
      verdict,
      sentence,
      findings: findings.map(({ id, severity, subject: about, title }) => ({
        id,
        severity,
        subject: about,
        title,
        ...(isUnconfirmed(state, { id, subject: about }) ? { waiting: true } : {}),
      })),
    },
    ...historyAfter(subject.history, observation),
    state: state,
    incident: step === undefined ? undefined : changeOf(step, tellAt(subject.settings, now)),
    nextLookAt: nextLookAt({
      key: subject.domainId,
      everyHours: subject.everyHours,
      now,
      failuresInARow: 0,
      unconfirmed: unconfirmedLooks(state),
    }),
  };
}

function changeOf(
  { state, entries, closed }: NonNullable<ReturnType<typeof incidentAfter>>,
  tellAtTime: Date,
): IncidentChange {
  return { state: state, entries: entries, closed, tellAt: tellAtTime };
}
