/** What choices.ts says before anything is published, as what a rule raises: the same words for the same thing. */
import type { Caution } from '../choices.ts';
import type { Raised } from '../rule.ts';

/** Those of this id. The severity is left to the rule. */
export function raisedFrom(cautions: readonly Caution[], id: string): readonly Raised[] {
  return cautions
    .filter((caution) => caution.id === id)
    .map(({ subject, title, text, remedy, cite }) => ({ subject, title, detail: text, remedy, cite }));
}
