/** Every message, form and Home about watches, whole, in a file each; and each within Slack's limits. */
import type { HomeView, ModalView } from '@slack/types';
import { describe, expect, test } from 'vitest';
import { checkMessage, checkView } from '../../../src/local/slack/block-kit.ts';
import { domainsAPage, homeView } from '../../../src/slack/blocks/home-view.ts';
import { problemMessage } from '../../../src/slack/blocks/notices.ts';
import type { Message } from '../../../src/slack/blocks/pieces.ts';
import {
  digestBegunNews,
  readSettings,
  settingsDoneModal,
  settingsMessage,
  settingsModal,
} from '../../../src/slack/blocks/settings-modal.ts';
import * as messages from '../../../src/slack/blocks/watch-messages.ts';
import {
  readWatchChange,
  readWatchForm,
  watchChangedMessage,
  watchChangeModal,
  watchDoneModal,
  watchModal,
  watchUnderWayModal,
} from '../../../src/slack/blocks/watch-modal.ts';
import {
  everyHoursChoices,
  noSettings,
  type TeamSettings,
  type WatchedDomain,
} from '../../../src/store/shapes.ts';
import { alice, domainName, now, sentBack } from '../slack-world.ts';
import { brokenSummary, watch, watched } from '../watched-domains.ts';

const example = domainName('example.com');
const ben = 'U0BEN00001';
const longest = domainName(`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(44)}.com`);
const paused = { at: now, because: 'not-in-channel' } as const;
const elsewhere = watch({ conversation: 'C0GENERAL1', owner: ben });
const direct = watch({ conversation: 'D0ANABOT01' });
const settings: TeamSettings = {
  quietHours: { fromMinute: 22 * 60, toMinute: 7 * 60 + 30, timeZone: 'Europe/Berlin' },
  digest: { conversation: 'C0MAILOPS1', weekday: 1, minute: 9 * 60, timeZone: 'Europe/Berlin' },
};
const several = watched({
  summary: brokenSummary,
  watches: [watch(), elsewhere, direct, watch({ paused, conversation: 'C0OLD' })],
});

/** The most that can stand in a summary and around it. */
const largest: WatchedDomain = watched({
  domain: longest,
  summary: {
    verdict: 'broken',
    sentence: 's'.repeat(2000),
    findings: Array.from({ length: 400 }, (_, at) => ({
      id: `rule.${at}`,
      severity: 'error',
      subject: 'x'.repeat(1000),
      title: 't'.repeat(1000),
    })),
  },
  watches: Array.from({ length: 40 }, (_, at) =>
    watch({ domain: longest, conversation: `C0${String(at).padStart(29, '0')}`, paused }),
  ),
});
const hostile: WatchedDomain = watched({
  summary: {
    verdict: 'broken',
    sentence: '<!channel> `code` *bold* \u202eevil\n\n<https://evil.example|mail>',
    findings: [{ id: 'a', severity: 'error', subject: '<@U0ANA00001>', title: '<!here> & more' }],
  },
});

const page = (domains: readonly WatchedDomain[], total = domains.length, at = 0) => ({
  domains,
  total,
  page: at,
  broken: domains.filter(({ summary }) => summary?.verdict === 'broken').length,
  order: 'worst-first' as const,
});
const shown = { viewer: alice, now };

const homes: Readonly<Record<string, HomeView>> = {
  'home-of-nobody': homeView({ ...shown, watched: page([]) }),
  'home-store-away': homeView({ ...shown, watched: undefined }),
  'home-one': homeView({ ...shown, watched: page([watched()]) }),
  'home-three': homeView({
    ...shown,
    watched: page([
      several,
      watched({ summary: undefined, lastLookAt: undefined, nextLookAt: now }),
      watched({ watches: [direct] }),
    ]),
    note: problemMessage({
      message: '`example.com` is looked at again; this page changes when that is done.',
    }),
  }),
  'home-second-page': homeView({ ...shown, watched: page([watched()], 11, 1) }),
  'home-all-paused': homeView({ ...shown, watched: page([watched({ watches: [watch({ paused })] })]) }),
};

