/**
 * No team ever sees or changes another's data: everything that a person can send, each action, form, command and
 * event, is sent signed as somebody of one team with the ids and values of the other. What comes back is read whole.
 */
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { readManifest } from '../../src/manifest-file.ts';
import { alertValue, resumeValue } from '../../src/slack/alert-button.ts';
import { pausedContent } from '../../src/slack/blocks/paused-notice.ts';
import { policyModal } from '../../src/slack/blocks/policy-modal.ts';
import { settingsModal } from '../../src/slack/blocks/settings-modal.ts';
import { shareModal } from '../../src/slack/blocks/share-modal.ts';
import { watchChangeModal, watchModal } from '../../src/slack/blocks/watch-modal.ts';
import type { Command } from '../../src/slack/command.ts';
import { actionIds, callbackIds } from '../../src/slack/ids.ts';
import { recordsValue } from '../../src/slack/records.ts';
import { readReportButton, reportValue } from '../../src/slack/told-report.ts';
import { homeMetadata, watchValue } from '../../src/slack/watch-values.ts';
import type { WatchedDomain } from '../../src/store/shapes.ts';
import { full } from '../runs.ts';
import type { Backend } from '../store/servers.ts';
import { outcome } from '../store/watch-world.ts';
import * as any from './any-incidents.ts';
import { records } from './any-records.ts';
import {
  eventFor,
  home,
  install,
  type ManyWorld,
  openMany,
  other,
  postSigned,
  rowsOf,
  startMany,
} from './many-workspaces.ts';
import { domainName, lookedUp, mxOf, sentBack } from './slack-world.ts';

type Values<T> = T[keyof T];
type ActionId = Values<typeof actionIds>;
type CallbackId = Values<typeof callbackIds>;

const backend: Backend = { name: 'server over TCP' };

/** Of team A: somebody else may name this domain, for it is a domain of the internet … */
const named = domainName('example.test');
/** … and may not learn of this one that A has anything to do with it, nor of A's people, places and incidents. */
const hidden = domainName('only-a-watches-this.test');
const place = 'C0MAILOPS1';
const owner = 'U0BEN00001';
const found = 'Only team A may read of this finding';
const markers = [hidden, place, 'G0PRIVATE1', owner, 'U0ANA00001', found, 'Home of A'] as const;

/** What A has, as ids that B could only have by theft. */
interface OfA {
  readonly incident: string;
  readonly watched: WatchedDomain;
  /** Of a report that A asked for. */
  readonly reportToken: string;
  readonly hiddenReportToken: string;
}

const recordsOfA = records({ domain: named });
const usual = () => recordsValue(recordsOfA);
const watched = () => watchValue({ domain: named, conversation: place, page: 0 });
const watchedHidden = () => watchValue({ domain: hidden, conversation: place, page: 0 });
const report = ({ reportToken }: OfA) =>
  reportValue({ domain: named, token: reportToken, isPrivate: true, showsAll: false });
const hiddenReport = ({ hiddenReportToken }: OfA) =>
  reportValue({ domain: named, token: hiddenReportToken, isPrivate: true, showsAll: false });
const incident = ({ incident: id }: OfA) => alertValue({ incident: id });
const typed = () => named;
const nothing = () => '';

