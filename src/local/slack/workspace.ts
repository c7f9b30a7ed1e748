/**
 * A Slack that runs here: an unmodified Bolt app works against it, told only by environment variables. The page
 * in the browser and the tests' Person act in it.
 */
import { randomBytes } from 'node:crypto';
import { keepPort } from '../free-port.ts';
import { answerConsent } from './consent-page.ts';
import { createDelivery } from './delivery.ts';
import { sendFarewell } from './events.ts';
import { createFaults, type FaultId } from './faults.ts';
import { createHttpTransport } from './http-transport.ts';
import { createLab, type LabInternet, type LabMachine } from './lab.ts';
import { type Manifest, scopesOf } from './manifest.ts';
import { createOAuth, type InstallPlace } from './oauth.ts';
import type { ActionAnswer, PageState, PersonAction, WireEntry } from './page/protocol.ts';
import { createPageFiles } from './page-files.ts';
import { pageState } from './page-state.ts';
import { act } from './people.ts';
import { createPerson, type Person } from './person.ts';
import { createResponseUrls } from './response-urls.ts';
import { homeSeed, organisation, otherSeed, type Seed, type teams } from './seed.ts';
import { serve } from './server.ts';
import { type Limits, type Secrets, type Slack, slackLimits } from './slack.ts';
import { createSocketTransport } from './socket-transport.ts';
import { createTriggers } from './triggers.ts';
import { createUploads } from './uploads.ts';
import { createWebApi } from './web-api.ts';
import { createWire } from './wire.ts';
import { createWorld, type World } from './world.ts';

type TransportName = PageState['transport'];

/** How often an HTTP bot is looked for, to say whether it is there. */
const lookMs = 1000;

export interface WorkspaceOptions {
  readonly manifest: Manifest;
  /** As the domains are now. */
  readonly scenarios?: () => PageState['scenarios'];
  /** Without it no domain can be broken from the page. */
  readonly internet?: LabInternet;
  /** Without it the page cannot touch the bot's process and store. */
  readonly machine?: LabMachine;
  /** Default `socket`. */
  readonly transport?: TransportName;
  /** Default 0: any free port. Throws EADDRINUSE when it is taken. */
  readonly port?: number;
  readonly limits?: Partial<Limits>;
  readonly now?: () => number;
  /** Called when a person switched the transport: restarts the bot with the other variables, until the old one is gone. */
  readonly onTransport?: (transport: TransportName) => Promise<void>;
}

export interface Workspace {
  /** `http://127.0.0.1:PORT`: the page. */
  readonly url: string;
  /** The environment variables that connect a bot; by default over the transport of the moment. */
  env(transport?: TransportName): Record<string, string>;
  /** Waits until the bot can be reached; throws when it cannot within the time. */
  ready(timeoutMs?: number): Promise<void>;
  /** The person with this @name, to act in tests: in the first workspace, or in the other one. */
  as(userName: string, where?: keyof typeof teams): Person;
  act(action: PersonAction): Promise<ActionAnswer>;
  /** Removes the app from the workspace; settles when the bot took the news, or Slack gave up telling it. */
  uninstall(where?: keyof typeof teams): Promise<void>;
  fault(id: FaultId, on: boolean): void;
  /** What went between Slack and the bot, newest first. */
  wire(): readonly WireEntry[];
  /** Tells Socket Mode clients to connect again. */
  refreshSockets(reason: 'warning' | 'refresh_requested' | 'link_disabled'): void;
  stop(): Promise<void>;
}

