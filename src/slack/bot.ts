/** What every listener is given. */
import type { MxLookup } from '../check/observation.ts';
import type { Progress } from '../check/progress.ts';
import type { Report } from '../check/report.ts';
import type { Log } from '../log.ts';
import type { DomainName } from '../protocol/domain.ts';
import type { SlackWeb } from './web.ts';

export interface Bot {
  readonly web: SlackWeb;
  readonly log: Log;
  /** Answers within three seconds, with a failure of DNS as a value. */
  readonly lookUpMx: (domain: DomainName) => Promise<MxLookup>;
  /** Looks at the domain as it is published, within half a minute; what fails there is in the report. */
  readonly check: (
    domain: DomainName,
    onProgress?: (progress: Progress) => void,
    /** Ends the look; what is not known then is not measured. Default: when the process stops. */
    signal?: AbortSignal,
  ) => Promise<Report>;
  readonly now: () => Date;
  /** Aborted when the process stops. */
  readonly stopping: AbortSignal;
}
