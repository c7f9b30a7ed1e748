/** `explain rollout`. */
import { rfc } from '../../protocol/rfc.ts';
import type { Topic } from './topic.ts';

export const rollout: Topic = {
  name: 'rollout',
  aliases: ['start', 'begin', 'deploy', 'deployment', 'setup', 'steps', 'order', 'enforce when', 'roll out'],
  title: 'From nothing to enforce',
  lead: 'Publish in testing, read the reports, mend what they show, then enforce. Two quiet weeks in testing are a good measure; the RFC sets none.',
  parts: [
    {
      text: '1. Serve the policy file, in testing and with a max_age of one day, so that a mistake is soon forgotten. Then publish the TXT record: a sender that sees a new record before the new file keeps the wrong policy. Then the TLS-RPT record: without it testing shows nobody anything.',
    },
    {
      caption: 'The first policy',
      code: 'version: STSv1\nmode: testing\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 86400\n',
      tried: true,
    },
    {
      text: '2. Read the reports. Each covers one UTC day and comes on the day after. Only some senders report, so silence is not success: wait for reports of at least two of them.',
    },
    {
      text: '3. Mend every MX host, the backup too. Senders try the hosts in order, so a fault on the last one stays hidden until the first one fails. /mta-sts check example.com looks at all of them.',
    },
    {
      text: '4. Enforce after 14 days without a failure that you cannot explain: change mode and max_age in the file, then the id in the TXT record.',
    },
    {
      caption: 'The same hosts, enforced for a week at a time',
      code: 'version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 604800\n',
      tried: true,
    },
    {
      text: '5. Lengthen max_age to 2592000 (30 days) or more when two more weeks were quiet. Example: testing on 1 December, enforce on 15 December, 30 days from 29 December.',
    },
    {
      text: 'The way back is short: mode testing in the file, then a new id. A sender whose delivery fails must look for a new policy before it gives a message up.',
    },
  ],
  cites: [rfc(8461, '5'), rfc(8461, '8.1'), rfc(8461, '8.4'), rfc(8461, '10.2'), rfc(8460, '4.1')],
};
