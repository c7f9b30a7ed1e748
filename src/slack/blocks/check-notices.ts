/** The short messages around a check: that it runs, that it cannot now, that it was broken off. */
import { progressSteps } from '../../check/progress.ts';
import { type DomainName, displayDomain } from '../../protocol/domain.ts';
import type { Refusal } from '../check-limits.ts';
import { actionIds, reportBlocks } from '../ids.ts';
import type { LookState } from '../looks.ts';
import { type ReportButton, reportValue } from '../told-report.ts';
import {
  actions,
  button,
  code,
  context,
  escapeMrkdwn,
  localTime,
  type Message,
  paragraph,
  plainContext,
  rich,
  visibleLine,
} from './pieces.ts';

/** More hosts than fit a line are counted. */
const hostsShown = 8;

/** Before and while it looks. */
export function checkingMessage(domain: DomainName, state?: LookState): Message {
  // After a command this stands below the message that it began.
  const lead = state?.kind === 'looking' ? 'Still checking' : 'Checking';
  const more = state === undefined ? '' : stateLine(state);
  return {
    text: escapeMrkdwn(`${lead} ${displayDomain(domain)}…${more === '' ? '' : `\n${more}`}`),
    blocks: [
      rich(undefined, paragraph(`${lead} `, code(displayDomain(domain)), '…')),
      ...(more === '' ? [] : [plainContext(more)]),
    ],
  };
}

function stateLine(state: LookState): string {
  if (state.kind === 'waiting') {
    return state.before === 0
      ? 'Many checks run at this moment; this one is next.'
      : `Many checks run at this moment; ${state.before} wait before this one.`;
  }
  const { progress } = state;
  const { hosts } = progress;
  const looked = hosts.filter((host) => host.state !== 'looking').length;
  const steps =
    hosts.length > hostsShown
      ? [
          ...progressSteps({ ...progress, hosts: [] }).slice(0, -1),
          `${looked} of ${hosts.length} MX hosts looked at`,
        ]
      : progressSteps(progress);
  return visibleLine(steps.join(' · '));
}

const whose: Readonly<Record<Refusal['whose'], string>> = {
  user: 'You have asked for as many checks as one person may in ten minutes.',
  team: 'This workspace has asked for as many checks as it may in ten minutes.',
  domain: 'was looked at as often as is polite towards its servers.',
};

/** Too often: when to come again. */
export function limitedMessage(domain: DomainName, refusal: Refusal, now: Date): Message {
  const name = displayDomain(domain);
  const lead = refusal.whose === 'domain' ? `${name} ${whose.domain}` : whose[refusal.whose];
  const at = new Date(now.getTime() + refusal.againInSeconds * 1000);
  const text = `${escapeMrkdwn(lead)} Ask again ${inWords(refusal.againInSeconds)}, after ${localTime(at)}.`;
  return { text, blocks: [context(text)] };
}

function inWords(seconds: number): string {
  if (seconds < 90) return `in ${seconds} second${seconds === 1 ? '' : 's'}`;
  return `in ${Math.ceil(seconds / 60)} minutes`;
}

/** So many wait that nobody would live to see it. */
export function busyMessage(): Message {
  return notice('Too many checks wait at this moment. Ask again in a minute or two.');
}

/** The process ends before the look does. */
export function brokenOffMessage(again: Again): Message {
  return withAgain(
    again,
    `The app is being restarted, so the check of \`${again.domain}\` was broken off. Check again in a minute.`,
  );
}

/** Stands where "Checking…" stood; the failure and its reference are told beside it. */
export function failedMessage(again: Again): Message {
  return withAgain(again, `The check of \`${again.domain}\` did not come to an end.`);
}

type Again = Pick<ReportButton, 'domain' | 'generated'>;

function withAgain(again: Again, text: string): Message {
  const { text: told, blocks } = notice(text);
  const value = reportValue({ ...again, token: '', isPrivate: true, showsAll: false });
  const press = button(actionIds.checkAgain, 'Check again', `looks at ${again.domain} anew`, { value });
  return { text: told, blocks: [...blocks, actions(reportBlocks.actions, press)] };
}

/** What somebody wanted to share is not kept any more. */
export function reportForgottenMessage(domain: DomainName): Message {
  return notice(
    `This report on \`${domain}\` is not kept any more, so it cannot be shared. Press Check again, and share the new one.`,
  );
}

/** Stands above a new look that was not asked for as such. */
export const newLookNote = 'The earlier report is not kept any more; this is a new look.';

function notice(text: string): Message {
  return { text: escapeMrkdwn(text), blocks: [rich(undefined, paragraph(text))] };
}
