/** What can be wrong with an MX host before its certificate is looked at, and then with that. */
import { allWell, broken, enforced, refused, remarks } from '../healthy.ts';
import type { Scenario } from '../scenario.ts';
import { mailCertificateScenarios } from './certificates.ts';

/** What acts in Slack, in a terminal, and in whatever stands beside it. */
const mention = '<!channel> <https://evil.example|hostile.test> `code`';
const escapes = '\u001b[2J\u001b]0;owned\u0007\u001b[31m';
const turned = 'gpj.\u202egnp\u202c';

const group = 'Mail hosts';
const withoutStartTls = ['PIPELINING', 'SIZE 52428800', '8BITMIME'];

export const mailHostScenarios: readonly Scenario[] = [
  enforced(
    [group, 'no-starttls.test', 'The MX host does not offer STARTTLS'],
    refused('smtp.starttls-missing'),
    {
      mx: [{ extensions: withoutStartTls }],
    },
  ),
  enforced(
    [group, 'starttls-refused.test', 'The MX host offers STARTTLS and refuses it'],
    refused('smtp.starttls-refused'),
    { mx: [{ starttls: '454 4.7.0 TLS not available due to temporary reason' }] },
  ),
  enforced([group, 'greeting-refuses.test', 'The MX host turns us away'], allWell, {
    mx: [{ greeting: '554 5.7.1 No SMTP service here for you' }],
  }),
  enforced([group, 'mx-closed.test', 'Nobody listens on port 25'], remarks('smtp.unreachable'), {
    mx: [{ ipv4: 'closed' }],
  }),
  enforced([group, 'mx-silent.test', 'The MX host accepts connections and says nothing'], allWell, {
    mx: [{ fault: 'silent' }],
  }),
  enforced(
    [group, 'mx-resets.test', 'The MX host breaks off at the first command'],
    remarks('smtp.unreachable'),
    {
      mx: [{ fault: 'resets' }],
    },
  ),
  enforced(
    [group, 'mx-no-handshake.test', 'The MX host ends every handshake'],
    refused('smtp.tls-handshake'),
    {
      mx: [{ refusesHandshake: true }],
    },
  ),
  enforced([group, 'mx-tls10.test', 'The MX host speaks TLS 1.0 only'], refused('smtp.tls-too-old'), {
    mx: [{ protocols: ['TLSv1', 'TLSv1'] }],
  }),
  enforced([group, 'mx-tls10-also.test', 'The MX host speaks TLS 1.0 beside 1.2'], allWell, {
    mx: [{ protocols: ['TLSv1', 'TLSv1.2'] }],
  }),
  enforced(
    [group, 'mx-second-broken.test', 'The certificate of the backup has expired'],
    broken('smtp.cert-expired'),
    {
      mx: [{ host: 'mx1' }, { host: 'mx2', preference: 20, certificate: { daysLeft: -2 } }],
    },
  ),
  enforced(
    [group, 'mx-addresses-differ.test', 'The certificate at one address of the MX host has expired'],
    remarks('smtp.cert-differs-by-address'),
    { mx: [{ ipv6: { certificate: { daysLeft: -2 } } }] },
  ),
  enforced(
    [group, 'hostile.test', 'Texts that would mention, link, colour and turn whatever stands around them'],
    broken('http.charset-odd', 'smtp.cert-name-mismatch', 'smtp.starttls-refused', 'txt.unknown-field'),
    {
      record: ['v=STSv1; id=20261101T080000Z; note=<!channel>;'],
      page: { headers: { 'content-type': 'text/plain; charset="<!here>`\u00ff"', server: '<@U024BE7LH>' } },
      mx: [
        {
          host: 'mx1',
          certificate: { names: ['<!channel>.test', '`rm`.test'], commonName: `${turned}${mention}` },
        },
        { host: 'mx2', preference: 20, starttls: `454 4.7.0 ${escapes}${mention} ${turned}` },
        { host: 'mx3', preference: 30, greeting: `554 5.7.1 ${mention}${escapes}` },
      ],
    },
  ),
  ...mailCertificateScenarios,
];
