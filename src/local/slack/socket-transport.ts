/** Socket Mode: tickets that work once, hello, envelopes and their acknowledgements, pings, and being cut off. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Delivery, Transport } from './delivery.ts';
import { isJson, parseJson } from './json.ts';

/** Slack pings about this often; the client gives up after 30 s without. */
const pingMs = 10_000;
/** What an app may send at once. */
const frameBytesMax = 1024 * 1024;
/** How long a client may take to say goodbye. */
const closingMs = 500;
/** A ticket that nobody used by then is void. */
const ticketMs = 30_000;

export interface SocketTransport extends Transport {
  /** A ticket for one connection. */
  issueTicket(): string;
  /** Takes over the connection when its ticket is good; false when it is not. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer, ticket: string): boolean;
  connections(): number;
  /** Cuts every connection without a word. */
  drop(): void;
  /** Tells every client to connect again, as Slack does from time to time. */
  refresh(reason: 'warning' | 'refresh_requested' | 'link_disabled'): void;
  stop(): void;
}

export function createSocketTransport(options: {
  appId: string;
  now: () => number;
  /** Called when a connection came or went. */
  changed: () => void;
}): SocketTransport {
  const server = new WebSocketServer({ noServer: true, maxPayload: frameBytesMax });
  const tickets = new Map<string, number>();
  const waiting = new Map<string, (answer: unknown) => void>();
  const clients: WebSocket[] = [];

  const welcome = (client: WebSocket): void => {
    clients.push(client);
    const beat = setInterval(() => client.ping(), pingMs).unref();
    client.on('message', (data, isBinary) => {
      if (!isBinary) acknowledge(data.toString());
    });
    // A broken client also closes; that is where it is forgotten.
    client.on('error', () => client.terminate());
    client.on('close', () => {
      clearInterval(beat);
      clients.splice(clients.indexOf(client), 1);
      options.changed();
    });
    client.send(
      JSON.stringify({
        type: 'hello',
        num_connections: clients.length,
        debug_info: { host: 'local', build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: options.appId },
      }),
    );
    options.changed();
  };

  const acknowledge = (text: string): void => {
    const frame = parseJson(text);
    if (!isJson(frame) || typeof frame.envelope_id !== 'string') return;
    waiting.get(frame.envelope_id)?.(frame.payload);
  };

  return {
    issueTicket() {
      const ticket = randomBytes(16).toString('hex');
      tickets.set(ticket, options.now());
      return ticket;
    },
    accept(request, socket, head, ticket) {
      const issuedAt = tickets.get(ticket);
      tickets.delete(ticket);
      if (issuedAt === undefined || options.now() - issuedAt > ticketMs) return false;
      server.handleUpgrade(request, socket, head, welcome);
      return true;
    },
    send(envelope, retry, signal) {
      const client = clients.find(({ readyState, OPEN }) => readyState === OPEN);
      if (client === undefined)
        return Promise.resolve({ ok: false, problem: 'unreachable', detail: 'no connection' });
      // Connections take turns.
      clients.push(...clients.splice(clients.indexOf(client), 1));
      const envelopeId = `${envelope.name}-${randomBytes(8).toString('hex')}`;
      return new Promise<Delivery>((resolve) => {
        const settle = (delivery: Delivery): void => {
          waiting.delete(envelopeId);
          resolve(delivery);
        };
        waiting.set(envelopeId, (payload) => settle({ ok: true, answer: answerOf(payload) }));
        const giveUp = () => settle({ ok: false, problem: 'no answer', detail: 'no answer in time' });
        if (signal.aborted) giveUp();
        else signal.addEventListener('abort', giveUp, { once: true });
        client.send(
          JSON.stringify({
            envelope_id: envelopeId,
            payload: envelope.payload,
            type: envelope.type,
            accepts_response_payload: envelope.type !== 'events_api',
            ...(envelope.type === 'events_api'
              ? { retry_attempt: retry?.number ?? 0, retry_reason: retry?.reason ?? '' }
              : {}),
          }),
        );
      });
    },
    connections: () => clients.length,
    drop() {
      for (const client of [...clients]) client.terminate();
    },
    refresh(reason) {
      for (const client of [...clients])
        client.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'local' } }));
    },
    stop() {
      for (const client of [...clients]) {
        client.close(1001);
        setTimeout(() => client.terminate(), closingMs).unref();
      }
      server.close();
    },
  };
}

/** An acknowledgement without content arrives as `{}`. */
function answerOf(payload: unknown): unknown {
  return isJson(payload) && Object.keys(payload).length === 0 ? undefined : payload;
}
