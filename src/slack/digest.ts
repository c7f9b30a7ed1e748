/** A short fingerprint of a text, for telling "the same as before" where the text itself does not fit. */
import { createHash } from 'node:crypto';

/** 96 bits of SHA-256 in 16 letters, digits, `-` and `_`: nobody gains by a collision, chance gives none. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}
