/**
 * One check from the question to the report: its place in the limits, the look it shares with others, and the
 * messages of which there can be only few. What they say is left to blocks/.
 */
import { comparePublication } from '../check/compare-publication.ts';
import type { Report } from '../check/report.ts';
import type { DomainName } from '../protocol/domain.ts';
import {
  brokenOffMessage,
  busyMessage,
  checkingMessage,
  failedMessage,
  limitedMessage,
  newLookNote,
  reportForgottenMessage,
} from './blocks/check-notices.ts';
import type { Message } from './blocks/pieces.ts';
import { reportMessage } from './blocks/report-message.ts';
import type { Base, Bot } from './bot.ts';
import { type CheckLimits, createCheckLimits } from './check-limits.ts';
import { withHistory } from './earlier.ts';
import { createKeptReports, type KeptReports } from './kept-reports.ts';
import { createLooks, type Look } from './looks.ts';
import type { Place } from './payload.ts';
import { tell } from './private-answer.ts';
import { publicationOf, type Records } from './records.ts';
import { createTelling, type Manner, type Telling } from './telling.ts';
import { type ReportButton, type ToldReport, toldReport } from './told-report.ts';

export interface Asked {
  readonly domain: DomainName;
  readonly user: string;
  readonly team: string;
}

export interface LiveCheck {
  /** Starts or joins the look, or says why not. */
  begin(asked: Asked): Promise<{ readonly look: Look } | { readonly refused: Message }>;
  /** Whether it is over before anybody could read that it began: then the report is all there is to tell. */
  isSoonOver(look: Look): Promise<boolean>;
  /** Waits for a look whose beginning was told already, and tells of it. */
  follow(bot: Bot, look: Look, telling: Telling, view?: View): Promise<void>;
  /** A press: everything from "Checking…" to the report. */
  answerPress(bot: Bot, asked: Asked, place: Place, manner: Manner, view?: View): Promise<void>;
  /** The kept report again, with all of it or less; looks again when it is forgotten. */
  showMore(bot: Bot, asked: Asked, place: Place, button: ReportButton): Promise<void>;
  /** The kept report; undefined when it is forgotten, which the person is told. */
  toShare(bot: Bot, place: Place, button: ReportButton): Promise<ToldReport | undefined>;
  readonly kept: KeptReports;
}

interface View {
  readonly generated?: Records | undefined;
  readonly all?: boolean;
  readonly note?: string;
}

/**
 * When the message says how far the look is, in milliseconds from its beginning. In place of the message before:
 * three times, so that with the first and the last message the five posts of a response_url suffice. Where
 * nothing can be replaced each of them stays on the screen: once, and only when it takes long.
 */
const interimAtMs: Readonly<Record<Manner, readonly number[]>> = {
  instead: [1000, 4000, 12_000],
  beside: [5000],
};

/** An answer that comes later than this looks like none; an ack may take 3 s, and should take 500 ms at most. */
const soonMs = 400;

export function createLiveCheck(base: Base, limits: CheckLimits = createCheckLimits()): LiveCheck {
  const looks = createLooks(base);
  const kept = createKeptReports(() => base.now().getTime());

  async function begin({ domain, user, team }: Asked): ReturnType<LiveCheck['begin']> {
    const refusal =
      (await limits.takeTurn({ user, team })) ??
      (looks.running(domain) === undefined ? await limits.takeLook(domain) : undefined);
    if (refusal !== undefined) return { refused: limitedMessage(domain, refusal, base.now()) };
    const look = looks.join(domain);
    return look === undefined ? { refused: busyMessage() } : { look };
  }

  async function follow(bot: Bot, look: Look, telling: Telling, view: View = {}): Promise<void> {
    const { domain } = look;
    const { generated } = view;
    const again = { domain, ...(generated === undefined ? {} : { generated }) };
    try {
      const outcome = await narrate(look, telling);
      await telling.last(
        outcome === 'stopped'
          ? brokenOffMessage(again)
          : drawn(await withHistory(bot, outcome), bot.team, view),
      );
    } catch (error) {
      // Beside, nothing of it can be taken back.
      if (telling.manner === 'instead') await telling.interim(failedMessage(again));
      throw error;
    }
  }

  function drawn(report: Report, team: string, { generated, all, note }: View): Message {
    const told = toldReport(
      report,
      generated === undefined
        ? undefined
        : { generated, comparison: comparePublication(publicationOf(generated), report.observation) },
    );
    return reportMessage(told, {
      token: kept.keep(told, team),
      ...(all === undefined ? {} : { all }),
      ...(note === undefined ? {} : { note }),
    });
  }

  async function answerPress(
    bot: Bot,
    asked: Asked,
    place: Place,
    manner: Manner,
    view: View = {},
  ): Promise<void> {
    const begun = await begin(asked);
    if ('refused' in begun) return tell(bot, place, begun.refused);
    const telling = createTelling(bot, place, manner);
    // Only what is replaced can be said for a moment.
    if (manner === 'instead' || !(await isSoonOver(begun.look))) {
      await telling.interim(checkingMessage(asked.domain));
    }
    await follow(bot, begun.look, telling, view);
  }

  return {
    kept,
    begin,
    isSoonOver,
    follow,
    answerPress,
    async showMore(bot, asked, place, { token, isPrivate, showsAll, generated }) {
      const manner = isPrivate ? 'instead' : 'beside';
      const report = kept.find(token, bot.team);
      if (report === undefined) {
        return answerPress(bot, asked, place, manner, { generated, all: !showsAll, note: newLookNote });
      }
      await createTelling(bot, place, manner).last(reportMessage(report, { token, all: !showsAll }));
    },
    async toShare(bot, place, { token, domain }) {
      const report = kept.find(token, bot.team);
      if (report === undefined) await tell(bot, place, reportForgottenMessage(domain));
      return report;
    },
  };
}

/** At once false for a look that waits for others. */
async function isSoonOver(look: Look): Promise<boolean> {
  return look.state().kind === 'looking' && (await isOverWithin(soonMs, look.outcome));
}

/** Waits for the outcome, and says now and then how far it is. */
async function narrate(look: Look, telling: Telling): Promise<Report | 'stopped'> {
  const startedAt = performance.now();
  // The first time also when nothing has answered: that is news by then.
  let told = '';
  for (const atMs of interimAtMs[telling.manner]) {
    if (await isOverWithin(startedAt + atMs - performance.now(), look.outcome)) break;
    const now = JSON.stringify(look.state());
    if (now === told) continue;
    told = now;
    await telling.interim(checkingMessage(look.domain, look.state()));
  }
  return look.outcome;
}

/** True as soon as it is settled, false when that takes longer. */
function isOverWithin(limitMs: number, outcome: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.max(0, limitMs), false);
    const over = () => {
      clearTimeout(timer);
      resolve(true);
    };
    outcome.then(over, over);
  });
}
