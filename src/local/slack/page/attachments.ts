/** Draws what stands below a message's blocks beside a bar of a colour; the blocks in it are left to blocks.ts. */
import { Blocks } from './blocks.ts';
import { type Drawn, h } from './h.ts';
import type { AttachmentJson } from './protocol.ts';
import type { Surface } from './surface.ts';

/** Slack's three names for colours. */
const named: Readonly<Record<string, string>> = { good: '#2eb67d', warning: '#ecb22e', danger: '#e01e5a' };

export function Attachments({
  attachments,
  surface,
}: {
  readonly attachments: readonly AttachmentJson[];
  readonly surface: Surface;
}): Drawn | null {
  if (attachments.length === 0) return null;
  return h(
    'div',
    { class: 'attachments' },
    attachments.map(({ color, blocks }) =>
      h(
        'div',
        { class: 'attachment', 'data-color': color, style: { borderLeftColor: colorOf(color) } },
        h(Blocks, { blocks, surface }),
      ),
    ),
  );
}

function colorOf(color = ''): string | undefined {
  return named[color] ?? (/^#?[0-9a-f]{6}$/i.test(color) ? `#${color.replace('#', '')}` : undefined);
}
