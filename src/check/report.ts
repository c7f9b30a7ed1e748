/** What is told of a domain: the observation, its judgement, and the verdict in one word and one sentence. */
import type { DomainName, HostName } from '../protocol/domain.ts';
import { acceptance } from './acceptance.ts';
import { type Delivery, deliveriesOf, readHosts } from './delivery.ts';
import { factsOf } from './facts.ts';
import type { History } from './history.ts';
import type { Observation } from './observation.ts';
import { type Finding, type Judgement, judge } from './rule.ts';
import { rules } from './rules/index.ts';
import { readObservation } from './seen.ts';
import { nextStepOf, sentenceOf } from './sentence.ts';
import { standingOf, type Verdict, verdictOf } from './verdict.ts';

export type { Verdict } from './verdict.ts';

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

/**
 * Judges what was seen; the same observation always gives the same report. With the history of the looks before it
 * also what changed since is judged.
 */
export function createReport(observation: Observation, history?: History): Report {
  const seen = readObservation(observation, history);
  const judgement = judge(rules, seen);
  const deliveries = deliveriesOf(seen);
  const { findings } = judgement;
  const standing = standingOf(seen, findings);
  const accepted = acceptance(seen, findings);
  const told = { seen, standing, deliveries, findings, acceptance: accepted };
  const nextStep = nextStepOf(told);
  return {
    domain: seen.domain,
    verdict: verdictOf(standing, seen),
    sentence: sentenceOf(told),
    ...(nextStep === undefined ? {} : { nextStep }),
    ...judgement,
    unmeasured: readHosts(seen).flatMap(({ kind, host }) => (kind === 'not-measured' ? [host] : [])),
    checkedAt: seen.now,
    durationMs: observation.durationMs,
    deliveries,
    // What is a finding this time needs no second telling.
    facts: factsOf(seen).filter(({ id }) => !findings.some((finding) => finding.id === id)),
    acceptance: accepted,
    observation,
  };
}

/** `check --json`, ready for JSON.stringify. */
export function reportJson(report: Report): ReportJson {
  const { domain, verdict, unmeasured, checkedAt, durationMs, passed, skipped, observation } = report;
  const { sentence, nextStep, deliveries, facts, acceptance } = report;
  return {
    domain,
    verdict,
    summary: sentence,
    ...(nextStep === undefined ? {} : { nextStep }),
    unmeasured,
    checkedAt: checkedAt.toISOString(),
    durationMs,
    findings: report.findings.map(findingJson),
    passed,
    skipped,
    deliveries,
    facts,
    acceptance,
    observation,
  };
}

export interface ReportJson
  extends Pick<
    Report,
    | 'domain'
    | 'verdict'
    | 'nextStep'
    | 'unmeasured'
    | 'durationMs'
    | 'passed'
    | 'skipped'
    | 'deliveries'
    | 'facts'
    | 'acceptance'
    | 'observation'
  > {
  readonly summary: string;
  /** ISO 8601, UTC. */
  readonly checkedAt: string;
  readonly findings: readonly FindingJson[];
}

interface FindingJson extends Pick<Finding, 'id' | 'severity' | 'subject' | 'title' | 'detail' | 'remedy'> {
  /** `RFC 8461 §4.1` */
  readonly cite: string;
}

function findingJson({ id, severity, subject, title, detail, remedy, cite }: Finding): FindingJson {
  return { id, severity, subject, title, detail, remedy, cite: cite.label };
}
