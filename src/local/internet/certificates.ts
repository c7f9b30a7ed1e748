/** The certificates of the servers here, made by the authority when they are first asked for. */
import { createHash, X509Certificate } from 'node:crypto';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import { type Authority, type CertificateRequest, type Issued, kept } from './authority.ts';
import type { Connection } from './scenario.ts';

/** A name and how its connections go: what a certificate is made for. */
type Named = Connection & { readonly host: string };

export interface Certificates {
  /** The same for the same server, however often it is asked for; servers whose requests are one object with names share the certificate. */
  context(server: Named): Promise<SecureContext>;
  /** The data of a TLSA record with a SHA-256 digest that fits the server's own certificate (RFC 6698 §2.1). */
  digest(server: Named, selector: 'certificate' | 'key'): Promise<string>;
}

/** Makes OpenSSL speak TLS 1.0 and 1.1, and take short keys and old signatures. */
const oldCiphers = 'DEFAULT@SECLEVEL=0';

export function createCertificates(authority: Authority): Certificates {
  const issued = new Map<Named | CertificateRequest, Promise<Issued>>();
  const contexts = new Map<Named, Promise<SecureContext>>();

  function issue(server: Named): Promise<Issued> {
    const { host, certificate = {} } = server;
    return kept(issued, certificate.names === undefined ? server : certificate, () =>
      authority.issue({ names: [host], ...certificate }),
    );
  }

  return {
    context: (server) =>
      kept(contexts, server, async () => {
        const { key, chain } = await issue(server);
        return createSecureContext({ key, cert: chain, ...tlsOptions(server) });
      }),
    async digest(server, selector) {
      const certificate = new X509Certificate((await issue(server)).cert);
      const octets =
        selector === 'key' ? certificate.publicKey.export({ type: 'spki', format: 'der' }) : certificate.raw;
      return createHash('sha256').update(octets).digest('hex');
    },
  };
}

/** The versions of TLS that a server speaks. */
export function tlsOptions({ protocols, certificate }: Connection): SecureContextOptions {
  const [minVersion, maxVersion] = protocols ?? ['TLSv1.2', 'TLSv1.3'];
  const old = minVersion === 'TLSv1' || minVersion === 'TLSv1.1' || certificate?.key === 'rsa-1024';
  return { minVersion, maxVersion, ...(old || certificate?.hash === 'SHA-1' ? { ciphers: oldCiphers } : {}) };
}
