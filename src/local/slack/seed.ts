/**
 * The workspaces as they are found: invented people, and in the first one conversation for each thing that can go right
 * or wrong when sharing. The second is used where many workspaces install the app.
 */
import type { Conversation, User } from './world.ts';

export const teams = {
  home: { id: 'T0HOME0001', name: 'Local workspace', domain: 'local' },
  other: { id: 'T0OTHER001', name: 'Other workspace', domain: 'other' },
} as const;

/** What an app is in a workspace: each has a bot user of its own. */
interface SeedBot {
  readonly userId: string;
  readonly botId: string;
  readonly appId: string;
}

export interface Seed {
  readonly team: { readonly id: string; readonly name: string; readonly domain: string };
  readonly bot: SeedBot;
  /** Where the numbers in ids begin, so that no two workspaces give the same. */
  readonly idsFrom: number;
  users(botName: string): User[];
  conversations(newTs: () => string): Conversation[];
}

const appId = 'A0MTASTSAPP';
const homeBot: SeedBot = { userId: 'U0MTASTSBOT', botId: 'B0MTASTSBOT', appId };
const otherBot: SeedBot = { userId: 'U0OTHERBOT', botId: 'B0OTHERBOT', appId };

const ana = 'U0ANA00001';
const ben = 'U0BEN00001';
const kim = 'U0KIM00001';
const lee = 'U0LEE00001';

/** An organisation of both (Enterprise Grid), for whoever installs the app there. */
export const organisation = { id: 'E0LOCAL001', name: 'Local organisation' } as const;

export const homeSeed: Seed = {
  team: teams.home,
  bot: homeBot,
  idsFrom: 0,
  users: (botName) => [
    { id: ana, name: 'ana', realName: 'Ana, mail admin', teamId: teams.home.id, isBot: false },
    { id: ben, name: 'ben', realName: 'Ben, help desk', teamId: teams.home.id, isBot: false },
    { id: kim, name: 'kim', realName: 'Kim, other workspace', teamId: teams.other.id, isBot: false },
    { id: homeBot.userId, name: 'mta-sts', realName: botName, teamId: teams.home.id, isBot: true },
  ],
  conversations: (newTs) => {
    const make = makerOf(newTs);
    const bot = homeBot.userId;
    return [
      make('C0GENERAL1', 'general', 'channel', [ana, ben], {
        said: 'Type `/mta-sts example.test` to make a policy. The bot is not a member here, and may post all the same.',
      }),
      make('C0MAILOPS1', 'mail-ops', 'channel', [ben, ana, bot], {
        said: 'Everything about mail: DNS, certificates, reports. The bot is a member.',
      }),
      make('G0PRIVATE1', 'postmasters', 'private', [ana, ben], {
        said: 'A private channel. The bot is not a member, so it cannot post here by itself.',
      }),
      make('C0PARTNERS', 'partners', 'channel', [ana, kim, bot], {
        shared: true,
        said: 'Shared with another workspace. Its people see what the bot posts, and may not use it.',
      }),
      make('C0ARCHIVED', 'old-mail', 'channel', [ana, ben, bot], {
        archived: true,
        said: 'An archived channel: nobody can post here.',
      }),
      make('D0ANABOT01', 'mta-sts', 'dm', [ana, bot]),
      make('D0BENBOT01', 'mta-sts', 'dm', [ben, bot]),
      make('D0ANABEN01', 'ana and ben', 'dm', [ana, ben], { said: 'Just the two of us.' }),
    ];
  },
};

export const otherSeed: Seed = {
  team: teams.other,
  bot: otherBot,
  idsFrom: 5_000_000_000,
  users: (botName) => [
    { id: kim, name: 'kim', realName: 'Kim, postmaster', teamId: teams.other.id, isBot: false },
    { id: lee, name: 'lee', realName: 'Lee, on call', teamId: teams.other.id, isBot: false },
    { id: otherBot.userId, name: 'mta-sts', realName: botName, teamId: teams.other.id, isBot: true },
  ],
  conversations: (newTs) => {
    const make = makerOf(newTs);
    const bot = otherBot.userId;
    return [
      make('C0OTHERGEN', 'general', 'channel', [kim, lee], {
        said: 'Another workspace, with people and channels of its own. Install the app here too, and see what each gets to know of the other: nothing.',
      }),
      make('C0OTHEROPS', 'operations', 'channel', [lee, kim, bot], {
        said: 'The bot is a member here, once it is installed.',
      }),
      make('D0KIMBOT01', 'mta-sts', 'dm', [kim, bot]),
      make('D0LEEBOT01', 'mta-sts', 'dm', [lee, bot]),
    ];
  },
};

function makerOf(newTs: () => string) {
  return (
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
}