const modals: Readonly<Record<string, ModalView>> = {
  'watch-form': watchModal(),
  'watch-form-for-a-domain': watchModal({ domain: example }),
  'watch-form-under-way': watchUnderWayModal(example),
  'watch-form-done': watchDoneModal(messages.watchingMessage(watch()), 'form'),
  'watch-change': watchChangeModal(several, { page: 2 }, alice),
  'watch-change-done': watchDoneModal(
    watchChangedMessage({ domain: example, everyHours: 1, ended: ['C0GENERAL1'], page: 2 }, true),
    'change',
  ),
  'settings-none': settingsModal(noSettings),
  'settings-all': settingsModal(settings, 3),
  'settings-done': settingsDoneModal(settingsMessage(settings)),
};

const list = (domains: readonly WatchedDomain[], total = domains.length) =>
  messages.watchListMessage(
    { domains, total },
    { conversation: 'C0MAILOPS1', homeUrl: 'slack://app?team=T0HOME0001&id=A0APP00001&tab=home', now },
  );

const told: Readonly<Record<string, Message>> = {
  'watch-begun-news': messages.watchBegunNews(example, alice, 6),
  'watch-ended-news': messages.watchEndedNews(example, alice),
  watching: messages.watchingMessage(watch()),
  'watching-direct': messages.watchingMessage(direct),
  'watched-already': messages.alreadyWatchedMessage(elsewhere, alice),
  'watch-hours-changed': messages.hoursChangedMessage(watch({ everyHours: 1 }), alice),
  'not-watched-private': messages.notWatchedMessage(watch(), 'channel_not_found'),
  'not-watched-direct': messages.notWatchedMessage(
    watch({ conversation: 'D0ANABEN01' }),
    'channel_not_found',
  ),
  'not-watched-restricted': messages.notWatchedMessage(watch(), 'restricted_action'),
  unwatched: messages.unwatchedMessage(example, 'C0MAILOPS1', [elsewhere], alice),
  'nothing-to-unwatch': messages.nothingToUnwatchMessage(
    example,
    [elsewhere, direct],
    domainName('example.org'),
    alice,
  ),
  'watch-list-empty': list([]),
  'watch-list': list([watched(), watched({ summary: brokenSummary, watches: [watch({ paused })] })]),
  'watch-list-of-many': list(
    Array.from({ length: 20 }, () => watched()),
    200,
  ),
  'store-away': messages.storeAwayMessage(messages.storeAwayLeads.watch),
  'not-kept': messages.notKeptMessage({ domain: example }),
  'digest-begun-news': digestBegunNews(
    { conversation: 'C0MAILOPS1', weekday: 5, minute: 545, timeZone: 'UTC' },
    alice,
  ),
};

test.each(Object.entries(homes))('%s', async (name, view) => {
  expect(checkView(view)).toEqual([]);
  await expect(drawn(view)).toMatchFileSnapshot(`snapshots/${name}.snap`);
});

test.each(Object.entries(modals))('%s', async (name, view) => {
  expect(checkView(view)).toEqual([]);
  await expect(drawn(view)).toMatchFileSnapshot(`snapshots/${name}.snap`);
});

test.each(Object.entries(told))('%s', async (name, message) => {
  expect(checkMessage(message)).toEqual([]);
  await expect(drawn(message)).toMatchFileSnapshot(`snapshots/${name}.snap`);
});

