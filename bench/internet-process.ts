/**
 * The local internet as a process of its own, so that its work is not counted as ours: prints its variables
 * as one line of JSON. The argument is the round trip in milliseconds; 0 leaves the relays out.
 */
import { createInternet } from '../src/local/internet/internet.ts';
import { scenarios } from '../src/local/internet/scenarios.ts';
import { createDelayedNetwork } from './delayed-network.ts';
import { manyDomains } from './many-domains.ts';

const [roundTrip = '0', many = '0'] = process.argv.slice(2);
const internet = await createInternet({ scenarios: [...scenarios, ...manyDomains(Number(many))] });
// When they are first asked for they would be part of what is measured.
if (Number(many) > 1) await internet.prepare();
const roundTripMs = Number(roundTrip);
const { env } = roundTripMs === 0 ? internet : await createDelayedNetwork(internet.env, roundTripMs);
process.stdout.write(`${JSON.stringify(env)}\n`);
// It lives as long as whoever started it.
process.stdin.resume().once('end', () => process.exit());
