/** Looks through the network of this machine. Only what asks DNS is loaded before the first question leaves. */

import type { Network } from '../check/probes/network.ts';
import type { Look } from './check.ts';

export async function openLook(network: Network): Promise<Look> {
  throw new Error(`No probes yet for ${network.ehloName}`);
}
