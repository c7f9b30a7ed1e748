/** Whom and what an id means, for the texts that mention them. */
import { createContext } from 'preact';

export interface Names {
  /** User id → shown name. */
  readonly users: Readonly<Record<string, string>>;
  /** Conversation id → name without `#`. */
  readonly conversations: Readonly<Record<string, string>>;
  readonly me: string;
}

export const NamesContext = createContext<Names>({ users: {}, conversations: {}, me: '' });
