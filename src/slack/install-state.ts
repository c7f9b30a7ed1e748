/**
 * The state that goes to Slack and back with an installation: proves that it was begun here, lately, and works once,
 * in whichever process it comes back. That it is the same browser Bolt proves with a cookie.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Events } from '../store/store.ts';

/** As long as Bolt keeps the cookie: time to read what is asked, and to ask whoever must allow it. */
const lifetimeMs = 10 * 60_000;

/** What Bolt asks of it; `Options` is what it wants back unchanged. */
export interface InstallState<Options> {
  generateStateParam(options: unknown, now: Date): Promise<string>;
  /** Throws an Error with Bolt's code for it, or StoreUnavailable while nobody knows whether it was used. */
  verifyStateParam(now: Date, state: string): Promise<Options>;
}

export function createInstallState<Options>(given: {
  readonly secret: string;
  readonly events: Pick<Events, 'isNew'>;
  readonly options: Options;
}): InstallState<Options> {
  const { secret, events, options } = given;
  const sealOf = (text: string) => createHmac('sha256', secret).update(text).digest('hex');
  return {
    async generateStateParam(_options, now) {
      const text = `${now.getTime()}.${randomBytes(16).toString('hex')}`;
      return `${text}.${sealOf(text)}`;
    },
    async verifyStateParam(now, state) {
      const [, text = '', at = '', seal = ''] =
        /^((\d{1,15})\.[0-9a-f]{32})\.([0-9a-f]{64})$/.exec(state) ?? [];
      if (!timingSafeEqual(Buffer.from(sealOf(text)), Buffer.from(seal.padEnd(64))))
        throw invalid('it is not ours');
      if (now.getTime() - Number(at) > lifetimeMs) throw invalid('it is too old');
      if (!(await events.isNew(`installation ${text}`))) throw invalid('it was used before');
      return options;
    },
  };
}

function invalid(reason: string): Error {
  return Object.assign(new Error(`The state of an installation is not accepted: ${reason}.`), {
    code: 'slack_oauth_invalid_state',
  });
}
