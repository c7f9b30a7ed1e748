/**
 * The sender's eye: what a sender that follows RFC 8461 does now with mail to each MX host, and why. It
 * decides the verdict; the rules explain what is to be mended.
 */
import type { HostName } from '../protocol/domain.ts';

/** What becomes of mail that a conforming sender brings to one host. */
export type Outcome =
  /** Delivers over TLS with a verified certificate, as the policy asks (mode enforce) or would ask (testing). */
  | 'delivers-verified'
  /** Mode testing: delivers although something fails, and reports it. */
  | 'delivers-and-reports'
  /** Mode enforce, or DANE: does not deliver to this host, and tries the next. */
  | 'skips'
  /** No usable policy: delivers with or without TLS, to whoever answers. */
  | 'delivers-unprotected'
  | 'not-measured';

export interface Delivery {
  readonly host: HostName;
  readonly preference: number;
  readonly outcome: Outcome;
  /** Why, in a whole sentence. */
  readonly because: string;
  /** Whether an mx line matches; undefined without a readable policy. */
  readonly inPolicy: boolean | undefined;
  /** `TLS 1.3`, `not offered`, `refused`, `not measured`: a table's cell. */
  readonly starttls: string;
  /** `valid, 61 days`, `expired 2 days ago`, `other name`, `–`: a table's cell. */
  readonly certificate: string;
}
