/** A version that was generated, as the rules about changes want it. PURE. */
import { parsePolicy } from '../protocol/mtasts.ts';
import type { Generated } from './history.ts';
import { policyHashOf } from './policy-hash.ts';

/** Undefined where its text is no policy to this version. */
export function generatedOf({
  at,
  id,
  policy: text,
}: {
  readonly at: Date;
  readonly id: string;
  readonly policy: string;
}): Generated | undefined {
  const policy = parsePolicy(text).value;
  if (policy === undefined) return undefined;
  const { mode, maxAgeSeconds } = policy;
  return { at: at.toISOString(), id, policyHash: policyHashOf(policy), mode, maxAgeSeconds };
}
