/** What the rules about HTTP answers have in common: they look at each answer alone. */
import { type Citation, rfc } from '../../protocol/rfc.ts';
import type { HttpResponse } from '../observation.ts';
import { type Rule, type RuleShape, rule, type Skip } from '../rule.ts';
import type { Answer, Seen } from '../seen.ts';
import { type AddressFault, raiseByAddress, triedAddresses } from './addresses.ts';
import { asRaised, byAddresses, skip } from './needs.ts';

interface Answers {
  readonly seen: Seen;
  /** At least one. */
  readonly answers: readonly Answer[];
}

/** Whatever was answered. */
export function allAnswers(seen: Seen): Answers | Skip {
  const facts = triedAddresses(seen);
  if ('skip' in facts) return facts;
  return facts.answers.length === 0
    ? skip('the policy host gave no answer')
    : { seen, answers: facts.answers };
}

/** What came with status 200. */
export function filesServed(seen: Seen): Answers | Skip {
  const facts = allAnswers(seen);
  if ('skip' in facts) return facts;
  const answers = facts.answers.filter(({ result }) => result.response.status === 200);
  return answers.length === 0 ? skip('no answer came with status 200') : { seen, answers };
}

type HttpShape = Pick<RuleShape<Answers>, 'id' | 'title' | 'breaks' | 'silences' | 'supersedes'> & {
  readonly severity?: 'error' | 'warning';
  /** Default: the fetch itself, RFC 8461 §3.3. */
  readonly cite?: Citation;
  /** As a rule an error is less where another address works. */
  readonly told?: string;
  readonly needs?: typeof allAnswers;
  readonly faultOf: (response: HttpResponse, answer: Answer, seen: Seen) => AddressFault | undefined;
};

/** A rule about single answers, told once for all addresses that show it. */
export function httpRule({
  severity = 'error',
  cite = rfc(8461, '3.3'),
  told,
  needs = filesServed,
  faultOf,
  ...shape
}: HttpShape): Rule {
  return rule<Answers>({
    ...shape,
    area: 'http',
    severity: asRaised(told ?? (severity === 'error' ? byAddresses.told : severity), severity),
    cite,
    needs,
    judge: ({ seen, answers }) =>
      raiseByAddress(seen, answers, (answer) => faultOf(answer.result.response, answer, seen)),
  });
}