/** What the press of each carries; one that is new has to be thought of here. */
const pressed: Readonly<Record<ActionId, readonly ((a: OfA) => string | undefined)[]>> = {
  'form.domain': [typed],
  'form.look_up': [nothing],
  'form.use_tight': [nothing],
  'form.use_vendor': [nothing],
  'form.mx': [nothing],
  'form.mode': [() => 'enforce'],
  'form.max_age': [() => '604800'],
  'form.own_seconds': [() => '9'],
  'form.rua': [nothing],
  'form.conversation': [() => place],
  'form.post_here': [nothing],
  'form.accept': [nothing],
  'records.edit': [usual],
  'records.share': [usual],
  'records.file': [usual],
  'records.check': [usual],
  'report.check_again': [report],
  'report.show_all': [report, hiddenReport],
  'report.show_less': [report, hiddenReport],
  'report.share': [report, hiddenReport],
  'report.make_policy': [report],
  'share.to': [() => place],
  'home.start': [nothing],
  'home.check': [nothing],
  'check.domain': [typed],
  'alert.acknowledge': [incident],
  'alert.snooze': [({ incident: id }) => alertValue({ incident: id, days: 1 })],
  'alert.check_again': [incident, ({ incident: id }) => alertValue({ incident: id, domain: named })],
  'alert.explain': [incident],
  'watch.resume': [() => resumeValue(place)],
  'records.watch': [watched],
  'report.watch': [watched],
  'watch.try_again': [watched, watchedHidden],
  'watch.elsewhere': [watched],
  'watch.end': [watched, watchedHidden],
  'watch.change': [watched, watchedHidden],
  'watch.open_home': [nothing],
  'watch.domain': [typed],
  'watch.conversation': [() => place],
  'watch.hours': [() => '1'],
  'watch.kept': [() => place],
  'home.watch': [nothing],
  'home.settings': [nothing],
  'home.check_again': [watched, watchedHidden],
  'home.end': [watched, watchedHidden],
  'home.change': [watched, watchedHidden],
  'home.page': [() => '0', () => '1'],
  'home.page_back': [() => '0'],
  'settings.quiet_from': [nothing],
  'settings.quiet_to': [nothing],
  'settings.time_zone': [() => 'Europe/Berlin'],
  'settings.digest_to': [() => place],
  'settings.digest_weekday': [() => '1'],
  'settings.digest_time': [nothing],
};

const originOfA = { conversation: place, responseUrl: 'http://127.0.0.1:9/none', at: Date.now() };
const policyFormOfA = () => policyModal({ ...lookedUp(named, mxOf('mx1.example.test')), origin: originOfA });

/** What each form holds when it is sent. */
const submitted: Readonly<Record<CallbackId, ((a: OfA) => unknown) | undefined>> = {
  // A shortcut, which has no form of its own.
  new_policy: undefined,
  policy_form: () => sentBack(policyFormOfA(), { post_to: place }),
  share_form: () => sentBack(shareModal(recordsOfA), { share_to: place }),
  check_form: () => ({
    id: 'V1',
    callback_id: 'check_form',
    state: { values: { check_domain: { 'check.domain': { type: 'plain_text_input', value: named } } } },
  }),
  watch_form: () => sentBack(watchModal({ domain: named, page: 0 }), { watch_conversation: place }),
  watch_change_form: ({ watched: of }) => ({
    ...(sentBack(watchChangeModal(of, { page: 0 }, owner), { watch_hours: '24' }) as object),
  }),
  settings_form: () =>
    sentBack(
      settingsModal(
        {
          quietHours: undefined,
          digest: { conversation: place, weekday: 1, minute: 540, timeZone: 'Europe/Berlin' },
        },
        0,
      ),
      { digest_to: place },
    ),
};

const typedCommands: Readonly<Record<Command['kind'], readonly string[]>> = {
  new: ['', named],
  check: [`check ${named}`],
  watch: [`watch ${named}`],
  unwatch: [`unwatch ${named}`, `unwatch ${hidden}`],
  list: ['list'],
  settings: ['settings'],
  explain: ['explain', 'explain rollout'],
  help: ['help'],
};

const events: Readonly<Record<string, readonly object[]>> = {
  app_home_opened: [
    { user: 'U0LEE00001', tab: 'home', view: { private_metadata: homeMetadata({ digest: 'x', page: 0 }) } },
    { user: 'U0LEE00001', tab: 'home', team: home, channel: place },
  ],
  tokens_revoked: [{ tokens: { oauth: ['U0ANA00001'] } }],
  team_access_revoked: [{ team_ids: [home] }],
  // Removes the team of whoever sends it: the last of all.
  app_uninstalled: [{ team_id: home }],
};

interface Sent {
  readonly name: string;
  readonly payload: Parameters<typeof postSigned>[1];
}

