import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { keepPort } from '../../src/local/free-port.ts';

test('a kept port is free for TCP, and nobody else who looks is given it until it is released', async () => {
  const { port, release } = await keepPort();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  server.close();
  const sign = () => once(createSocket('udp4').unref().bind(port, '127.0.0.1'), 'listening');
  await expect(sign()).rejects.toThrow('EADDRINUSE');
  release();
  await expect(sign()).resolves.toBeDefined();
});

test('two hundred at once are two hundred ports', async () => {
  const kept = await Promise.all(Array.from({ length: 200 }, keepPort));
  onTestFinished(() => {
    for (const { release } of kept) release();
  });
  expect(new Set(kept.map(({ port }) => port)).size).toBe(200);
});
