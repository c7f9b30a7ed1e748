/** The network that the variables of a terminal describe; the loading of what asks it is left to the commands. */
import type { Network } from '../check/probes/network.ts';
import { ConfigError, readNetwork } from '../config-network.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import type { Terminal } from './terminal.ts';

/** The problem names every wrong variable and what to write. */
export function networkOf({ env }: Terminal): Result<Network, string> {
  try {
    return ok(readNetwork(env));
  } catch (error) {
    if (error instanceof ConfigError) return fail(error.message);
    throw error;
  }
}
