/** The middle: the header of the open conversation, its messages, and the composer; or the App Home. */
import { Fragment } from 'preact';
import { useContext, useEffect, useMemo } from 'preact/hooks';
import { Composer, type ComposerProps, type Prefill } from './composer.ts';
import { type Drawn, h } from './h.ts';
import { Home } from './home.ts';
import { icon } from './icons.ts';
import { Menu, type MenuItem } from './menu.ts';
import { Messages } from './messages.ts';
import { type PanelName, panelNames, panels } from './panel.ts';
import type { ChannelChange, PageConversation, PageState } from './protocol.ts';
import { RoomContext } from './surface.ts';

export interface MainProps {
  readonly state: PageState;
  readonly place: string;
  readonly prefill: Prefill;
  readonly panel: PanelName | undefined;
  readonly sidebarOpen: boolean;
  readonly onGo: (place: string) => void;
  readonly onTry: (text: string) => void;
  readonly onPanel: (name: PanelName | undefined) => void;
  readonly onSidebar: () => void;
}

export function Main(props: MainProps): Drawn {
  const { state, place } = props;
  const conversation = state.conversations.find(({ id }) => id === place);
  return h(
    'main',
    { class: 'main', id: 'main', tabIndex: -1 },
    h(Header, { ...props, conversation }),
    conversation === undefined
      ? h(Home, { home: state.home, botName: state.bot.name })
      : h(Conversation, { ...props, conversation }),
  );
}

function Header(props: MainProps & { readonly conversation: PageConversation | undefined }): Drawn {
  const { state, conversation, panel, sidebarOpen } = props;
  const unread = state.conversations.reduce((sum, { unread: count }) => sum + count, 0);
  const listLabel = unread > 0 ? `Conversations, ${unread} unread` : 'Conversations';
  return h(
    'header',
    { class: 'main-head' },
    h(
      'button',
      {
        type: 'button',
        class: 'icon-button only-narrow',
        'aria-label': listLabel,
        'aria-expanded': sidebarOpen,
        'aria-controls': 'sidebar',
        onClick: props.onSidebar,
      },
      icon('menu'),
      unread > 0 ? h('span', { class: 'dot-badge', 'aria-hidden': true }) : null,
    ),
    conversation === undefined
      ? h(Title, { name: 'app', title: state.bot.name, note: '' })
      : h(ConversationTitle, { conversation }),
    conversation === undefined || conversation.kind === 'dm' || isForeign(state)
      ? null
      : h(ChannelMenu, { conversation, app: state.bot.name }),
    h(AppTabs, props),
    h(
      'div',
      { class: 'panel-buttons', role: 'group', 'aria-label': 'Lab' },
      panelNames.map((name) =>
        h(
          'button',
          {
            type: 'button',
            class: 'panel-button',
            'data-panel': name,
            'aria-pressed': panel === name,
            title: panels[name].label,
            'aria-label': panels[name].label,
            onClick: () => props.onPanel(panel === name ? undefined : name),
          },
          icon(panels[name].icon),
          h('span', { class: 'only-wide' }, panels[name].label),
        ),
      ),
    ),
  );
}

const titleIcons = { channel: 'hash', private: 'lock', dm: 'mail' } as const;

function ConversationTitle({ conversation }: { readonly conversation: PageConversation }): Drawn {
  const missing =
    conversation.kind !== 'dm' && !conversation.botIsMember ? 'The app is not a member here' : '';
  const note = conversation.archived ? 'Archived' : missing;
  return h(Title, { name: titleIcons[conversation.kind], title: conversation.name, note });
}

/** What can be done to a channel, so that the bot can lose it and get it back. */
function ChannelMenu({
  conversation,
  app,
}: {
  readonly conversation: PageConversation;
  readonly app: string;
}): Drawn {
  const room = useContext(RoomContext);
  const { id, name, archived, botIsMember } = conversation;
  const item = (change: ChannelChange, title: string, about: string): MenuItem => ({
    key: change,
    title,
    about,
    onPick: () => void room.send({ kind: 'channel', user: room.me, conversation: id, change }),
  });
  const membership = botIsMember
    ? item('remove-app', `Remove ${app}`, 'As /remove does. The app can no longer post here as a member.')
    : item('invite-app', `Add ${app}`, 'As /invite does.');
  const items = archived
    ? [item('unarchive', 'Unarchive', 'The channel can be written again.')]
    : [membership, item('archive', 'Archive', 'The channel can be read and no longer written.')];
  return h(Menu, {
    key: id,
    label: `Channel ${name}`,
    title: `#${name}`,
    icon: 'more',
    items,
    unfolds: 'down',
  });
}

/** Channels belong to this workspace: people of another one change nothing about them. */
function isForeign({ users, me }: PageState): boolean {
  return users.some(({ id, foreign }) => id === me && foreign);
}

function Title({
  name,
  title,
  note,
}: {
  readonly name: 'app' | 'hash' | 'lock' | 'mail';
  readonly title: string;
  readonly note: string;
}): Drawn {
  return h(
    'div',
    { class: 'main-title' },
    h('h1', { title }, icon(name), h('span', null, title)),
    note === '' ? null : h('span', { class: 'main-note' }, note),
  );
}

/** Home and Messages of the app, where one of them is open. */
function AppTabs({ state, place, onGo }: MainProps): Drawn | null {
  const bot = state.users.find(({ id }) => id === state.bot.userId);
  const names = [state.bot.name, bot?.name, bot?.realName];
  const direct = state.conversations.find(({ kind, name }) => kind === 'dm' && names.includes(name));
  if (direct === undefined || (place !== 'home' && place !== direct.id)) return null;
  const tab = (id: string, label: string): Drawn =>
    h(
      'button',
      { type: 'button', 'aria-current': place === id ? 'page' : undefined, onClick: () => onGo(id) },
      label,
    );
  return h('div', { class: 'tabs' }, tab('home', 'Home'), tab(direct.id, 'Messages'));
}

function Conversation(props: MainProps & { readonly conversation: PageConversation }): Drawn {
  const { state, conversation, prefill, onTry } = props;
  const { commands, scenarios, shortcuts, users } = state;
  useRead(conversation);
  const sign = conversation.kind === 'dm' ? '' : '#';
  const composer = useMemo<ComposerProps>(
    () => ({
      conversation: conversation.id,
      placeholder: `Message ${sign}${conversation.name}`,
      commands,
      scenarios,
      shortcuts,
      prefill,
    }),
    [conversation.id, conversation.name, commands, scenarios, shortcuts, prefill],
  );
  return h(
    Fragment,
    null,
    h(Messages, { key: conversation.id, conversation, users, composer, onTry }),
    conversation.archived
      ? h(
          'p',
          { class: 'composer-closed' },
          icon('lock'),
          'This channel is archived: it can be read and no longer written.',
        )
      : h(Composer, { key: `${state.me} ${conversation.id}`, ...composer }),
  );
}

/** What is in sight is read. */
function useRead({ id, unread }: PageConversation): void {
  const room = useContext(RoomContext);
  useEffect(() => {
    if (unread === 0) return undefined;
    const read = (): void => {
      if (document.visibilityState === 'visible')
        void room.send({ kind: 'read', user: room.me, conversation: id });
    };
    read();
    document.addEventListener('visibilitychange', read);
    return () => document.removeEventListener('visibilitychange', read);
  }, [id, unread]);
}
