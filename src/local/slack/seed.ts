/** The workspace as it is found: invented people, and one conversation for each thing that can go right or wrong when sharing. */
import type { Conversation, User } from './world.ts';

export const teams = {
  home: { id: 'T0HOME0001', name: 'Local workspace', domain: 'local' },
  other: { id: 'T0OTHER001', name: 'Other workspace', domain: 'other' },
} as const;

const ana = 'U0ANA00001';
const ben = 'U0BEN00001';
const kim = 'U0KIM00001';

export function seedUsers(botId: string, botName: string): User[] {
  return [
    { id: ana, name: 'ana', realName: 'Ana, mail admin', teamId: teams.home.id, isBot: false },
    { id: ben, name: 'ben', realName: 'Ben, help desk', teamId: teams.home.id, isBot: false },
    { id: kim, name: 'kim', realName: 'Kim, other workspace', teamId: teams.other.id, isBot: false },
    { id: botId, name: 'mta-sts', realName: botName, teamId: teams.home.id, isBot: true },
  ];
}

export function seedConversations(bot: string, newTs: () => string): Conversation[] {
  const conversation = (
    id: string,
    name: string,
    kind: Conversation['kind'],
    members: string[],
    more: { archived?: boolean; shared?: boolean; said?: string } = {},
  ): Conversation => {
    const [first] = members;
    const text = more.said;
    const ts = newTs();
    return {
      id,
      name,
      kind,
      members: new Set(members),
      archived: more.archived ?? false,
      shared: more.shared ?? false,
      messages:
        text === undefined || first === undefined
          ? []
          : [
              {
                ts,
                threadTs: null,
                broadcast: false,
                user: first,
                text,
                blocks: [],
                onlyFor: null,
                editedTs: null,
                files: [],
              },
            ],
      readUpTo: new Map(members.map((member) => [member, ts])),
    };
  };
  return [
    conversation('C0GENERAL1', 'general', 'channel', [ana, ben], {
      said: 'Type `/mta-sts example.test` to make a policy. The bot is not a member here, and may post all the same.',
    }),
    conversation('C0MAILOPS1', 'mail-ops', 'channel', [ben, ana, bot], {
      said: 'Everything about mail: DNS, certificates, reports. The bot is a member.',
    }),
    conversation('G0PRIVATE1', 'postmasters', 'private', [ana, ben], {
      said: 'A private channel. The bot is not a member, so it cannot post here by itself.',
    }),
    conversation('C0PARTNERS', 'partners', 'channel', [ana, kim, bot], {
      shared: true,
      said: 'Shared with another workspace. Its people see what the bot posts, and may not use it.',
    }),
    conversation('C0ARCHIVED', 'old-mail', 'channel', [ana, ben, bot], {
      archived: true,
      said: 'An archived channel: nobody can post here.',
    }),
    conversation('D0ANABOT01', 'mta-sts', 'dm', [ana, bot]),
    conversation('D0BENBOT01', 'mta-sts', 'dm', [ben, bot]),
    conversation('D0ANABEN01', 'ana and ben', 'dm', [ana, ben], { said: 'Just the two of us.' }),
  ];
}
