/** `explain dane`. */
import { rfc } from '../../protocol/rfc.ts';
import type { Topic } from './topic.ts';

export const dane: Topic = {
  name: 'dane',
  aliases: ['tlsa', 'dnssec'],
  title: 'DANE beside MTA-STS',
  lead: 'DANE states the key or certificate of an MX host in signed DNS; MTA-STS relies on public authorities and HTTPS. They may stand side by side. Where a sender does both, MTA-STS never rescues a host that fails DANE.',
  parts: [
    {
      text: 'DANE needs DNSSEC on the zone with the MX record and on the zone of the MX host; in return nobody can suppress it, not even at the first contact. MTA-STS needs no DNSSEC; in return the first contact of a sender stays unprotected.',
    },
    {
      text: 'To satisfy both kinds of sender give each MX host one certificate that a public authority signed for the name of the MX host, and a TLSA record that fits it. A self-signed certificate with TLSA 3 1 1 passes DANE and fails MTA-STS.',
    },
    {
      caption: 'At the name of the MX host, not of the domain',
      code: '_25._tcp.mx1.example.com. IN TLSA 3 1 1 SHA256-OF-THE-PUBLIC-KEY\n',
      tried: true,
    },
    {
      caption: 'The value for that record',
      code: 'openssl x509 -in mx1.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl sha256\n',
      tried: true,
    },
    {
      text: 'Before a new key is used, publish its TLSA record beside the old one, and wait until every name server has it and the TTL has passed. Change the certificate then, and remove the old record last. Example: TTL 3600, served everywhere from 12:00: not before 13:00. Renewing with the same key keeps 3 1 1 as it is.',
    },
  ],
  cites: [rfc(8461, '2'), rfc(8461, '4.2'), rfc(8461, '10.2'), rfc(7672, '2.2'), rfc(7672, '3.1')],
};
