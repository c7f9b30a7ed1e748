/** A store that is away: what works without one can be seen with it. */
import { type Store, StoreUnavailable } from './store.ts';

const away = async (): Promise<never> => {
  throw new StoreUnavailable('there is none');
};
const part = new Proxy({}, { get: () => away });

export const noStore = new Proxy({} as Store, {
  get: (_store, name) => (name === 'problem' ? async () => 'there is none' : part),
});
