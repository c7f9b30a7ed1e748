/** What stands around the scenarios: mail hosts of others that their records name, and one that answers always. */
import { mailHost } from './healthy.ts';
import type { Place } from './scenario.ts';

/** For SMTP_CONTROL_HOST. */
export const controlHost = 'mx.control.test';

const hosts = [
  controlHost,
  'mx.reports.test',
  'backup.example.net',
  // Providers' hosts under their own names, which lead to this machine.
  'aspmx.l.google.com',
  'alt1.aspmx.l.google.com',
  'alt2.aspmx.l.google.com',
  'alt3.aspmx.l.google.com',
  'alt4.aspmx.l.google.com',
  'smtp.google.com',
  'microsoftstyle-test.h-v1.mx.microsoft',
  'microsofttwo-labels.h-v1.mx.microsoft',
  'microsoftlegacy-test.mail.protection.outlook.com',
].map((host) => mailHost(host));

export const surroundings: Place = {
  domain: 'control.test',
  records: [
    `control.test MX 10 ${controlHost}`,
    'reports.test MX 10 mx.reports.test',
    ...hosts.flatMap(({ records }) => records),
  ],
  mail: hosts.flatMap(({ servers }) => servers),
};