export async function createWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  const { manifest, scenarios = () => [], internet, machine, onTransport, now = Date.now } = options;
  const limits: Limits = { ...slackLimits, ...options.limits };
  const stopping = new AbortController();
  const secrets = newSecrets();
  const { port: botPort, release: releaseBotPort } = await keepPort();
  const botOrigin = `http://127.0.0.1:${botPort}`;
  let transport = options.transport ?? 'socket';
  let httpReachable = false;
  let url = '';

  const botName = manifest.features.bot_user.display_name;
  const world = createWorld(homeSeed, botName, now);
  const otherWorld = createWorld(otherSeed, botName, now);
  otherWorld.subscribe(world.changed);
  const wire = createWire(world.changed);
  const http = createHttpTransport({
    requestUrl: `${botOrigin}/slack/events`,
    signingSecret: secrets.signingSecret,
    now,
  });
  const socket = createSocketTransport({
    appId: world.bot.appId,
    now,
    changed: () => {
      // The connection is back: the fault that cut it is over.
      if (socket.connections() > 0 && faults.on('dropped-socket')) faults.set('dropped-socket', false);
      world.changed();
    },
  });
  const faults = createFaults((id, on) => {
    if (id === 'dropped-socket' && on) socket.drop();
    world.changed();
  });
  const lab = createLab({ internet, machine, changed: world.changed });
  const oauth = createOAuth({
    manifest,
    places: [placeOf(homeSeed), placeOf(otherSeed), bothOf(homeSeed, otherSeed)],
    clientId: secrets.clientId,
    clientSecret: secrets.clientSecret,
    redirectUrl: `${botOrigin}/slack/oauth_redirect`,
    isDistributed: () => transport === 'oauth',
    now,
    changed: world.changed,
  });
  const uploads = createUploads();
  const deliver = createDelivery({
    transports: { http, socket, oauth: http },
    current: () => transport,
    limits,
    faults,
    wire,
    now,
    stopped: stopping.signal,
  });
  const slackIn = (place: World): Slack => {
    const grant = () => oauth.inTeam(place.team.id);
    return {
      world: place,
      manifest,
      faults,
      wire,
      triggers: createTriggers({
        now,
        lifeMs: limits.triggerMs,
        expireAtOnce: () => faults.on('expired-trigger'),
      }),
      responseUrls: createResponseUrls(place, limits, now),
      uploads,
      limits,
      secrets,
      now,
      url: () => url,
      socketUrl: () =>
        `${url.replace('http:', 'ws:')}/link/?ticket=${socket.issueTicket()}&app_id=${place.bot.appId}`,
      oauth,
      isInstalled: () => transport !== 'oauth' || grant() !== undefined,
      enterprise: () => (transport === 'oauth' && grant()?.isOrganisations ? organisation : undefined),
      scopes: () => {
        const given = transport === 'oauth' ? (grant()?.scopes ?? []) : scopesOf(manifest);
        return given.filter((scope) => !faults.withheldScopes().has(scope));
      },
      deliver,
    };
  };
  const slack = slackIn(world);
  const slacks: readonly [Slack, Slack] = [slack, slackIn(otherWorld)];
  /** The workspace that the page means; there is but one unless many install the app. */
  const slackOf = (team: string): Slack =>
    (transport === 'oauth' ? slacks.find((each) => each.world.team.id === team) : undefined) ?? slack;

  // In Socket Mode too the bot listens for HTTP: it could be taken for the one that replaces it.
  let switching: Promise<void> | undefined;
  const connected = (): boolean =>
    switching === undefined && (transport === 'socket' ? socket.connections() > 0 : httpReachable);
  const switchBot = async (to: TransportName): Promise<void> => {
    const mine = onTransport?.(to);
    switching = mine;
    world.changed();
    await mine;
    // Switched again meanwhile: that one is still under way.
    if (switching === mine) switching = undefined;
    world.changed();
  };
  const look = async (): Promise<void> => {
    const isThere = transport !== 'socket' && switching === undefined && (await http.reachable());
    // What answered before a switch, or during one, was the old one.
    const now = isThere && switching === undefined;
    if (httpReachable === now) return;
    httpReachable = now;
    world.changed();
  };
  const looking = setInterval(() => void look(), lookMs).unref();

  const workspaces = (): PageState['workspaces'] =>
    transport !== 'oauth'
      ? []
      : slacks.map((each) => {
          const { id, name } = each.world.team;
          const by = each.enterprise() === undefined ? 'here' : 'organisation';
          return { teamId: id, name, installed: each.isInstalled() ? by : 'no' };
        });

  const stateOf = (here: Slack, userId: string, withWire = true): PageState | undefined =>
    here.world.users.get(userId)?.isBot === false
      ? pageState(here.world, userId, {
          workspaces: workspaces(),
          installUrl: transport === 'oauth' ? `${botOrigin}/slack/install` : null,
          isInstalled: here.isInstalled(),
          manifest,
          scenarios: scenarios(),
          ...lab.state(),
          wire: withWire ? wire.entries() : [],
          faults: faults.list(),
          transport,
          connected: connected(),
        })
      : undefined;

  const uninstall = (from: Slack): Promise<void> =>
    sendFarewell(from, () => oauth.remove(from.world.team.id));

  const actIn = async (here: Slack, action: PersonAction): Promise<ActionAnswer> => {
    switch (action.kind) {
      case 'fault':
        if (!faults.list().some(({ id }) => id === action.id))
          return { ok: false, note: 'There is no such fault.' };
        faults.set(action.id, action.on);
        return { ok: true };
      case 'switch':
      case 'kill-bot':
      case 'pause-store':
        return lab.act(action);
      case 'transport':
        if (action.transport === transport) return { ok: true };
        transport = action.transport;
        httpReachable = false;
        await switchBot(transport);
        return { ok: true };
      case 'uninstall':
        if (transport !== 'oauth' || !here.isInstalled())
          return { ok: false, note: 'The app is not installed in this workspace.' };
        void uninstall(here);
        return { ok: true, note: 'The app was uninstalled.' };
      case 'reset':
        otherWorld.reset();
        await lab.mend();
        faults.clear();
        wire.clear();
        world.reset();
        return { ok: true };
      default:
        return act(here, action);
    }
  };

  const server = await serve(
    options.port ?? 0,
    {
      api: createWebApi(slacks),
      upload: uploads.receive,
      respond(token, body) {
        const startedAt = now();
        const { responseUrls } = slacks.find((each) => each.responseUrls.knows(token)) ?? slack;
        const answer = responseUrls.post(token, body);
        wire.add({
          direction: 'from-bot',
          name: 'response_url',
          startedAt,
          endedAt: now(),
          outcome: String(answer.status),
          failed: answer.status !== 200,
          request: body,
          response: answer.body,
        });
        return answer;
      },
      connect: socket.accept,
      act: (action, team) => actIn(slackOf(team), action),
      state: (userId, team, withWire) => {
        const here = slackOf(team);
        // A page that is opened for the first time does not know anybody yet.
        const first = [...here.world.users.values()].find(({ isBot }) => !isBot);
        // Whoever was in a workspace that is no more is back in the first.
        const isLost = team !== '' && here.world.team.id !== team && !here.world.users.has(userId);
        const state = stateOf(here, userId === '' || isLost ? (first?.id ?? '') : userId, withWire);
        return state === undefined ? undefined : JSON.stringify(state);
      },
      subscribe: world.subscribe,
      file: (id) => (world.files.get(id) ?? otherWorld.files.get(id))?.body,
      consent: (request) => answerConsent(oauth, manifest, request),
      botOrigin,
    },
    createPageFiles(),
  );
  url = server.url;

  const until = (look: () => boolean, timeoutMs: number): Promise<boolean> =>
    new Promise((resolve) => {
      const end = (seen: boolean) => {
        unsubscribe();
        clearTimeout(timer);
        resolve(seen);
      };
      const unsubscribe = world.subscribe(() => {
        if (look()) end(true);
      });
      const timer = setTimeout(() => end(look()), timeoutMs);
      if (look()) end(true);
    });

  return {
    url,
    env: (over = transport) => ({
      SLACK_API_URL: `${url}/api/`,
      ...credentials(secrets, over),
      HOST: '127.0.0.1',
      PORT: String(botPort),
    }),
    async ready(timeoutMs = 10_000) {
      const deadline = Date.now() + timeoutMs;
      while (transport !== 'socket' && !connected() && Date.now() < deadline) {
        await look();
        if (!connected()) await new Promise((resolve) => setTimeout(resolve, 25));
      }
      if (!(await until(connected, Math.max(0, deadline - Date.now()))))
        throw new Error(`The bot did not connect over ${transport} within ${timeoutMs} ms.`);
    },
    as(userName, where = 'home') {
      const here = where === 'home' ? slack : slacks[1];
      const user = [...here.world.users.values()].find(({ name, isBot }) => name === userName && !isBot);
      if (user === undefined) throw new Error(`There is nobody called ${userName} in the workspace.`);
      const state = () => {
        const current = stateOf(here, user.id);
        if (current === undefined) throw new Error(`${userName} is no longer there.`);
        return current;
      };
      return createPerson({
        userId: user.id,
        state,
        act: (action) => actIn(here, action),
        subscribe: world.subscribe,
      });
    },
    act: (action) => actIn(slack, action),
    uninstall: (where = 'home') => uninstall(where === 'home' ? slack : slacks[1]),
    fault: faults.set,
    wire: wire.entries,
    refreshSockets: socket.refresh,
    async stop() {
      stopping.abort();
      clearInterval(looking);
      socket.stop();
      await server.stop();
      releaseBotPort();
    },
  };
}

