/** Every rule, in reading order. */
import type { Rule } from '../rule.ts';

export const rules: readonly Rule[] = [];
