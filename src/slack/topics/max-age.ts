/** `explain max_age`. */
import { rfc } from '../../protocol/rfc.ts';
import type { Topic } from './topic.ts';

export const maxAge: Topic = {
  name: 'max_age',
  aliases: ['age', 'ttl', 'cache', 'lifetime', 'expiry', 'seconds', 'duration'],
  title: 'max_age: how long senders keep the policy',
  lead: 'max_age is the number of seconds for which a sender may use its copy of the policy, counted from its last fetch. Any whole number from 0 to 31557600 (365.25 days) is valid; weeks or more are expected.',
  parts: [
    {
      text: 'Long protects. The copy is what holds when somebody on the way suppresses your TXT record: an attacker would have to keep that up until the copy expires. The RFC asks for a max_age as long as is practical, and sets no lower bound.',
    },
    {
      text: 'Long does not bind your hands. A new id in the TXT record makes senders fetch the new policy, and a sender whose delivery fails must look for one before it gives a message up. What a long max_age does lengthen is the wait before you may remove MTA-STS.',
    },
    {
      text: 'Steps that fit a rollout: 86400 (1 day) while trying out, 604800 (7 days) in the first weeks of enforce, 2592000 (30 days) or more from then on.',
    },
    {
      caption: 'The line in the policy file; a new id in the TXT record goes with each change',
      code: 'max_age: 604800\n',
      tried: true,
    },
    {
      text: 'How long a copy can live: the last moment the file was served, plus its max_age. Example: last served on 1 December at 12:00 with max_age 604800: until 8 December 12:00.',
    },
    {
      text: 'Not all senders read it alike. Above the maximum 5 of 11 implementations drop the whole policy; with 0 two of them do, and the rest keep nothing. One library lifts smaller values to 7 days in enforce.',
    },
  ],
  cites: [rfc(8461, '3.2'), rfc(8461, '10.2'), rfc(8461, '5'), rfc(8461, '8.3')],
};