/** Of the places of a press below: a message, direct messages, a view, App Home. */
function usualPlace(actionId: string): number {
  if (actionId.startsWith('home.')) return 3;
  return /^(form|share|check|settings)\./.test(actionId) ? 2 : 0;
}

/** Everything, as sent by a person of the team; in the sample each press where it belongs and in one other place. */
function everything(
  a: OfA,
  { team, user, dm }: { team: string; user: string; dm: string },
  responseUrl: string,
): Sent[] {
  const who = {
    team: { id: team },
    user: { id: user, team_id: team },
    api_app_id: 'A0MTASTSAPP',
    is_enterprise_install: false,
    enterprise: null,
  };
  const interaction = (name: string, payload: object): Sent => ({
    name,
    payload: { form: { payload: JSON.stringify({ ...who, trigger_id: `1.${name}`, ...payload }) } },
  });
  let count = 0;
  const presses = Object.entries(pressed).flatMap(([actionId, values]) =>
    values.flatMap((value) => {
      count += 1;
      const text = value(a);
      const action = {
        type: 'button',
        action_id: actionId,
        block_id: `b${count}`,
        ...(text === '' || text === undefined ? {} : { value: text }),
        selected_option: text === undefined ? null : { value: text },
        selected_conversation: place,
      };
      const view = sentBack(policyFormOfA(), {}) as object;
      const places = [
        interaction(`${actionId} in a message`, {
          type: 'block_actions',
          channel: { id: place },
          container: { type: 'message', message_ts: `1.${count}`, channel_id: place, is_ephemeral: true },
          response_url: responseUrl,
          actions: [action],
        }),
        interaction(`${actionId} in direct messages`, {
          type: 'block_actions',
          channel: { id: dm },
          container: { type: 'message', message_ts: `2.${count}`, channel_id: dm },
          message: { blocks: [] },
          response_url: responseUrl,
          actions: [action],
        }),
        interaction(`${actionId} in a view`, {
          type: 'block_actions',
          container: { type: 'view', view_id: `V${count}` },
          view: { ...view, id: `V${count}`, app_installed_team_id: team },
          actions: [action],
        }),
        interaction(`${actionId} in App Home`, {
          type: 'block_actions',
          container: { type: 'view', view_id: `VH${count}` },
          view: { id: `VH${count}`, type: 'home', private_metadata: homeMetadata({ digest: 'x', page: 0 }) },
          actions: [action],
        }),
      ];
      const usual = usualPlace(actionId);
      const another = (usual + 1 + (count % (places.length - 1))) % places.length;
      return full ? places : places.filter((_, at) => at === usual || at === another);
    }),
  );
  const forms = Object.entries(submitted).flatMap(([callbackId, form], at) =>
    form === undefined
      ? []
      : (['view_submission', 'view_closed'] as const).map((type) =>
          interaction(`${callbackId} ${type}`, {
            type,
            view: { ...(form(a) as object), id: `VF${at}${type}${team}`, app_installed_team_id: team },
            response_urls: [{ channel_id: place, response_url: responseUrl }],
          }),
        ),
  );
  const shortcuts = readManifest().features.shortcuts.map(({ callback_id: callbackId }) =>
    interaction(callbackId, { type: 'shortcut', callback_id: callbackId }),
  );
  const commands = Object.values(typedCommands)
    .flat()
    .flatMap((text) =>
      [place, dm].map((channel) => ({
        name: `/mta-sts ${text}`,
        payload: {
          form: {
            command: '/mta-sts',
            text,
            team_id: team,
            user_id: user,
            channel_id: channel,
            trigger_id: `1.${text}`,
            response_url: responseUrl,
          },
        },
      })),
    );
  const told = Object.entries(events).flatMap(([type, each]) =>
    each.map((event) => ({ name: type, payload: eventFor(team, { type, ...event }) })),
  );
  return [...presses, ...forms, ...shortcuts, ...commands, ...told];
}

