/** When two policies are one: the hash of what a policy means, whatever its text looks like. */
import { createHash } from 'node:crypto';
import { formatPolicy, type Policy } from '../protocol/mtasts.ts';

/**
 * SHA-256, hexadecimal, of the policy in its normal form. White space, the order of fields and that of the mx lines
 * mean nothing to a sender (RFC 8461 §3.2), nor does an mx line that stands there twice, nor any in mode none (§5).
 */
export function policyHashOf(policy: Policy): string {
  const mx = policy.mode === 'none' ? [] : [...new Set(policy.mx)].sort();
  return createHash('sha256')
    .update(formatPolicy({ ...policy, mx }))
    .digest('hex');
}
