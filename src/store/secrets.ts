/**
 * Texts that must not be read from the database alone: AES-256-GCM with the keys of SECRETS_KEY. Which key a text is
 * under stands in front of it, so that keys can be changed; where those texts are kept is left to others.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

export interface Secrets {
  /**
   * Under the first key. It opens only with the same `owner`, so that nobody who can write to the database can give
   * one owner's secret to another. Throws when there are no keys.
   */
  seal(text: string, owner: string): string;
  /** Throws a SecretError when no key fits, or when it was changed or belongs to another owner. */
  open(sealed: string, owner: string): string;
  /** What every text under the first key begins with; undefined when there are no keys. */
  readonly newest: string | undefined;
  /** What texts under any of the keys begin with. */
  readonly known: readonly string[];
}

/** The message names no key and no text. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
}

const algorithm = 'aes-256-gcm';
/** NIST SP 800-38D §8.2: 96 bits, random; safe for some four thousand million texts under one key. */
const nonceBytes = 12;
const tagBytes = 16;
/** Of the whole: format, key, then nonce, text and tag. */
const sealedForm = /^(v1\.[0-9a-f]{8}\.)([A-Za-z0-9_-]+)$/;

/** Keys of 32 bytes: the first seals, all of them open. */
export function createSecrets(keys: readonly Uint8Array[]): Secrets {
  const byPrefix = new Map(keys.map((key) => [prefixOf(key), key]));
  const [first] = byPrefix;
  return {
    newest: first?.[0],
    known: [...byPrefix.keys()],
    seal(text, owner) {
      if (first === undefined)
        throw new SecretError('SECRETS_KEY is not set, and secrets are not kept without');
      const [prefix, key] = first;
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv(algorithm, key, nonce).setAAD(boundTo(prefix, owner));
      const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return prefix + sealed.toString('base64url');
    },
    open(sealed, owner) {
      const [, prefix = '', body = ''] = sealedForm.exec(sealed) ?? [];
      const bytes = Buffer.from(body, 'base64url');
      if (bytes.length < nonceBytes + tagBytes)
        throw new SecretError('what is stored is not a sealed secret');
      const key = byPrefix.get(prefix);
      if (key === undefined)
        throw new SecretError('what is stored is under a key that SECRETS_KEY does not have');
      const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes), {
        authTagLength: tagBytes,
      })
        .setAAD(boundTo(prefix, owner))
        .setAuthTag(bytes.subarray(-tagBytes));
      try {
        const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (error) {
        throw new SecretError('what is stored was changed, or belongs to another owner', { cause: error });
      }
    },
  };
}

/** Tells keys apart and says nothing of them. */
function prefixOf(key: Uint8Array): string {
  return `v1.${createHmac('sha256', key).update('mta-sts-bot key id').digest('hex').slice(0, 8)}.`;
}

function boundTo(prefix: string, owner: string): Buffer {
  return Buffer.from(prefix + owner, 'utf8');
}
