/** Keeps a component from being drawn again while its props are the same objects (reuse.ts sees to that). */
import { Component, type ComponentChild, type ComponentType } from 'preact';
import { h } from './h.ts';

export function still<P extends object>(draw: (props: P) => ComponentChild): ComponentType<P> {
  return class extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      const before = this.props as Readonly<Record<string, unknown>>;
      const after = next as Readonly<Record<string, unknown>>;
      const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
      return [...keys].some((key) => !Object.is(before[key], after[key]));
    }

    render(): ComponentChild {
      return h<P>(draw, this.props);
    }
  };
}
