/** What is told of a domain: the observation, its judgement, and the verdict in one word and one sentence. */
import type { DomainName, HostName } from '../protocol/domain.ts';
import type { Delivery } from './delivery.ts';
import type { Observation } from './observation.ts';
import type { Judgement } from './rule.ts';

/**
 * `enforced`, `testing`: a usable policy is published in that mode and nothing measured stops mail. `broken`: a
 * record is published and no usable policy can be had, or a measured error stops mail or protection. `off`: no
 * record, mode none, null MX or no mail at all. `unknown`: DNS or the policy host could not be measured from here.
 */
export type Verdict = 'enforced' | 'testing' | 'broken' | 'off' | 'unknown';

export interface Report extends Judgement {
  readonly domain: DomainName;
  readonly verdict: Verdict;
  /** The whole in one or two sentences: what it means for mail, first of all. */
  readonly sentence: string;
  /** What to do next, where there is one thing: an imperative sentence. */
  readonly nextStep?: string;
  /** MX hosts that could not be measured. */
  readonly unmeasured: readonly HostName[];
  readonly checkedAt: Date;
  readonly durationMs: number;
  /** One for each MX host, in order of preference. */
  readonly deliveries: readonly Delivery[];
  /** What is so and no finding: aliases, wildcards, a change that is still cached elsewhere. */
  readonly facts: readonly Fact[];
  /** Which known senders take the record and the policy as they are. */
  readonly acceptance: readonly Acceptance[];
  readonly observation: Observation;
}

/** Worth knowing, and nothing to mend. */
export interface Fact {
  /** Permanent, as those of findings. */
  readonly id: string;
  readonly subject: string;
  readonly text: string;
}

/** Whether one known sender honours what is published. */
export interface Acceptance {
  readonly sender: string;
  readonly accepts: boolean;
  /** What it does not take, in short sentences; empty when it accepts. */
  readonly because: readonly string[];
}
