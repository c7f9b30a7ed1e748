/** `explain mx-change`. */
import { rfc } from '../../protocol/rfc.ts';
import type { Topic } from './topic.ts';

export const mxChange: Topic = {
  name: 'mx-change',
  aliases: ['mx', 'change', 'migration', 'migrate', 'move', 'new mx', 'provider change', 'update', 'id'],
  title: 'Changing MX hosts under a policy',
  lead: 'Widen the policy first, move the mail second, narrow the policy last. In enforce a sender does not deliver to a host that its copy of the policy does not name.',
  parts: [
    {
      text: '1. Add the new hosts to the policy file and keep the old ones. When the file is served, publish the TXT record with a new id.',
    },
    {
      caption: 'The policy during the change',
      code: 'version: STSv1\nmode: enforce\nmx: old1.example.com\nmx: mx1.example.net\nmx: mx2.example.net\nmax_age: 604800\n',
      tried: true,
    },
    {
      text: '2. Wait. Earliest date: when file and TXT record have both changed and the TTL of the old TXT record has passed. Careful date: when the old file was last served, plus its max_age; some senders use their copy until then. Example: both changed on 1 December at 12:00, TTL 3600, old max_age 604800: at the earliest 1 December 13:00, with care 8 December 12:00.',
    },
    {
      text: '3. Change the MX records. Let the old hosts take mail until the TTL of the old MX records has passed. /mta-sts check example.com shows which hosts the policy covers.',
    },
    {
      text: '4. Take the old hosts out of the file, then publish a new id.',
    },
    {
      text: 'The MX records changed already? Add the new hosts to the file now, then publish a new id. Senders should treat such failures as passing and try again, and must look for a new policy before they give a message up.',
    },
    {
      text: 'Each change of the file needs an id that was never used before; there is no order among ids, only equal and different. A star stands for exactly one label: *.mx.microsoft does not cover a.h-v1.mx.microsoft, *.h-v1.mx.microsoft does.',
    },
  ],
  cites: [rfc(8461, '8.1'), rfc(8461, '5'), rfc(8461, '3.1'), rfc(8461, '4.1')],
};
