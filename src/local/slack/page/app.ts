/** The page put together: what is open, who acts, and what was told. The parts draw themselves. */

import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Prefill } from './composer.ts';
import { Confirm } from './confirm.ts';
import { type Drawn, h } from './h.ts';
import { icon, spinner } from './icons.ts';
import { listen, send as sendToSlack } from './link.ts';
import { Main } from './main-area.ts';
import { Modal } from './modal.ts';
import { type Names, NamesContext } from './names.ts';
import { Panel, type PanelName, panelNames } from './panel.ts';
import type { ActionAnswer, PageState, PersonAction } from './protocol.ts';
import { reuse } from './reuse.ts';
import { Sidebar } from './sidebar.ts';
import { type Room, RoomContext } from './surface.ts';
import { useTheme } from './theme.ts';
import { type Note, Toasts } from './toast.ts';

const panelKey = 'panel';

export function App(): Drawn {
  const [{ user, team }, setWho] = useState(() => {
    const asked = new URLSearchParams(location.search);
    return { user: asked.get('user') ?? '', team: asked.get('team') ?? '' };
  });
  const [panel, setPanel] = usePanel();
  const { state, connected } = usePageState(user, team, panel === 'wire');
  if (state === undefined)
    return h(
      'p',
      { class: 'loading', role: 'status' },
      spinner(),
      connected ? 'Opening the workspace…' : 'The local Slack does not answer yet…',
    );
  const act = (who: { readonly user: string; readonly team: string }): void => {
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(who)) {
      if (value === '') url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    }
    history.replaceState(null, '', url);
    setWho(who);
  };
  return h(Workspace, {
    state,
    connected,
    panel,
    onPanel: setPanel,
    onUser: (id) => act({ user: id, team }),
    onTeam: (id) => act({ user: '', team: id }),
  });
}

function usePageState(
  user: string,
  team: string,
  withWire: boolean,
): { readonly state: PageState | undefined; readonly connected: boolean } {
  const [state, setState] = useState<PageState | undefined>();
  const [connected, setConnected] = useState(true);
  // Not after the first painting: the state is on its way meanwhile.
  useLayoutEffect(() => {
    const line = listen({ user, team, withWire }, setState, setConnected);
    return () => line.close();
  }, [user, team, withWire]);
  return { state, connected };
}

interface WorkspaceProps {
  readonly state: PageState;
  readonly connected: boolean;
  readonly panel: PanelName | undefined;
  readonly onPanel: (name: PanelName | undefined) => void;
  readonly onUser: (id: string) => void;
  readonly onTeam: (id: string) => void;
}

function Workspace({ state, connected, panel, onPanel: setPanel, onUser, onTeam }: WorkspaceProps): Drawn {
  const [place, go] = usePlace(state);
  const [sidebarOpen, setSidebarOpen] = useState(false);
  const [prefill, setPrefill] = useState<Prefill>({ text: '', count: 0 });
  const { notes, tell, drop } = useNotes();
  const { question, ask } = useConfirm();
  const { dark, toggle } = useTheme();
  const names = useNames(state);
  const { teamId } = state.workspace;

  const send = useCallback(
    async (action: PersonAction): Promise<ActionAnswer> => {
      const answer = await sendToSlack(action, teamId);
      if (answer.note !== undefined && answer.note !== '') tell(answer.note, !answer.ok);
      return answer;
    },
    [teamId],
  );
  const room = useMemo<Room>(
    () => ({ me: state.me, conversations: state.conversations, send, confirm: ask, go }),
    [state.me, state.conversations, send],
  );
  const goTo = (next: string): void => {
    go(next);
    setSidebarOpen(false);
  };
  const onTry = useCallback(
    (text: string): void => {
      if (place === 'home') go(state.conversations[0]?.id ?? 'home');
      setPrefill((before) => ({ text, count: before.count + 1 }));
      if (isNarrow()) setPanel(undefined);
    },
    [place],
  );
  const uninstall = async (): Promise<void> => {
    if (await ask(uninstallQuestion(state.workspace.name))) await send({ kind: 'uninstall', user: state.me });
  };
  useOpenHome(place, state.me, send);
  useTitle(state, place);

  const blocked = state.views.length > 0 || question !== undefined;
  const content = h(
    'div',
    { class: `page${panel === undefined ? '' : ' with-panel'}${sidebarOpen ? ' sidebar-open' : ''}` },
    h(
      'div',
      { class: 'slack', inert: blocked },
      h('a', { class: 'skip', href: '#main' }, 'Skip to the conversation'),
      h(Sidebar, {
        state,
        place,
        dark,
        onGo: goTo,
        onUser,
        onTeam,
        onTheme: toggle,
        onUninstall: () => void uninstall(),
      }),
      h('button', {
        type: 'button',
        class: 'scrim',
        tabIndex: -1,
        'aria-label': 'Close the list of conversations',
        onClick: () => setSidebarOpen(false),
      }),
      h(Main, {
        state,
        place,
        prefill,
        panel,
        sidebarOpen,
        onGo: goTo,
        onTry,
        onPanel: setPanel,
        onSidebar: () => setSidebarOpen(!sidebarOpen),
      }),
    ),
    panel === undefined
      ? null
      : h(Panel, { name: panel, state, onClose: () => setPanel(undefined), onTry, onPanel: setPanel }),
    h(
      'div',
      { class: 'modals', inert: question !== undefined },
      state.views.map((view, index) =>
        h(Modal, {
          key: view.id,
          view,
          top: index === state.views.length - 1,
          below: state.views[index - 1]?.title,
          appName: state.bot.name,
        }),
      ),
    ),
    question === undefined ? null : h(Confirm, { ...question }),
    connected
      ? null
      : h(
          'p',
          { class: 'offline', role: 'alert' },
          icon('alert'),
          'The local Slack does not answer. Trying again…',
        ),
    h(Toasts, { notes, onClose: drop }),
  );
  return h(RoomContext.Provider, { value: room }, h(NamesContext.Provider, { value: names }, content));
}

