/** What somebody who asked for a watch is answered. PURE. */
import type { Message } from './blocks/pieces.ts';
import {
  alreadyWatchedMessage,
  hoursChangedMessage,
  notWatchedMessage,
  storeAwayLeads,
  storeAwayMessage,
  watchingMessage,
} from './blocks/watch-messages.ts';
import { isDirect } from './blocks/watched-blocks.ts';
import type { WatchOutcome, WatchWish } from './watching.ts';

/** Undefined in direct messages where the news is all that is to be said. */
export function watchAnswer(outcome: WatchOutcome, wish: WatchWish): Message | undefined {
  switch (outcome.kind) {
    case 'watching':
      return isDirect(wish.conversation) ? undefined : watchingMessage(outcome.watch);
    case 'already':
      return alreadyWatchedMessage(outcome.watch, wish.user);
    case 'changed':
      return hoursChangedMessage(outcome.watch, wish.user);
    case 'not-postable':
      return notWatchedMessage(wish, outcome.problem);
    case 'store-away':
      return storeAwayMessage(storeAwayLeads.watch);
  }
}
