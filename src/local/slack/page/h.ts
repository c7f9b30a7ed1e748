/** preact's `h` with the types of each tag, as JSX would check them. */
import {
  type Attributes,
  type ComponentChild,
  type ComponentChildren,
  type ComponentType,
  h as create,
  type JSX,
  type VNode,
} from 'preact';

export type Drawn = VNode;

type Tags = JSX.IntrinsicElements;
type Data = { readonly [name: `data-${string}`]: string | undefined };

/** Draws an element, or a component with its props and children. */
export function h<Tag extends keyof Tags>(
  tag: Tag,
  props: (Tags[Tag] & Data) | null,
  ...children: ComponentChildren[]
): Drawn;
export function h<P extends object>(
  component: ComponentType<P> | ((props: P) => ComponentChild),
  props: (Omit<P, 'children'> & Attributes) | null,
  ...children: ComponentChildren[]
): Drawn;
export function h(
  type: string | ComponentType,
  props: Attributes | null,
  ...children: ComponentChildren[]
): Drawn {
  return create(type, props, ...children) as Drawn;
}