/** The open conversation, kept in the address so that a reload and a second window keep it too. */
function usePlace(state: PageState): [string, (place: string) => void] {
  const [wanted, setWanted] = useState(decodeURIComponent(location.hash.slice(1)));
  const known = wanted === 'home' || state.conversations.some(({ id }) => id === wanted);
  const place = known ? wanted : (state.conversations[0]?.id ?? 'home');
  const go = (next: string): void => {
    history.replaceState(null, '', `#${encodeURIComponent(next)}`);
    setWanted(next);
  };
  return [place, go];
}

function uninstallQuestion(workspace: string) {
  return {
    title: { type: 'plain_text', text: 'Uninstall the app?' },
    text: {
      type: 'plain_text',
      text: `Its tokens for ${workspace} stop working, and Slack tells it so. It deletes all that it knows of the workspace.`,
    },
    confirm: { type: 'plain_text', text: 'Uninstall' },
    deny: { type: 'plain_text', text: 'Keep it' },
    style: 'danger',
  };
}

/** As in panels.css: the panel lies over the conversation instead of beside it. */
function isNarrow(): boolean {
  return matchMedia('(max-width: 900px)').matches;
}

function usePanel(): [PanelName | undefined, (name: PanelName | undefined) => void] {
  const [panel, setPanel] = useState(() =>
    // In a narrow window it would cover the conversation.
    isNarrow() ? undefined : panelNames.find((name) => name === localStorage.getItem(panelKey)),
  );
  const show = (name: PanelName | undefined): void => {
    localStorage.setItem(panelKey, name ?? '');
    setPanel(name);
  };
  return [panel, show];
}

function useNotes() {
  const [notes, setNotes] = useState<readonly Note[]>([]);
  const count = useRef(0);
  const tell = (text: string, failed: boolean): void => {
    count.current += 1;
    const note: Note = { id: count.current, text, failed };
    setNotes((before) => [...before.filter((other) => other.text !== text), note].slice(-4));
  };
  const drop = (id: number): void => setNotes((before) => before.filter((note) => note.id !== id));
  return { notes, tell, drop };
}

interface Question {
  readonly question: unknown;
  readonly answer: (agreed: boolean) => void;
}

function useConfirm() {
  const [question, setQuestion] = useState<Question | undefined>();
  const ask = useCallback(
    (asked: unknown): Promise<boolean> =>
      new Promise((resolve) => {
        const answer = (agreed: boolean): void => {
          setQuestion(undefined);
          resolve(agreed);
        };
        setQuestion({ question: asked, answer });
      }),
    [],
  );
  return { question, ask };
}

/** The same object while nobody is renamed, so that mentions are not drawn again. */
function useNames(state: PageState): Names {
  const held = useRef<Names | undefined>(undefined);
  held.current = reuse(held.current, {
    users: Object.fromEntries(state.users.map(({ id, realName, name }) => [id, realName || name])),
    conversations: Object.fromEntries(state.conversations.map(({ id, name }) => [id, name])),
    me: state.me,
  });
  return held.current;
}

/** What the window's tab says: how much is unread, where, and in which workspace. */
function useTitle({ conversations, bot, workspace }: PageState, place: string): void {
  const unread = conversations.reduce((sum, conversation) => sum + conversation.unread, 0);
  const here = conversations.find(({ id }) => id === place)?.name ?? bot.name;
  const title = `${unread > 0 ? `(${unread}) ` : ''}${here} · ${workspace.name}`;
  useEffect(() => {
    document.title = title;
  }, [title]);
}

/** Slack tells the app each time its Home is opened. */
function useOpenHome(place: string, me: string, send: (action: PersonAction) => Promise<ActionAnswer>): void {
  useEffect(() => {
    if (place === 'home') void send({ kind: 'open-home', user: me });
  }, [place, me]);
}
