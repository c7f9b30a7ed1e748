/** What every listener is given. */
import type { MxLookup } from '../check/observation.ts';
import type { Log } from '../log.ts';
import type { DomainName } from '../protocol/domain.ts';
import type { SlackWeb } from './web.ts';

export interface Bot {
  readonly web: SlackWeb;
  readonly log: Log;
  /** Answers within three seconds, with a failure of DNS as a value. */
  readonly lookUpMx: (domain: DomainName) => Promise<MxLookup>;
  readonly now: () => Date;
}
