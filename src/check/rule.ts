/**
 * What a rule is, what it finds, and how many of them are judged together: one fault raises one finding,
 * and what could not be looked at is skipped, never passed. The rules themselves stand in rules/.
 */
import type { Severity } from '../protocol/fault.ts';
import type { Citation } from '../protocol/rfc.ts';
import type { Seen } from './seen.ts';

export type { Severity } from '../protocol/fault.ts';

/** In the order in which mail meets them. */
export const areas = [
  'record',
  'policy-host',
  'http',
  'policy',
  'mx',
  'smtp',
  'dane',
  'tls-rpt',
  'domain',
] as const;
export type Area = (typeof areas)[number];

/** What is wrong with this domain, and what to do about it. */
export interface Finding {
  /** That of its rule; permanent. */
  readonly id: string;
  readonly area: Area;
  readonly severity: Severity;
  /** What it is about: a name, a host, an address, a line. */
  readonly subject: string;
  /** States the fact. */
  readonly title: string;
  /** What is so, and what a sender will do about it. Whole sentences. */
  readonly detail: string;
  /** An imperative, with the exact text to publish. */
  readonly remedy: string;
  readonly cite: Citation;
  /** Whether it stops mail or protection now, so that the domain counts as broken. */
  readonly breaks: boolean;
}

/** What a rule raises; what it leaves out is that of the rule. */
export interface Raised {
  readonly subject: string;
  readonly detail: string;
  readonly remedy: string;
  readonly title?: string;
  readonly severity?: Severity;
  readonly cite?: Citation;
  /** As of the rule; here for what stops neither mail nor protection in this case. */
  readonly breaks?: false;
}

/** Why a rule has nothing to look at: the end of "Skipped because …". */
export interface Skip {
  readonly skip: string;
}

export interface RuleShape<F> {
  /** Permanent; reword the title instead. */
  readonly id: string;
  readonly area: Area;
  /** States the fact. */
  readonly title: string;
  /** MUST broken or mail lost: error; SHOULD broken: warning; else notice. As a function, with its words for docs/rules.md. */
  readonly severity:
    | Severity
    | { readonly told: string; readonly of: (facts: F, raised: Raised) => Severity };
  readonly cite: Citation;
  /** An error that stops neither mail nor protection now. */
  readonly breaks?: false;
  /** Ids of less specific rules: what they say of the same subject is not said again. */
  readonly supersedes?: readonly string[];
  /** The same whatever the subject. */
  readonly silences?: readonly string[];
  readonly needs: (seen: Seen) => F | Skip;
  readonly judge: (facts: F) => readonly Raised[];
}

/** A rule with its facts' type hidden, so that all fit one list. */
export interface Rule {
  readonly id: string;
  readonly area: Area;
  readonly title: string;
  /** `error`, or in words how it depends. */
  readonly severityTold: string;
  readonly cite: Citation;
  readonly supersedes: readonly string[];
  readonly silences: readonly string[];
  /** The findings, or why there was nothing to look at. */
  readonly look: (seen: Seen) => readonly Finding[] | Skip;
}

export function rule<F extends object>(shape: RuleShape<F>): Rule {
  const { id, area, title, severity, cite, breaks = true, supersedes = [], silences = [] } = shape;
  return {
    id,
    area,
    title,
    severityTold: typeof severity === 'string' ? severity : severity.told,
    cite,
    supersedes,
    silences,
    look(seen) {
      const facts = shape.needs(seen);
      if ('skip' in facts) return { skip: facts.skip };
      return shape.judge(facts).map((raised): Finding => {
        const rated = typeof severity === 'string' ? severity : severity.of(facts, raised);
        const finding = { id, area, title, cite, severity: rated, ...raised };
        return { ...finding, breaks: breaks && raised.breaks !== false && finding.severity === 'error' };
      });
    },
  };
}

export interface Judgement {
  /** In the order of the rules. */
  readonly findings: readonly Finding[];
  readonly passed: readonly string[];
  readonly skipped: readonly { readonly id: string; readonly because: string }[];
}

/** Asks every rule, and drops what a more specific finding says already. */
export function judge(rules: readonly Rule[], seen: Seen): Judgement {
  const looks = rules.map((one) => ({ rule: one, outcome: one.look(seen) }));
  const raised = looks.flatMap(({ rule: one, outcome }) =>
    'skip' in outcome ? [] : outcome.map((finding) => ({ rule: one, finding })),
  );
  const findings = raised.flatMap(({ finding }) =>
    raised.some(
      (other) =>
        other.rule.silences.includes(finding.id) ||
        (other.rule.supersedes.includes(finding.id) && other.finding.subject === finding.subject),
    )
      ? []
      : [finding],
  );
  const told = new Set(findings.map(({ id }) => id));
  return {
    findings,
    passed: looks.flatMap(({ rule: { id }, outcome }) =>
      'skip' in outcome || outcome.length > 0 ? [] : [id],
    ),
    skipped: looks.flatMap(({ rule: { id }, outcome }) => {
      if ('skip' in outcome) return [{ id, because: outcome.skip }];
      return outcome.length > 0 && !told.has(id) ? [{ id, because: 'a more specific finding says it' }] : [];
    }),
  };
}
