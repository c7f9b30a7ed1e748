/** What `/mta-sts explain` can explain: plain text and code, written here once. How it looks in Slack is left to blocks/. */
import type { Citation } from '../../protocol/rfc.ts';

/** A paragraph of plain text: no mrkdwn in it, so that nothing needs escaping twice. */
interface TopicText {
  readonly text: string;
}

/** Something to copy. */
interface TopicCode {
  readonly code: string;
  /** Says what the code is and where it goes. */
  readonly caption: string;
  /** True when a test runs or reads this very text; false when it rests on its maker's documentation alone. */
  readonly tried: boolean;
}

export type TopicPart = TopicText | TopicCode;

export interface Topic {
  /** What is typed after `explain`: `mx-change`. */
  readonly name: string;
  /** Other words for it that people type. Case, spaces, hyphens and underscores do not matter. */
  readonly aliases: readonly string[];
  readonly title: string;
  /** The answer in one or two sentences. */
  readonly lead: string;
  readonly parts: readonly TopicPart[];
  readonly cites: readonly Citation[];
}