describe('at its largest', () => {
  test('Home is taken by Slack: 100 blocks, 250 KB', () => {
    const view = homeView({
      ...shown,
      watched: page(
        Array.from({ length: domainsAPage }, () => largest),
        500,
        20,
      ),
    });
    expect(checkView(view)).toEqual([]);
    expect(JSON.stringify(view).length).toBeLessThan(100_000);
  });

  test('a list and the forms are', () => {
    const all = list(Array.from({ length: 1000 }, () => largest));
    expect(checkMessage(all)).toEqual([]);
    expect(all.text).toMatch(/\d+ more are in App Home/);
    expect(checkView(watchChangeModal(largest, { page: 99_999 }, alice))).toEqual([]);
    expect(checkView(watchModal({ domain: longest, page: 99_999 }))).toEqual([]);
    expect(checkMessage(messages.watchingMessage(watch({ domain: longest })))).toEqual([]);
    expect(checkMessage(messages.notWatchedMessage(watch({ domain: longest }), 'not_in_channel'))).toEqual(
      [],
    );
  });
});

test('what others publish does nothing and hides nothing', () => {
  const views = [homeView({ ...shown, watched: page([hostile]) }), list([hostile])];
  for (const view of views) {
    const active = JSON.stringify(view, (key, value) =>
      key === 'elements' && isLiteral(value) ? [] : value,
    );
    expect(active).not.toMatch(/<!channel|<!here|<@U0ANA|<https:\/\/evil|\u202e/);
  }
  expect(list([hostile]).text).toContain('&lt;!channel&gt;');
});

/** Rich text is shown as it stands. */
function isLiteral(elements: unknown): boolean {
  return Array.isArray(elements) && elements.some(({ type }) => type === 'text');
}

