/** What the one door out lets through, how often, and what it remembers. */
import { describe, expect, test } from 'vitest';
import {
  createDoor,
  mostConnections,
  mostQuestions,
  mostTargets,
  provenForMs,
} from '../../../src/check/probes/door.ts';
import { readNetwork } from '../../../src/config-network.ts';
import { runs } from '../../runs.ts';

const lab = readNetwork({
  DNS_RESOLVERS: '127.0.0.1:40053',
  PROBE_ALLOW: '192.0.2.0/24,2001:db8::/32',
  CONNECT_TO: '192.0.2.7:25=127.0.0.1:41007,*:443=127.0.0.1:1',
});
const open = readNetwork({ DNS_RESOLVERS: '127.0.0.1:40053' });
const minuteMs = 60_000;

function createClock() {
  let nowMs = 1_000_000;
  return { now: () => nowMs, pass: (ms: number) => (nowMs += ms) };
}

describe('open', () => {
  test('routes what may be reached', () => {
    const door = createDoor(lab);
    expect(door.open('192.0.2.7', 25)).toEqual({ ok: true, value: { address: '127.0.0.1', port: 41_007 } });
    expect(door.open('192.0.2.8', 443)).toEqual({ ok: true, value: { address: '127.0.0.1', port: 1 } });
    expect(door.open('8.8.8.8', 25)).toEqual({ ok: true, value: { address: '8.8.8.8', port: 25 } });
  });

  test('takes IPv6 however DNS spelt it', () => {
    const value = { address: '2001:db8::7', port: 25 };
    expect(createDoor(lab).open('2001:DB8:0:0:0:0:0:7', 25)).toEqual({ ok: true, value });
  });

  test('refuses where PROBE_ALLOW does not reach, wherever CONNECT_TO would lead', () => {
    const door = createDoor(lab);
    const refused = (block: string) => ({ ok: false, problem: { kind: 'address-refused', block } });
    expect(door.open('127.0.0.1', 443)).toEqual(refused('loopback'));
    expect(door.open('198.51.100.1', 443)).toEqual(refused('documentation'));
    expect(door.open('::ffff:127.0.0.1', 443)).toEqual(refused('IPv4-mapped'));
    expect(door.open('localhost', 443)).toEqual(refused('not an IP address'));
  });

  test('the resolvers are exempt only where the operator chose them: nothing leads to them from here', () => {
    expect(createDoor(open).open('127.0.0.1', 40_053).ok).toBe(false);
  });
});

describe('connections to one target in a minute', () => {
  const tooOften = { ok: false, problem: { kind: 'not-measured', because: 'asked-too-often' } };
  const times = (count: number, what: () => { readonly ok: boolean }) =>
    Array.from({ length: count }, what).filter(({ ok }) => ok).length;

  test(`${mostConnections}, then no more until it is over`, () => {
    const clock = createClock();
    const door = createDoor(open, clock);
    expect(times(mostConnections + 50, () => door.open('8.8.8.8', 443))).toBe(mostConnections);
    expect(door.open('8.8.8.8', 443)).toEqual(tooOften);
    clock.pass(minuteMs - 1);
    expect(door.open('8.8.8.8', 443)).toEqual(tooOften);
    clock.pass(1);
    expect(times(mostConnections + 50, () => door.open('8.8.8.8', 443))).toBe(mostConnections);
  });

  test('are counted for each address and port, in whatever spelling', () => {
    const door = createDoor(open, createClock());
    times(mostConnections, () => door.open('2606:4700::1', 443));
    expect(door.open('2606:4700:0:0:0:0:0:1', 443)).toEqual(tooOften);
    expect(door.open('2606:4700::1', 25).ok).toBe(true);
    expect(door.open('2606:4700::2', 443).ok).toBe(true);
  });

  test('are counted by the target, not by where CONNECT_TO leads', () => {
    const door = createDoor(lab, createClock());
    times(mostConnections, () => door.open('192.0.2.1', 443));
    expect(door.open('192.0.2.1', 443)).toEqual(tooOften);
    expect(door.open('192.0.2.2', 443).ok).toBe(true);
  });

  test('refused addresses are refused, however often they are asked for', () => {
    const door = createDoor(open, createClock());
    times(mostConnections * 2, () => door.open('10.0.0.1', 443));
    expect(door.open('10.0.0.1', 443)).toMatchObject({ problem: { kind: 'address-refused' } });
  });

  test(`DNS servers take ${mostQuestions}`, () => {
    const door = createDoor(open, createClock());
    expect(times(mostQuestions + 50, () => door.open('8.8.8.8', 53))).toBe(mostQuestions);
  });

  test(`are remembered of the last ${mostTargets} targets, within bounded time and memory`, () => {
    const more = runs(5_000, 4 * mostTargets);
    const clock = createClock();
    const door = createDoor(open, clock);
    const target = (index: number) =>
      `2606:4700::${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}`;
    times(mostConnections, () => door.open(target(0), 443));
    for (let index = 1; index < mostTargets; index += 1) door.open(target(index), 443);
    expect(door.open(target(mostTargets - 1), 443).ok).toBe(true);
    const startedMs = performance.now();
    for (let index = mostTargets; index < mostTargets + more; index += 1) door.open(target(index), 443);
    expect((performance.now() - startedMs) / more).toBeLessThan(0.5);
    // The first is forgotten, the last is not.
    expect(door.open(target(0), 443).ok).toBe(true);
    times(mostConnections, () => door.open(target(mostTargets + more - 1), 443));
    expect(door.open(target(mostTargets + more - 1), 443)).toEqual(tooOften);
  });
});

describe('port 25', () => {
  test('is not proved before anybody answered', () => {
    expect(createDoor(open).port25.answeredLately()).toBe(false);
  });

  test('stays proved for its time', () => {
    const clock = createClock();
    const { port25 } = createDoor(open, clock);
    port25.answered();
    clock.pass(provenForMs - 1);
    expect(port25.answeredLately()).toBe(true);
    clock.pass(1);
    expect(port25.answeredLately()).toBe(false);
    port25.answered();
    expect(port25.answeredLately()).toBe(true);
  });
});