/** Between the bot and Slack, and where addresses for answers lead: keeps all that the bot says, whole. */
async function createEar(): Promise<{ url: string; said: string[]; to: (url: string) => void }> {
  const said: string[] = [];
  let target: URL | undefined;
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const text = body.toString();
      // Form fields hide what they hold behind percent signs.
      said.push(text.startsWith('{') ? text : [...new URLSearchParams(text).values()].join('\n'));
      if (incoming.url === '/answer' || target === undefined) {
        response.end('ok');
        return;
      }
      const { host } = target;
      const headers = { ...incoming.headers, host };
      const onward = request(
        new URL(incoming.url ?? '/', target),
        { method: incoming.method, headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        },
      );
      onward.on('error', () => response.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    said,
    to: (next) => {
      target = new URL(next);
    },
  };
}

/** A team with something of everything. */
async function fill(world: ManyWorld): Promise<Omit<OfA, 'reportToken' | 'hiddenReportToken'>> {
  const { store } = world.opened;
  const at = new Date();
  const finding = { ...any.notCovered, title: found, detail: found };
  const state = any.json(any.state({ open: [finding] }));
  for (const domain of [named, hidden]) {
    for (const conversation of [place, 'G0PRIVATE1']) {
      await store.watches.add({ team: home, domain, conversation, owner, everyHours: 6 }, at);
    }
    const domainId = (await store.watches.find(home, domain))?.domainId ?? '';
    const saved = outcome();
    await store.looks.save(domainId, {
      ...saved,
      observation: { ...saved.observation, domain, startedAt: at.toISOString() },
      summary: {
        ...saved.summary,
        sentence: found,
        findings: [{ id: 'mx.not-covered', severity: 'error', subject: 'mx', title: found }],
      },
      incident: {
        state,
        entries: [any.json({ kind: 'added', findings: [finding] })],
        closed: false,
        tellAt: at,
      },
    });
    await store.publications.add(home, {
      domain,
      at,
      askedBy: owner,
      id: '20261123T161500Z3f9c',
      record: 'v=STSv1; id=20261123T161500Z3f9c;',
      policy: 'version: STSv1\r\nmode: testing\r\nmx: mx1.home-of-a.test\r\nmax_age: 86400\r\n',
      tlsRpt: undefined,
    });
  }
  await store.watches.pause(home, 'G0PRIVATE1', 'archived', (each) => pausedContent(each, 'archived'), at);
  await store.teams.changeSettings(home, {
    quietHours: { fromMinute: 1, toMinute: 2, timeZone: 'Europe/Vienna' },
    digest: { conversation: place, weekday: 2, minute: 600, timeZone: 'Europe/Vienna' },
  });
  await store.jobs.digestAt(home, new Date(Date.now() + 86_400_000));
  const watchedByA = await store.watches.find(home, named);
  if (watchedByA?.openIncident === undefined) throw new Error('no incident is open');
  return { incident: watchedByA.openIncident, watched: watchedByA };
}

/** The token in the buttons of the report that this person has asked for. */
async function reportTokenOf(world: ManyWorld, domain: string): Promise<string> {
  const ana = world.workspace.as('ana');
  await ana.command('@mta-sts', `/mta-sts check ${domain}`);
  return ana.until(
    `A report on ${domain}`,
    () => {
      const shown = JSON.stringify(ana.messages('@mta-sts'));
      const values = [...shown.matchAll(/"value":("(?:[^"\\]|\\.)*")/g)].map(([, text = '""']) =>
        JSON.parse(text),
      );
      return values.map(readReportButton).findLast((button) => button?.domain === domain)?.token;
    },
    35_000,
  );
}