test('nobody is asked "please", and nothing shouts', () => {
  for (const view of [...Object.values(modals), ...Object.values(told), ...Object.values(homes)]) {
    expect(JSON.stringify(view)).not.toMatch(/please|!["\s]|sorry/i);
  }
});

test('every button says more to a screen reader, and first what is to be seen', () => {
  const buttons = JSON.stringify([modals, told, homes]).matchAll(
    /"type":"button"[^{}]*"text":\{"type":"plain_text","text":"([^"]*)"[^}]*\},"accessibility_label":"([^"]*)"/g,
  );
  let count = 0;
  for (const [, text = '', label = ''] of buttons) {
    count += 1;
    expect(label.startsWith(`${text}: `), label).toBe(true);
  }
  expect(count).toBeGreaterThan(30);
});

describe('the form for a watch', () => {
  const read = (typed: Readonly<Record<string, string | null>>) =>
    readWatchForm(sentBack(watchModal({ page: 4 }), typed));

  test.each(everyHoursChoices)('is read back: %i', (everyHours) => {
    expect(
      read({
        watch_domain: 'https://Example.com/',
        watch_conversation: 'C0MAILOPS1',
        watch_hours: String(everyHours),
      }),
    ).toEqual({
      ok: true,
      value: { domain: 'example.com', conversation: 'C0MAILOPS1', everyHours, page: 4 },
    });
  });

  test.each([
    ['no domain', { watch_domain: '', watch_conversation: 'C0MAILOPS1' }, ['watch_domain']],
    ['what is no domain', { watch_domain: 'example', watch_conversation: 'C0MAILOPS1' }, ['watch_domain']],
    ['no conversation', { watch_domain: 'example.com', watch_conversation: null }, ['watch_conversation']],
    [
      'a forged conversation',
      { watch_domain: 'example.com', watch_conversation: '#general' },
      ['watch_conversation'],
    ],
    ['neither', { watch_domain: '', watch_conversation: null }, ['watch_domain', 'watch_conversation']],
  ])('with %s has errors at the fields', (_, typed, fields) => {
    const outcome = read(typed);
    expect(outcome.ok ? [] : Object.keys(outcome.problem.errors)).toEqual(fields);
  });

  test('with hours that nobody offers is read with the usual', () => {
    const outcome = read({ watch_domain: 'example.com', watch_conversation: 'C0MAILOPS1', watch_hours: '2' });
    expect(outcome.ok && outcome.value.everyHours).toBe(6);
  });
});

describe('the form for a change', () => {
  test('tells what is ticked no more, of what was shown', () => {
    const view = sentBack(watchChangeModal(several, { page: 2 }, alice), {
      watch_kept: 'C0GENERAL1',
      watch_hours: '24',
    });
    expect(readWatchChange(view)).toEqual({
      domain: 'example.com',
      everyHours: 24,
      ended: ['C0MAILOPS1', 'D0ANABOT01', 'C0OLD'],
      page: 2,
    });
  });

  test.each(['', '{}', '["x",["C0MAILOPS1"]]', '["[1,\\"example.com\\",null,null]",["#general"]]'])(
    'with forged metadata %j is none',
    (private_metadata) => {
      expect(
        readWatchChange({ ...(sentBack(watchChangeModal(several, {}, alice)) as object), private_metadata }),
      ).toBeUndefined();
    },
  );
});

describe('the settings', () => {
  const blank = settingsModal(noSettings, 1);
  const read = (typed: Readonly<Record<string, string | null>>) => readSettings(sentBack(blank, typed));

  test('are read back as they were shown', () => {
    const outcome = readSettings(sentBack(settingsModal(settings, 3)));
    expect(outcome).toEqual({ ok: true, value: { settings, digestBefore: 'C0MAILOPS1', page: 3 } });
    expect(read({})).toEqual({ ok: true, value: { settings: noSettings, digestBefore: undefined, page: 1 } });
  });

  test.each([
    [
      'over midnight',
      { quiet_from: '22:00', quiet_to: '07:30' },
      { quietHours: { fromMinute: 1320, toMinute: 450, timeZone: 'UTC' } },
    ],
    [
      'from midnight',
      { quiet_from: '00:00', quiet_to: '06:00', time_zone: 'europe/berlin' },
      { quietHours: { fromMinute: 0, toMinute: 360, timeZone: 'Europe/Berlin' } },
    ],
    [
      'until the last minute',
      { quiet_from: '12:00', quiet_to: '23:59' },
      { quietHours: { fromMinute: 720, toMinute: 1439, timeZone: 'UTC' } },
    ],
    [
      'a summary',
      { digest_to: 'C0MAILOPS1', digest_weekday: '7', digest_time: '18:15' },
      { digest: { conversation: 'C0MAILOPS1', weekday: 7, minute: 1095, timeZone: 'UTC' } },
    ],
    ['no summary, whatever its time', { digest_to: null, digest_weekday: '7' }, {}],
  ])('%s', (_, typed, wanted) => {
    const outcome = read(typed);
    expect(outcome.ok && outcome.value.settings).toEqual({ ...noSettings, ...wanted });
  });

  test.each([
    ['a beginning without an end', { quiet_from: '22:00' }, 'quiet_to'],
    ['an end without a beginning', { quiet_to: '07:00' }, 'quiet_from'],
    ['the whole day', { quiet_from: '08:00', quiet_to: '08:00' }, 'quiet_to'],
    ['no time at all', { quiet_from: '25:00', quiet_to: '07:00' }, 'quiet_from'],
    ['a summary without a time', { digest_to: 'C0MAILOPS1', digest_time: null }, 'digest_time'],
    ['a summary without a day', { digest_to: 'C0MAILOPS1', digest_weekday: null }, 'digest_weekday'],
    ['a summary on an eighth day', { digest_to: 'C0MAILOPS1', digest_weekday: '8' }, 'digest_weekday'],
    ['a zone that is none', { time_zone: 'Berlin' }, 'time_zone'],
    ['no zone for quiet hours', { quiet_from: '22:00', quiet_to: '07:00', time_zone: null }, 'time_zone'],
  ])('with %s have an error at the field', (_, typed, field) => {
    const outcome = read(typed);
    expect(outcome.ok ? outcome.value : Object.keys(outcome.problem.errors)).toEqual([field]);
  });
});

function drawn(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
