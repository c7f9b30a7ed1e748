/**
 * Asking the store from within a conversation: that it does not answer is a value there, to be told in words and
 * to be done without where that can be. What is said of it is left to blocks/.
 */
import { fail, ok, type Result } from '../protocol/result.ts';
import { StoreUnavailable } from '../store/store.ts';
import { within } from './open-form.ts';

/** The store does not answer. */
export interface Away {
  readonly code: 'store-away';
}

/** What it answers; every failure but that it is away is our bug, and thrown. */
export async function remembered<T>(answer: Promise<T>): Promise<Result<T, Away>> {
  try {
    return ok(await answer);
  } catch (error) {
    if (error instanceof StoreUnavailable) return fail({ code: 'store-away' });
    throw error;
  }
}

/** A person waits, and can be served without: the store answers in milliseconds, or is as good as away. */
const patienceMs = 300;

/** The same where it is done without: undefined when it is away or slow. */
export async function rememberedSoon<T>(answer: Promise<T>): Promise<T | undefined> {
  const asked = remembered(answer);
  // It may be rejected when nobody waits any more.
  asked.catch(() => {});
  const soon = await within(patienceMs, asked);
  return soon?.ok === true ? soon.value : undefined;
}
