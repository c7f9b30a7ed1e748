/** The policy out of an HTTP answer, as most senders see it: whoever reads a body reads it through here. */
import { bytesOf, type HttpResponse } from './observation.ts';

/** What a sender reads (RFC 8461 §3.3). */
const longestContent = 65_536;
const options = { maxOutputLength: longestContent };

/** Loaded only for what is compressed, which hardly any policy is: an import would delay every look by 3 ms. */
const zlib = () => process.getBuiltinModule('node:zlib');

/** As RFC 9110 §8.4.1 names them. */
const decoders: Readonly<Record<string, (body: Uint8Array) => Uint8Array>> = {
  gzip: (body) => zlib().gunzipSync(body, options),
  deflate: (body) => zlib().inflateSync(body, options),
  br: (body) => zlib().brotliDecompressSync(body, options),
};

/**
 * The octets of the file. Senders' HTTP libraries ask for an encoding by themselves and undo it; what cannot be
 * undone stays as it came.
 */
export function contentOf({ headers, body }: Pick<HttpResponse, 'headers' | 'body'>): Uint8Array {
  const bytes = bytesOf(body);
  const encoding = (headers['content-encoding'] ?? '').trim().toLowerCase();
  const decode = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (decode === undefined) return bytes;
  try {
    return decode(bytes);
  } catch {
    // zlib throws for whatever is no such encoding, and for more than the limit.
    return bytes;
  }
}
