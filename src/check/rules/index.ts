/** Every rule, in reading order. */
import type { Rule } from '../rule.ts';
import { daneRules } from './dane.ts';
import { domainRules } from './domain.ts';
import { mxRules } from './mx.ts';
import { mxPatternRules } from './mx-patterns.ts';
import { smtpRules } from './smtp.ts';

export const rules: readonly Rule[] = [
  ...mxPatternRules,
  ...mxRules,
  ...smtpRules,
  ...daneRules,
  ...domainRules,
];
