/** The left side: workspace, conversations, the app, and as whom the page acts. */
import type { ComponentChildren } from 'preact';
import { Avatar } from './avatar.ts';
import { type Drawn, h } from './h.ts';
import { type IconName, icon } from './icons.ts';
import type { PageConversation, PageState } from './protocol.ts';

export interface SidebarProps {
  readonly state: PageState;
  /** A conversation's id, or `home`. */
  readonly place: string;
  readonly dark: boolean;
  readonly onGo: (place: string) => void;
  readonly onUser: (id: string) => void;
  readonly onTeam: (id: string) => void;
  readonly onUninstall: () => void;
  readonly onTheme: () => void;
}

export function Sidebar(props: SidebarProps): Drawn {
  const { state, place, dark, onGo, onUser, onTheme } = props;
  const channels = state.conversations.filter(({ kind }) => kind !== 'dm');
  const direct = state.conversations.filter(({ kind }) => kind === 'dm');
  const me = state.users.find(({ id }) => id === state.me);
  const people = state.users.filter(({ isBot }) => !isBot);
  const themeLabel = dark ? 'Switch to the light theme' : 'Switch to the dark theme';
  return h(
    'nav',
    { class: 'sidebar', 'aria-label': 'Workspace', id: 'sidebar' },
    h(
      'header',
      { class: 'sidebar-head' },
      h(
        'div',
        { class: 'workspace' },
        h('strong', null, state.workspace.name),
        h('span', null, 'on this machine'),
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'icon-button',
          title: themeLabel,
          'aria-label': themeLabel,
          onClick: onTheme,
        },
        icon(dark ? 'sun' : 'moon'),
      ),
    ),
    state.workspaces.length === 0 ? null : h(Workspaces, props),
    h(
      'div',
      { class: 'sidebar-lists' },
      h(
        List,
        { title: 'Channels' },
        channels.map((channel) =>
          h(Place, { key: channel.id, conversation: channel, here: place === channel.id, onGo }),
        ),
      ),
      h(
        List,
        { title: 'Direct messages' },
        direct.map((other) =>
          h(Place, { key: other.id, conversation: other, here: place === other.id, onGo }),
        ),
      ),
      h(
        List,
        { title: 'Apps' },
        h(Item, {
          name: 'app',
          label: state.bot.name,
          note: 'App Home',
          here: place === 'home',
          unread: 0,
          onPress: () => onGo('home'),
        }),
      ),
    ),
    h(
      'footer',
      { class: 'sidebar-foot' },
      h(BotState, { bot: state.bot, transport: state.transport }),
      h(
        'label',
        { class: 'act-as' },
        h(Avatar, { user: me, small: true }),
        h('span', { class: 'act-as-text' }, 'You act as'),
        h(
          'select',
          { value: state.me, onChange: (event) => onUser(event.currentTarget.value) },
          people.map((person) =>
            h(
              'option',
              { value: person.id },
              `${person.realName || person.name}${person.foreign ? ' (other workspace)' : ''}`,
            ),
          ),
        ),
      ),
    ),
  );
}

/** Which workspace one is in, and whether the app is. */
function Workspaces({ state, onTeam, onUninstall }: SidebarProps): Drawn {
  const { workspaces, workspace, installUrl } = state;
  const installed = workspaces.find(({ teamId }) => teamId === workspace.teamId)?.installed ?? 'no';
  return h(
    'div',
    { class: 'workspaces' },
    h(
      'label',
      null,
      h('span', null, 'Workspace'),
      h(
        'select',
        { value: workspace.teamId, onChange: (event) => onTeam(event.currentTarget.value) },
        workspaces.map(({ teamId, name }) => h('option', { value: teamId }, name)),
      ),
    ),
    installed === 'no'
      ? h('a', { class: 'workspaces-install', href: installUrl ?? '' }, `Install ${state.bot.name}`)
      : h(
          'p',
          null,
          installed === 'here' ? 'The app is installed. ' : 'Installed by the organisation. ',
          h('button', { type: 'button', class: 'workspaces-uninstall', onClick: onUninstall }, 'Uninstall'),
        ),
  );
}

function List({ title, children }: { readonly title: string; readonly children?: ComponentChildren }): Drawn {
  return h('section', null, h('h2', { class: 'sidebar-title' }, title), h('ul', null, children));
}

const placeIcons = { channel: 'hash', private: 'lock', dm: 'mail' } as const;

function Place(props: {
  readonly conversation: PageConversation;
  readonly here: boolean;
  readonly onGo: (place: string) => void;
}): Drawn {
  const { conversation, here, onGo } = props;
  return h(Item, {
    name: placeIcons[conversation.kind],
    label: conversation.name,
    note: conversation.archived ? 'archived' : '',
    here,
    unread: conversation.unread,
    onPress: () => onGo(conversation.id),
  });
}

function Item(props: {
  readonly name: IconName;
  readonly label: string;
  readonly note: string;
  readonly here: boolean;
  readonly unread: number;
  readonly onPress: () => void;
}): Drawn {
  const { name, label, note, here, unread } = props;
  return h(
    'li',
    null,
    h(
      'button',
      {
        type: 'button',
        class: `place${unread > 0 ? ' place-unread' : ''}`,
        'aria-current': here ? 'page' : undefined,
        onClick: props.onPress,
      },
      icon(name),
      h('span', { class: 'place-name' }, label),
      note === '' ? null : h('span', { class: 'place-note' }, note),
      unread > 0
        ? h(
            'span',
            { class: 'badge' },
            unread > 99 ? '99+' : String(unread),
            h('span', { class: 'off-screen' }, ' unread'),
          )
        : null,
    ),
  );
}

function BotState({ bot, transport }: Pick<PageState, 'bot' | 'transport'>): Drawn {
  const over = { socket: 'Socket Mode', http: 'signed HTTP', oauth: 'signed HTTP, OAuth' }[transport];
  return h(
    'p',
    { class: `bot-state${bot.connected ? ' bot-on' : ''}`, role: 'status' },
    h('span', { class: 'dot', 'aria-hidden': true }),
    bot.connected ? `Connected over ${over}` : `${bot.name} is not connected`,
  );
}