test('nothing that a person of one team sends shows or changes anything of another', {
  timeout: 300_000,
}, async () => {
  const ear = await createEar();
  const kept = await openMany(backend);
  onTestFinished(() => kept.close());
  const world = await startMany(kept, {
    envOf: ({ SLACK_API_URL = '' }) => {
      ear.to(SLACK_API_URL);
      return { SLACK_API_URL: `${ear.url}/api/` };
    },
  });
  await install(world);
  await install(world, other);
  const filled = await fill(world);
  const a: OfA = {
    ...filled,
    reportToken: await reportTokenOf(world, named),
    hiddenReportToken: await reportTokenOf(world, hidden),
  };

  /** What B has made itself it may see again: none of it is there when the next is sent. */
  const forgetB = () =>
    sql`
      with no_watches as (delete from watched_domains where team_id = ${other}),
        no_publications as (delete from publications where team_id = ${other})
      update teams set settings = '{}' where id = ${other} and settings <> '{}'`.execute(
      world.opened.connection.db,
    );

  /** All that the bot said because of it, the answer to the request included. */
  const said = async ({ payload }: Sent): Promise<string> => {
    ear.said.length = 0;
    const visits = () => world.lines.filter(({ msg }) => msg === 'interaction').length;
    const before = visits();
    const answer = await postSigned(world, payload);
    await expect.poll(visits, { timeout: 60_000, interval: 5 }).toBeGreaterThan(before);
    const text = [answer.text, ...ear.said].join('\n');
    await forgetB();
    return text;
  };
  const leaks = (text: string, { payload }: Sent): string[] => {
    const sent = JSON.stringify(payload);
    // What was sent may be said back.
    return markers.filter((marker) => text.includes(marker) && !sent.includes(marker));
  };
  const answerUrl = `${ear.url}/answer`;

  const rowsOfA = async () =>
    Object.entries(await rowsOf(world.opened)).flatMap(([table, rows]) =>
      rows.filter((row) => !row.includes(other)).map((row) => `${table} ${row}`),
    );
  const roomsOfA = () =>
    JSON.stringify(['ana', 'ben'].map((name) => world.workspace.as(name).state().conversations));
  const ofB = everything(a, { team: other, user: 'U0LEE00001', dm: 'D0LEEBOT01' }, answerUrl);
  const [before, rooms] = [await rowsOfA(), roomsOfA()];
  expect(before.length).toBeGreaterThan(10);

  const wrong: string[] = [];
  for (const sent of ofB) {
    const text = await said(sent);
    for (const marker of leaks(text, sent)) wrong.push(`${sent.name} tells ${marker}`);
    if (sent.name === 'team_access_revoked' || sent.name.includes('home.end'))
      expect(await rowsOfA(), sent.name).toEqual(expect.arrayContaining(before));
  }
  expect(wrong).toEqual([]);
  // B's own domain rows name no team and may have come and gone; everything of A's is as it was.
  expect(await rowsOfA()).toEqual(expect.arrayContaining(before));
  expect(roomsOfA()).toBe(rooms);
  const failed = world.lines.filter(({ outcome: end }) => end === 'failed').map(({ name }) => name);
  expect([...new Set(failed)]).toEqual([]);

  // The same, sent by those whose it is, shows plenty: what is searched for can be found.
  const plenty = [
    'alert.explain',
    'watch.change',
    'home.check_again',
    'app_home_opened',
    '/mta-sts settings',
  ];
  const telling = new Set<string>();
  for (const sent of everything(a, { team: home, user: 'U0ANA00001', dm: 'D0ANABOT01' }, answerUrl)) {
    if (sent.name === 'app_uninstalled' || sent.name === 'team_access_revoked') continue;
    const name = sent.name.replace(/ in .*/, '');
    // After the end of the watches no answer waits for a look.
    if (!full && !plenty.includes(name) && name !== 'watch.end') continue;
    if (leaks(await said(sent), sent).length > 0) telling.add(name);
  }
  expect([...telling]).toEqual(expect.arrayContaining(plenty));
});

test('every action, form, command and event there is stands here', () => {
  expect(Object.keys(pressed).sort()).toEqual(Object.values(actionIds).sort());
  expect(Object.keys(submitted).sort()).toEqual(Object.values(callbackIds).sort());
  expect(Object.keys(events).sort()).toEqual(
    [...readManifest().settings.event_subscriptions.bot_events].sort(),
  );
});
