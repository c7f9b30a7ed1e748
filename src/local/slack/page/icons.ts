/** The page's icons, drawn with strokes in the colour of the text around them; always beside words or a label. */
import { type Drawn, h } from './h.ts';

/** Paths on a grid of 24, stroked, never filled. */
const paths = {
  alert: [
    'M12 9v4',
    'M12 17h.01',
    'M10.3 3.9L2.4 17.5A2 2 0 0 0 4.1 20.5h15.8a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0z',
  ],
  app: ['M4 4h6v6H4z', 'M14 4h6v6h-6z', 'M4 14h6v6H4z', 'M14 14h6v6h-6z'],
  arrowDown: ['M12 5v14', 'M6 13l6 6 6-6'],
  arrowIn: ['M19 12H5', 'M11 6l-6 6 6 6'],
  arrowOut: ['M5 12h14', 'M13 6l6 6-6 6'],
  back: ['M15 5l-7 7 7 7'],
  bolt: ['M13 3L5 13.5h6L10 21l8-10.5h-6z'],
  check: ['M5 12.5l4.5 4.5L19 7'],
  chevron: ['M9 6l6 6-6 6'],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  copy: ['M9 9h10v11H9z', 'M5 15H4V4h11v1'],
  download: ['M12 4v11', 'M7 11l5 5 5-5', 'M5 20h14'],
  enter: ['M20 6v5a3 3 0 0 1-3 3H5', 'M9 10l-4 4 4 4'],
  error: ['M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z', 'M12 8v5', 'M12 16h.01'],
  eye: [
    'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z',
    'M12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z',
  ],
  file: ['M6 3h8l5 5v13H6z', 'M14 3v5h5', 'M9 13h6', 'M9 17h6'],
  globe: ['M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z', 'M3 12h18', 'M12 3c3 3 3 15 0 18', 'M12 3c-3 3-3 15 0 18'],
  hash: ['M9.5 4L7.5 20', 'M16.5 4l-2 16', 'M4.5 9h16', 'M3.5 15h16'],
  image: ['M4 5h16v14H4z', 'M4 16l5-5 4 4 3-3 4 4', 'M15 9h.01'],
  info: ['M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z', 'M12 11v5', 'M12 8h.01'],
  lab: ['M9 3h6', 'M10 3v6l-5.5 9.5A1.7 1.7 0 0 0 6 21h12a1.7 1.7 0 0 0 1.5-2.5L14 9V3', 'M7.5 15h9'],
  lock: ['M6 11h12v9H6z', 'M8.5 11V7.5a3.5 3.5 0 0 1 7 0V11'],
  mail: ['M3 6h18v12H3z', 'M3 7l9 7 9-7'],
  menu: ['M4 7h16', 'M4 12h16', 'M4 17h16'],
  more: ['M5 12h.01', 'M12 12h.01', 'M19 12h.01'],
  moon: ['M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z'],
  pulse: ['M3 12h4l3-8 4 16 3-8h4'],
  reply: ['M4 5h16v11h-8l-5 4v-4H4z'],
  send: ['M4 12l16-8-6 16-3-6z', 'M11 14l9-10'],
  shield: ['M12 3l7.5 2.7v6c0 4.5-3 7.5-7.5 9.3-4.5-1.8-7.5-4.8-7.5-9.3v-6z', 'M9 12l2.2 2.2L15.2 10'],
  success: ['M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18z', 'M8 12.5l2.7 2.7L16 9.5'],
  sun: [
    'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8z',
    'M12 2.5v2',
    'M12 19.5v2',
    'M2.5 12h2',
    'M19.5 12h2',
    'M5.3 5.3l1.4 1.4',
    'M17.3 17.3l1.4 1.4',
    'M5.3 18.7l1.4-1.4',
    'M17.3 6.7l1.4-1.4',
  ],
  thread: ['M4 5h16v9h-7l-4 4v-4H4z'],
  undo: ['M4 9h10a5 5 0 0 1 0 10h-4', 'M8 5L4 9l4 4'],
} as const satisfies Record<string, readonly string[]>;

export type IconName = keyof typeof paths;

export function icon(name: IconName, extraClass = ''): Drawn {
  return h(
    'svg',
    { class: `icon ${extraClass}`, viewBox: '0 0 24 24', 'aria-hidden': true },
    paths[name].map((d) => h('path', { d })),
  );
}

/** Turns while something is awaited; words beside it say what. */
export function spinner(): Drawn {
  return h('span', { class: 'spinner', 'aria-hidden': true });
}

/** A button that shows only an icon; its label is read aloud and shown on hover. */
export function IconButton(props: {
  readonly name: IconName;
  readonly label: string;
  readonly onClick: () => void;
}): Drawn {
  const { name, label, onClick } = props;
  return h(
    'button',
    { type: 'button', class: 'icon-button', title: label, 'aria-label': label, onClick },
    icon(name),
  );
}
