/** Files on their way: an address to post the bytes to, until the bot completes the upload. */
import { randomBytes } from 'node:crypto';

interface Upload {
  readonly fileId: string;
  readonly name: string;
  readonly length: number;
  body: Buffer | null;
}

export interface Uploads {
  /** A secret part of the address to which the bytes go. */
  begin(fileId: string, name: string, length: number): string;
  /** False: no such upload, or not as many bytes as were announced. */
  receive(token: string, body: Buffer): boolean;
  /** The bytes of a file that has arrived; from now on the upload is over. */
  finish(fileId: string): { readonly name: string; readonly body: Buffer } | undefined;
}

export function createUploads(): Uploads {
  const uploads = new Map<string, Upload>();
  return {
    begin(fileId, name, length) {
      const token = randomBytes(16).toString('hex');
      uploads.set(token, { fileId, name, length, body: null });
      return token;
    },
    receive(token, body) {
      const upload = uploads.get(token);
      if (upload === undefined || body.byteLength !== upload.length) return false;
      upload.body = body;
      return true;
    },
    finish(fileId) {
      for (const [token, { fileId: id, name, body }] of uploads) {
        if (id !== fileId || body === null) continue;
        uploads.delete(token);
        return { name, body };
      }
      return undefined;
    },
  };
}
