/** The messages of a conversation by day, with threads below their first message; stays at the newest one. */
import { Fragment } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { Composer, type ComposerProps } from './composer.ts';
import { type Drawn, h } from './h.ts';
import { icon } from './icons.ts';
import { Message } from './message.ts';
import type { PageConversation, PageMessage, PageUser } from './protocol.ts';
import { dayName, instantOf, startOfDay } from './time.ts';
import { Welcome } from './welcome.ts';

export interface MessagesProps {
  readonly conversation: PageConversation;
  readonly users: readonly PageUser[];
  readonly composer: ComposerProps;
  readonly onTry: (text: string) => void;
}

/** Messages of one person within this time stand under one name. */
const togetherMs = 5 * 60_000;

/** Threads up to this long are open from the start. */
const openThread = 3;

/** How near to the end still counts as being there, in pixels. */
const nearEnd = 48;

export function Messages({ conversation, users, composer, onTry }: MessagesProps): Drawn {
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  /** Where toNewest left the messages: there a long one is being read from its beginning. */
  const placedAt = useRef(0);
  const toNewest = (): void => {
    const root = scroller.current;
    if (root === null) return;
    root.scrollTo({ top: newestTop(root) });
    placedAt.current = root.scrollTop;
    atEnd.current = true;
    setBehind(false);
  };
  const { messages } = conversation;
  useLayoutEffect(toNewest, [conversation.id]);
  useLayoutEffect(() => (atEnd.current ? toNewest() : setBehind(true)), [messages.length]);
  useFollowGrowth(scroller, atEnd, toNewest);

  const replies = Map.groupBy(messages.filter(isReply), (message) => message.threadTs);
  const roots = messages.filter((message) => !isReply(message) || message.broadcast);
  return h(
    'div',
    { class: 'messages-frame' },
    h(
      'div',
      {
        class: 'messages',
        ref: scroller,
        tabIndex: 0,
        role: 'log',
        'aria-label': `Messages of ${conversation.name}`,
        onScroll: (event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          const left = scrollHeight - scrollTop - clientHeight;
          atEnd.current = left < nearEnd || Math.abs(scrollTop - placedAt.current) <= 1;
          if (atEnd.current) setBehind(false);
        },
      },
      h(
        'div',
        { class: 'messages-inner' },
        h(Welcome, {
          untried: !messages.some(({ user }) => isApp(users, user)),
          conversation,
          scenarios: composer.scenarios,
          commands: composer.commands,
          onTry,
        }),
        roots.map((message, index) => {
          const before = roots[index - 1];
          const newDay = before === undefined || !sameDay(before, message);
          return h(
            Fragment,
            { key: message.ts },
            newDay ? h(DayLine, { ts: message.ts }) : null,
            h(Thread, {
              key: message.ts,
              message,
              replies: replies.get(message.ts) ?? noReplies,
              inReplyTo: isReply(message) ? messages.find(({ ts }) => ts === message.threadTs) : undefined,
              compact:
                !newDay && before !== undefined && !replies.has(before.ts) && together(before, message),
              users,
              composer,
            }),
          );
        }),
      ),
    ),
    behind
      ? h('button', { type: 'button', class: 'jump', onClick: toNewest }, icon('arrowDown'), 'New messages')
      : null,
  );
}

const noReplies: readonly PageMessage[] = [];

/** What grows later, such as an opened thread or a narrower window, does not push the newest message away. */
function useFollowGrowth(
  scroller: { readonly current: HTMLDivElement | null },
  atEnd: { readonly current: boolean },
  toNewest: () => void,
): void {
  useEffect(() => {
    const watched = new ResizeObserver(() => {
      if (atEnd.current) toNewest();
    });
    const root = scroller.current;
    if (root !== null) watched.observe(root);
    if (root?.firstElementChild) watched.observe(root.firstElementChild);
    return () => watched.disconnect();
  }, []);
}

/** The end; or the beginning of the newest message when it is higher than the window. */
function newestTop(root: HTMLElement): number {
  const end = root.scrollHeight - root.clientHeight;
  const newest = [...root.querySelectorAll('.message')].at(-1);
  if (newest === undefined) return end;
  const top = newest.getBoundingClientRect().top - root.getBoundingClientRect().top + root.scrollTop;
  return Math.min(end, top);
}

interface ThreadProps {
  readonly message: PageMessage;
  readonly replies: readonly PageMessage[];
  /** The first message of the thread, of a reply that stands in the channel too. */
  readonly inReplyTo: PageMessage | undefined;
  readonly compact: boolean;
  readonly users: readonly PageUser[];
  readonly composer: ComposerProps;
}

function Thread({ message, replies, inReplyTo, compact, users, composer }: ThreadProps): Drawn {
  const [choice, setChoice] = useState<boolean | undefined>();
  const [answering, setAnswering] = useState(false);
  const open = choice ?? replies.length <= openThread;
  const author = (id: string): PageUser | undefined => users.find((user) => user.id === id);
  const reply = useRef(() => {
    setChoice(true);
    setAnswering(true);
  }).current;
  const { conversation } = composer;
  const count = replies.length === 1 ? '1 reply' : `${replies.length} replies`;
  return h(
    Fragment,
    null,
    h(Message, { conversation, message, author: author(message.user), inReplyTo, compact, onReply: reply }),
    replies.length === 0
      ? null
      : h(
          'button',
          { type: 'button', class: 'thread-toggle', 'aria-expanded': open, onClick: () => setChoice(!open) },
          icon('chevron', open ? 'turned' : ''),
          count,
        ),
    open && (replies.length > 0 || answering)
      ? h(
          'div',
          { class: 'thread', role: 'group', 'aria-label': 'Thread' },
          replies.map((other) =>
            h(Message, {
              key: other.ts,
              conversation,
              message: other,
              author: author(other.user),
              inReplyTo: undefined,
              compact: false,
              onReply: undefined,
            }),
          ),
          answering
            ? h(Composer, {
                ...composer,
                threadTs: message.threadTs ?? message.ts,
                placeholder: 'Reply…',
                prefill: focusAtStart,
              })
            : h('button', { type: 'button', class: 'quiet', onClick: () => setAnswering(true) }, 'Reply…'),
        )
      : null,
  );
}

/** An empty prefill: the reply field takes the focus when it appears. */
const focusAtStart = { text: '', count: 1 } as const;

function DayLine({ ts }: { readonly ts: string }): Drawn {
  return h('h2', { class: 'day' }, h('span', null, dayName(instantOf(ts), new Date())));
}

function isApp(users: readonly PageUser[], id: string): boolean {
  return users.some((user) => user.isBot && user.id === id);
}

function isReply(message: PageMessage): boolean {
  return message.threadTs !== null && message.threadTs !== message.ts;
}

function sameDay(one: PageMessage, other: PageMessage): boolean {
  return startOfDay(instantOf(one.ts)) === startOfDay(instantOf(other.ts));
}

function together(one: PageMessage, other: PageMessage): boolean {
  const apart = instantOf(other.ts).getTime() - instantOf(one.ts).getTime();
  const alone = one.ephemeral || other.ephemeral || one.broadcast || other.broadcast;
  return one.user === other.user && !alone && apart < togetherMs;
}
