/** Pretty-printed JSON in colours; a text that is not JSON stays as it is. */

import { CopyBlock } from './copy.ts';
import { type Drawn, h } from './h.ts';

const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b/g;

export function JsonView({ text }: { readonly text: string }): Drawn {
  const parts: (Drawn | string)[] = [];
  let at = 0;
  for (const match of text.matchAll(tokens)) {
    parts.push(text.slice(at, match.index));
    const [whole, quoted, colon] = match;
    const kind = colon !== undefined ? 'key' : quoted !== undefined ? 'string' : 'word';
    parts.push(h('span', { class: `json-${kind}` }, quoted ?? whole), colon ?? '');
    at = match.index + whole.length;
  }
  parts.push(text.slice(at));
  return h(CopyBlock, { text }, parts);
}