/** A workspace as a place to install the app in. */
function placeOf({ team, bot, users }: Seed): InstallPlace {
  const [installer] = users('').filter(({ teamId }) => teamId === team.id);
  return {
    id: team.id,
    name: team.name,
    isOrganisation: false,
    teams: [team.id],
    bot,
    installer: installer?.id ?? '',
  };
}

function bothOf(...seeds: readonly [Seed, Seed]): InstallPlace {
  return {
    ...placeOf(seeds[0]),
    ...organisation,
    isOrganisation: true,
    teams: seeds.map(({ team }) => team.id),
  };
}

function credentials(secrets: Secrets, over: TransportName): Record<string, string> {
  const { botToken, appToken, signingSecret, clientId, clientSecret, stateSecret, secretsKey } = secrets;
  if (over === 'socket') return { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken };
  if (over === 'http') return { SLACK_BOT_TOKEN: botToken, SLACK_SIGNING_SECRET: signingSecret };
  return {
    SLACK_CLIENT_ID: clientId,
    SLACK_CLIENT_SECRET: clientSecret,
    SLACK_STATE_SECRET: stateSecret,
    SLACK_SIGNING_SECRET: signingSecret,
    SECRETS_KEY: secretsKey,
  };
}

function newSecrets(): Secrets {
  const random = () => randomBytes(16).toString('hex');
  return {
    botToken: `xoxb-local-${random()}`,
    appToken: `xapp-local-${random()}`,
    signingSecret: random(),
    verificationToken: random(),
    clientId: '461461461.8461846184618',
    clientSecret: random(),
    stateSecret: random(),
    // The same in every run: what a bot has kept from an earlier one stays readable.
    secretsKey: Buffer.from('a key of this machine, no secret').toString('base64'),
  };
}
