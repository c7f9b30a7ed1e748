/** Dialogues put together by chance: always told, never unfit, never for long, and nothing left behind. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runs, seed } from '../../runs.ts';
import { createHostileSmtp, type Peer } from './hostile-smtp.ts';
import { afterMs, good, goodbye, look, lookMs, short, unfit } from './smtp-hosts.ts';

describe('any dialogue', () => {
  type Act =
    | { readonly does: 'says'; readonly octets: string }
    | { readonly does: 'hears' | 'secures' | 'resets' };
  const words = fc.constantFrom(
    ...['220 hi\r\n', '220-hi\r\n', '250-mx\r\n', '250 STARTTLS\r\n', '220 go\r\n', '421 no\r\n', '\r\n'],
    ...['\x16\x03\x03\x00\x02ab', '\x15\x03\x03\x00\x02\x02\x28', '\x15\x03\x03\x00\x02\x01\x00', '25', '0 '],
  );
  const says = (octets: string): Act => ({ does: 'says', octets });
  const act: fc.Arbitrary<Act> = fc.oneof(
    { weight: 6, arbitrary: words.map(says) },
    {
      weight: 1,
      arbitrary: fc
        .uint8Array({ maxLength: 40 })
        .map((octets) => says(Buffer.from(octets).toString('latin1'))),
    },
    { weight: 4, arbitrary: fc.constant<Act>({ does: 'hears' }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom<Act>({ does: 'secures' }, { does: 'resets' }),
    },
  );
  /** The way to the handshake, as far as it goes: pure chance would hardly find it. */
  const way: readonly Act[] = [
    says('220 mx\r\n'),
    { does: 'hears' },
    says('250-mx\r\n250 STARTTLS\r\n'),
    { does: 'hears' },
    says('220 go\r\n'),
    { does: 'secures' },
  ];
  const script = fc
    .tuple(fc.nat(way.length), fc.array(act, { maxLength: 8 }))
    .map(([steps, acts]) => [...way.slice(0, steps), ...acts]);

  async function play(peer: Peer, acts: readonly Act[]): Promise<void> {
    for (const step of acts) {
      if (step.does === 'says') peer.say(step.octets);
      // What never comes is not waited for: the script goes on.
      else if (step.does === 'hears') await Promise.race([peer.heard(), afterMs(10)]);
      else if (step.does === 'resets') return void peer.socket.resetAndDestroy();
      else {
        const secure = peer.secure({ key: good.key, cert: good.chain });
        const over = await Promise.race([secure, afterMs(50)]);
        if (over !== undefined) await goodbye(peer, over);
        peer.socket.destroy();
        return;
      }
    }
    peer.socket.end();
  }

  test('ends, tells something, says nothing unfit, and leaves nothing behind', async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(script, async (acts) => {
        const server = await createHostileSmtp((peer) => play(peer, acts));
        try {
          const session = await look(server, { patience: short, signal: AbortSignal.timeout(lookMs) });
          const { result } = session;
          kinds.add(result.kind === 'failed' ? `${result.at} ${result.problem}` : result.kind);
          expect(['failed', 'secured']).toContain(result.kind);
          await server.idle();
          expect(unfit(server)).toEqual([]);
        } finally {
          await server.stop();
        }
      }),
      { seed, numRuns: runs(150, 10_000) },
    );
    // It came to many ends, or it would show little.
    expect(kinds.size).toBeGreaterThan(5);
  });
});
