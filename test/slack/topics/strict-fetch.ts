/** Fetches a policy as the strictest sender would, and says what such a sender would see. */
import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import type { TLSSocket } from 'node:tls';

export interface Fetched {
  readonly status: number | undefined;
  readonly location: string | undefined;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  readonly body: Buffer;
  readonly tlsVersion: string | null;
  /** The certificate names the host as a DNS-ID; the subject's common name does not count. */
  readonly nameFits: boolean;
}

export interface FetchFrom {
  readonly address: string;
  readonly port: number;
  /** The authority that the lab trusts, PEM. */
  readonly ca: string;
  readonly host: string;
  readonly path?: string;
  readonly tls?: 'TLSv1.2' | 'TLSv1.3';
}

/** One GET with SNI, no redirect followed, no encoding offered; rejects when the certificate does not hold. */
export function strictFetch(from: FetchFrom): Promise<Fetched> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: from.address,
        port: from.port,
        servername: from.host,
        headers: { host: from.host },
        path: from.path ?? '/.well-known/mta-sts.txt',
        ca: from.ca,
        minVersion: from.tls ?? 'TLSv1.2',
        maxVersion: from.tls ?? 'TLSv1.3',
        agent: false,
        timeout: 5_000,
      },
      (answer) => {
        const socket = answer.socket as TLSSocket;
        const leaf = new X509Certificate(socket.getPeerCertificate().raw);
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          resolve({
            status: answer.statusCode,
            location: answer.headers.location,
            contentType: answer.headers['content-type'],
            contentEncoding: answer.headers['content-encoding'],
            body: Buffer.concat(chunks),
            tlsVersion: socket.getProtocol(),
            nameFits:
              leaf.checkHost(from.host, { subject: 'never', wildcards: true, partialWildcards: false }) !==
              undefined,
          });
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 5 s')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
