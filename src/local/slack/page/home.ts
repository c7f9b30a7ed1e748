/** The app's own place: its Home tab, beside the tab of its messages. */

import { Blocks } from './blocks.ts';
import { type Drawn, h } from './h.ts';
import { spinner } from './icons.ts';
import type { BlockJson, PageState } from './protocol.ts';
import { useSurface } from './surface.ts';

export function Home({
  home,
  botName,
}: {
  readonly home: PageState['home'];
  readonly botName: string;
}): Drawn {
  return h(
    'div',
    { class: 'home', tabIndex: 0, role: 'region', 'aria-label': `${botName}, Home` },
    home === null
      ? h('p', { class: 'home-empty' }, spinner(), `${botName} has not drawn its Home yet.`)
      : h(HomeBlocks, { blocks: home.blocks }),
  );
}

function HomeBlocks({ blocks }: { readonly blocks: readonly BlockJson[] }): Drawn {
  const surface = useSurface('home', { kind: 'home' }, blocks);
  return h('div', { class: 'home-inner' }, h(Blocks, { blocks, surface }));
}
