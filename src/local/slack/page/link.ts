/** The page's line to the local Slack: states come in as events, what the person does goes out. */
import type { ActionAnswer, PageState, PersonAction } from './protocol.ts';
import { reuse } from './reuse.ts';

export interface Line {
  close(): void;
}

/**
 * Listens to the state of one person in one workspace; empty: whoever is named first. The wire only where it is shown:
 * it outweighs all else, and changes with everything. Reconnects by itself.
 */
export function listen(
  { user, team, withWire }: { readonly user: string; readonly team: string; readonly withWire: boolean },
  told: (state: PageState) => void,
  connected: (now: boolean) => void,
): Line {
  let last: PageState | undefined;
  const source = new EventSource(
    `/local/state?${new URLSearchParams({ user, team, wire: withWire ? 'yes' : 'no' })}`,
  );
  source.onopen = () => connected(true);
  source.onerror = () => {
    connected(false);
    // The browser gives up for good on an answer that is not a stream, such as an unknown user's.
    if (source.readyState === EventSource.CLOSED && user !== '') location.search = '';
  };
  source.onmessage = (event: MessageEvent<string>) => {
    last = reuse(last, JSON.parse(event.data) as PageState);
    told(last);
  };
  return { close: () => source.close() };
}

/** Tells the local Slack what the person did, in which workspace; never throws. */
export async function send(action: PersonAction, team: string): Promise<ActionAnswer> {
  try {
    const response = await fetch(`/local/act?${new URLSearchParams({ team })}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(action),
    });
    if (!response.ok) return { ok: false, note: `The local Slack refused that: ${await response.text()}` };
    return (await response.json()) as ActionAnswer;
  } catch {
    return { ok: false, note: 'The local Slack does not answer. Is npm run local still running?' };
  }
}
