/** `explain max_age`. */
import type { Topic } from './topic.ts';

export const maxAge: Topic = {
  name: 'max_age',
  aliases: ['age', 'ttl', 'cache', 'lifetime', 'expiry', 'seconds'],
  title: 'max_age: how long senders keep the policy',
  lead: 'max_age is the number of seconds for which a sender may go on using the policy after its last fetch. It may be anything from 0 to 31557600 (one year); weeks or more are expected.',
  parts: [],
  cites: [],
};
