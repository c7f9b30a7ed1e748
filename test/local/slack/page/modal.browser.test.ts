/** The page's modals in Chromium: every input, what an update keeps, errors, keyboard, and their place in the window. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { BlockJson, PageState, PageView } from '../../../../src/local/slack/page/protocol.ts';
import { describeInBrowser } from '../../../browser.ts';
import { createStage, mrkdwn, option, pageState, plain, type Stage, view } from './stage.ts';

const input = (
  block_id: string,
  label: string,
  element: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
): BlockJson => ({
  type: 'input',
  block_id,
  label: plain(label),
  element: { action_id: block_id, ...element },
  ...more,
});

const domain = input(
  'domain',
  'Domain',
  { type: 'plain_text_input', initial_value: 'example.test' },
  { dispatch_action: true },
);
const mx = (block_id: string, initial_value: string): BlockJson =>
  input(
    block_id,
    'MX hosts',
    { type: 'plain_text_input', multiline: true, initial_value },
    { hint: plain('One a line.') },
  );
const mode = input('mode', 'Mode', {
  type: 'radio_buttons',
  initial_option: option('testing', 'Start here.'),
  options: [option('testing', 'Start here.'), option('enforce', 'Later.')],
});
const offers: BlockJson = {
  type: 'actions',
  block_id: 'offers',
  elements: [{ type: 'button', action_id: 'use', text: plain('Use these 2') }],
};
const form = [domain, mx('mx-1', 'mx1.example.test'), offers, mode];

await describeInBrowser('modals', (launch) => {
  let browser: Browser;
  let stage: Stage;
  let page: Page;
  let problems: string[];
  beforeAll(async () => {
    browser = await launch();
    stage = await createStage(pageState());
    ({ page, problems } = await stage.open(browser));
  });
  afterAll(async () => {
    await browser.close();
    await stage.stop();
  });
  beforeEach(async () => {
    await stage.reset(page);
    await page.getByLabel('Message #general', { exact: true }).focus();
  });
  afterEach(() => {
    expect(problems.splice(0)).toEqual([]);
    expect(stage.missing).toEqual([]);
  });
  const show = async (...views: PageView[]): Promise<void> => {
    stage.show(pageState([], { views }));
    const title = views.at(-1)?.title;
    if (title !== undefined) await page.getByRole('dialog', { name: title }).waitFor();
  };

  test('each kind of input is reached by its label and says what was entered', async () => {
    const options = [option('a', 'About a'), option('b')];
    const blocks = [
      input('text', 'Text', { type: 'plain_text_input', placeholder: plain('Say something') }),
      input('lines', 'Lines', { type: 'plain_text_input', multiline: true }),
      input('number', 'Seconds', { type: 'number_input', is_decimal_allowed: false }),
      input('mail', 'E-mail', { type: 'email_text_input' }),
      input('url', 'Address', { type: 'url_text_input' }),
      input('pick', 'Pick one', { type: 'static_select', options }),
      input('group', 'Pick from groups', {
        type: 'static_select',
        option_groups: [{ label: plain('Group'), options }],
      }),
      input('mode', 'Mode', { type: 'radio_buttons', options }),
      input('ticks', 'Ticks', { type: 'checkboxes', options }, { optional: true }),
      input('post', 'Post to', { type: 'conversations_select' }, { optional: true }),
      input('from', 'Quiet from', { type: 'timepicker', timezone: 'Europe/Berlin' }),
      input('until', 'Quiet until', { type: 'timepicker', initial_time: '06:30' }, { optional: true }),
    ];
    await show(view(blocks));
    await page.getByLabel('Text', { exact: true }).fill('t');
    await page.getByLabel('Lines', { exact: true }).fill('one\ntwo');
    await page.getByLabel('Seconds', { exact: true }).fill('60');
    await page.getByLabel('E-mail', { exact: true }).fill('a@example.test');
    await page.getByLabel('Address', { exact: true }).fill('https://a.example');
    await page.getByLabel('Pick one', { exact: true }).selectOption('b');
    await page.getByLabel('Pick from groups', { exact: true }).selectOption('a');
    await page.getByRole('radiogroup', { name: 'Mode' }).getByLabel('a', { exact: true }).check();
    await page.getByRole('group', { name: 'Ticks (optional)' }).getByLabel('b', { exact: true }).check();
    await page.getByLabel('Post to (optional)', { exact: true }).selectOption('#other (private)');
    await page.getByLabel('Quiet from', { exact: true }).fill('22:15');
    await page.getByLabel('Quiet until (optional)', { exact: true }).fill('');
    await page.getByText('Europe/Berlin').waitFor();
    await page.getByRole('button', { name: 'Generate' }).click();
    await expect.poll(() => stage.actions).toHaveLength(1);
    expect(stage.actions[0]).toEqual({
      kind: 'submit',
      user: 'U0ANA',
      viewId: 'V1',
      inputs: {
        text: { text: { type: 'plain_text_input', value: 't' } },
        lines: { lines: { type: 'plain_text_input', value: 'one\ntwo' } },
        number: { number: { type: 'number_input', value: '60' } },
        mail: { mail: { type: 'email_text_input', value: 'a@example.test' } },
        url: { url: { type: 'url_text_input', value: 'https://a.example' } },
        pick: { pick: { type: 'static_select', selected_option: options[1] } },
        group: { group: { type: 'static_select', selected_option: options[0] } },
        mode: { mode: { type: 'radio_buttons', selected_option: options[0] } },
        ticks: { ticks: { type: 'checkboxes', selected_options: [options[1]] } },
        post: { post: { type: 'conversations_select', selected_conversation: 'C0OTHER' } },
        from: { from: { type: 'timepicker', selected_time: '22:15' } },
        until: { until: { type: 'timepicker', selected_time: null } },
      },
    });
  });

  test('an update keeps what was typed, the focus and the caret; a fresh block_id brings the new value', async () => {
    await show(view(form));
    const field = page.getByLabel('Domain', { exact: true });
    await field.fill('other.test');
    await field.press('ArrowLeft');
    await field.press('ArrowLeft');
    await show(
      view([{ ...domain, hint: plain('Looking it up.') }, mx('mx-2', 'filled.test'), offers, mode], {
        hash: '2',
      }),
    );
    await page.getByText('Looking it up.').waitFor();
    await page.keyboard.type('X');
    expect(await field.inputValue()).toBe('other.teXst');
    expect(await page.getByLabel('MX hosts', { exact: true }).inputValue()).toBe('filled.test');
  });

  test('when an update takes the focused element away, the focus stays in the form', async () => {
    await show(view(form));
    await page.getByRole('button', { name: 'Use these 2' }).focus();
    const moved = { ...offers, block_id: 'offers-2' };
    await show(view([domain, mx('mx-2', 'x.test'), moved, mode], { hash: '2' }));
    await expect.poll(() => page.locator(':focus').textContent()).toBe('Use these 2');
    await show(view([domain, mode], { hash: '3' }));
    await expect.poll(() => page.locator('.modal :focus').count()).toBe(1);
  });

  test('a button tells the bot everything that stands in the form', async () => {
    await show(view(form));
    await page.getByLabel('MX hosts', { exact: true }).fill('typed.test');
    await page.getByRole('button', { name: 'Use these 2' }).click();
    await expect.poll(() => stage.actions).toHaveLength(1);
    expect(stage.actions[0]).toMatchObject({
      kind: 'act',
      container: { kind: 'view', viewId: 'V1' },
      blockId: 'offers',
      actionId: 'use',
      inputs: { 'mx-1': { 'mx-1': { value: 'typed.test' } } },
    });
  });

  test('Enter in a field that dispatches tells the bot; elsewhere it sends the form', async () => {
    await show(view([domain, input('rua', 'Reports to', { type: 'plain_text_input', initial_value: 'x' })]));
    await page.getByLabel('Domain', { exact: true }).press('Enter');
    await expect.poll(() => stage.actions.map(({ kind }) => kind)).toEqual(['act']);
    await page.getByLabel('Reports to', { exact: true }).press('Enter');
    await expect.poll(() => stage.actions.map(({ kind }) => kind)).toEqual(['act', 'submit']);
  });

  test('Enter is a line in the hosts; Control and Enter send the form', async () => {
    await show(view(form));
    await page.getByLabel('MX hosts', { exact: true }).press('End');
    await page.getByLabel('MX hosts', { exact: true }).press('Enter');
    expect(await page.getByLabel('MX hosts', { exact: true }).inputValue()).toBe('mx1.example.test\n');
    await page.getByLabel('MX hosts', { exact: true }).press('Control+Enter');
    await expect.poll(() => stage.actions.map(({ kind }) => kind)).toEqual(['submit']);
  });

  test('on_character_entered and a choice that dispatches tell the bot at once', async () => {
    await show(
      view([
        input(
          'live',
          'Live',
          {
            type: 'plain_text_input',
            dispatch_action_config: { trigger_actions_on: ['on_character_entered'] },
          },
          { dispatch_action: true },
        ),
        input(
          'age',
          'max_age',
          { type: 'static_select', options: [option('1'), option('other')] },
          { dispatch_action: true },
        ),
      ]),
    );
    await page.getByLabel('Live', { exact: true }).press('a');
    await expect.poll(() => stage.actions.length).toBe(1);
    await page.getByLabel('max_age', { exact: true }).selectOption('other');
    await expect.poll(() => stage.actions.length).toBe(2);
    expect(stage.actions[1]).toMatchObject({
      actionId: 'age',
      value: { selected_option: { value: 'other' } },
    });
  });

  test('an error stands at its field, is read with it, and gets the focus', async () => {
    await show(view(form));
    await page.getByRole('button', { name: 'Generate' }).focus();
    const sentence = 'Line 1 "mx_1": write letters, digits and hyphens.';
    await show(view(form, { errors: { 'mx-1': sentence } }));
    const field = page.getByRole('textbox', { name: 'MX hosts', description: `${sentence} One a line.` });
    await field.waitFor();
    expect(await field.getAttribute('aria-invalid')).toBe('true');
    await expect
      .poll(() => field.evaluate((element) => element === element.ownerDocument.activeElement))
      .toBe(true);
  });

  test('an empty required field is told before anything is sent', async () => {
    await show(view(form));
    await page.getByLabel('Domain', { exact: true }).fill('');
    await page.getByRole('button', { name: 'Generate' }).click();
    await page.getByText('This field is required.').waitFor();
    await expect.poll(() => page.locator(':focus').getAttribute('data-action')).toBe('domain');
    expect(stage.actions).toEqual([]);
  });

  test('a form is sent once, however often it is pressed, and says what failed', async () => {
    await show(view(form));
    const { promise, resolve } = Promise.withResolvers<void>();
    stage.answer(async () => {
      await promise;
      return { ok: false, note: 'The app did not respond.' };
    });
    const button = page.getByRole('button', { name: 'Generate' });
    await button.click();
    await page.locator('.modal-foot .spinner').waitFor();
    await button.click({ force: true });
    await button.press('Enter');
    resolve();
    await page.getByRole('alert').getByText('The app did not respond.').waitFor();
    expect(stage.actions).toHaveLength(1);
    expect(await page.getByLabel('Domain', { exact: true }).inputValue()).toBe('example.test');
  });

  test('the keyboard stays inside, Escape closes, and the focus goes back to where it was', async () => {
    await show(view(form));
    await expect.poll(() => page.locator(':focus').getAttribute('data-action')).toBe('domain');
    const seen = new Set<string>();
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press('Tab');
      expect(await page.locator('.modal :focus').count()).toBe(1);
      seen.add(await page.locator(':focus').evaluate((element) => element.outerHTML.slice(0, 80)));
    }
    // Domain, hosts, offer, mode, cancel, generate, close.
    expect(seen.size).toBe(7);
    await page.keyboard.press('Escape');
    await expect.poll(() => stage.actions).toEqual([{ kind: 'close', user: 'U0ANA', viewId: 'V1' }]);
    await show();
    await expect.poll(() => page.locator(':focus').getAttribute('aria-label')).toBe('Message #general');
  });

  test('a view on top hides the one below, which keeps what was typed', async () => {
    await show(view(form));
    await page.getByLabel('Domain', { exact: true }).fill('typed.test');
    const top = view([{ type: 'section', block_id: 's', text: mrkdwn('On *top*') }], {
      id: 'V2',
      title: 'Second',
      submit: null,
    });
    await show(view(form), top);
    expect(await page.getByRole('dialog').count()).toBe(1);
    await page.getByRole('button', { name: 'Back to MTA-STS policy' }).waitFor();
    await show(view(form));
    expect(await page.getByLabel('Domain', { exact: true }).inputValue()).toBe('typed.test');
    await expect.poll(() => page.locator('.modal :focus').count()).toBe(1);
  });

  test('what must be confirmed is asked first', async () => {
    const confirm = {
      title: plain('Really?'),
      text: mrkdwn('It *goes away*.'),
      confirm: plain('Do it'),
      deny: plain('Keep it'),
    };
    const element = { type: 'button', action_id: 'remove', text: plain('Remove'), style: 'danger', confirm };
    await show(view([{ type: 'actions', block_id: 'a', elements: [element] }]));
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('alertdialog', { name: 'Really?', description: 'It goes away.' }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('alertdialog').count()).toBe(0);
    expect(stage.actions).toEqual([]);
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('button', { name: 'Do it' }).click();
    await expect.poll(() => stage.actions.map(({ kind }) => kind)).toEqual(['act']);
  });

  test('who denies a choice has what was chosen before', async () => {
    const confirm = {
      title: plain('Sure?'),
      text: plain('For all.'),
      confirm: plain('Yes'),
      deny: plain('No'),
    };
    const element = {
      type: 'static_select',
      action_id: 'every',
      options: [option('6 hours'), option('24 hours')],
      initial_option: option('6 hours'),
      confirm,
    };
    await show(view([{ type: 'section', block_id: 's', text: plain('Look every'), accessory: element }]));
    const select = page.getByLabel('Look every');
    await select.selectOption('24 hours');
    await page.getByRole('button', { name: 'No' }).click();
    await expect.poll(() => select.inputValue()).toBe('6 hours');
    expect(stage.actions).toEqual([]);
    await select.selectOption('24 hours');
    await page.getByRole('button', { name: 'Yes' }).click();
    await expect
      .poll(() => stage.actions)
      .toMatchObject([{ kind: 'act', value: { selected_option: { value: '24 hours' } } }]);
    expect(await select.inputValue()).toBe('24 hours');
  });

  test('a time that dispatches is told when it is entered, not at each digit', async () => {
    const element = {
      type: 'timepicker',
      action_id: 'quiet',
      initial_time: '22:00',
      placeholder: plain('Quiet from'),
    };
    await show(view([{ type: 'actions', block_id: 'x', elements: [element] }]));
    const time = page.getByLabel('Quiet from');
    await time.fill('23:05');
    expect(stage.actions).toEqual([]);
    await time.press('Enter');
    await time.blur();
    await expect
      .poll(() => stage.actions)
      .toMatchObject([{ actionId: 'quiet', value: { type: 'timepicker', selected_time: '23:05' } }]);
  });

  test('a conversations_select offers what its filter lets through', async () => {
    const state = pageState();
    const conversations = [
      ...state.conversations,
      { ...state.conversations[0], id: 'C0SHARED', name: 'shared', shared: true },
      { ...state.conversations[0], id: 'C0OLD', name: 'old', archived: true },
    ] as PageState['conversations'];
    const place = (id: string, filter: object) => input(id, id, { type: 'conversations_select', filter });
    const blocks = [
      place('Channels', { include: ['public', 'private'] }),
      place('Own', {
        include: ['public', 'im'],
        exclude_external_shared_channels: true,
        exclude_bot_users: true,
      }),
    ];
    stage.show(pageState([], { conversations, views: [view(blocks)] }));
    const offered = (label: string) =>
      page.getByLabel(label, { exact: true }).locator('option').allTextContents();
    await page.getByLabel('Channels', { exact: true }).waitFor();
    expect(await offered('Channels')).toEqual(['Choose one', '#general', '#other (private)', '#shared']);
    expect(await offered('Own')).toEqual(['Choose one', '#general']);
  });

  test('an overflow menu closes on Escape and leaves the form open; what it does is asked first', async () => {
    const confirm = {
      title: plain('Stop?'),
      text: plain('For all.'),
      confirm: plain('Stop'),
      deny: plain('Keep'),
    };
    const menu = {
      type: 'overflow',
      action_id: 'more',
      options: [option('Pause'), option('Unwatch', 'For good.')],
      confirm,
    };
    await show(
      view([{ type: 'section', block_id: 's', text: mrkdwn('*a.test*, enforced'), accessory: menu }]),
    );
    const button = page.getByRole('button', { name: 'More actions: a.test, enforced' });
    await button.click();
    await page.getByRole('menuitem', { name: /Unwatch/ }).waitFor();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.getByRole('menuitem').count()).toBe(0);
    await page.getByRole('dialog', { name: 'MTA-STS policy' }).waitFor();
    await expect
      .poll(() => button.evaluate((element) => element === element.ownerDocument.activeElement))
      .toBe(true);
    await page.keyboard.press('Enter');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('alertdialog', { name: 'Stop?' }).getByRole('button', { name: 'Stop' }).click();
    await expect
      .poll(() => stage.actions)
      .toMatchObject([
        { kind: 'act', blockId: 's', actionId: 'more', value: { selected_option: { value: 'Unwatch' } } },
      ]);
  });

  test.each([
    [360, 640],
    [800, 420],
    [1440, 900],
  ])('at %i × %i the buttons are in sight and nothing is cut off', async (width, height) => {
    await page.setViewportSize({ width, height });
    const hosts = Array.from({ length: 30 }, (_, index) => `mx${index}.${'long-label.'.repeat(12)}test`).join(
      '\n',
    );
    await show(
      view([
        domain,
        mx('m', hosts),
        offers,
        mode,
        ...form.map((block) => ({ ...block, block_id: `${block.block_id}-2` })),
      ]),
    );
    for (const name of ['Generate', 'Cancel', 'Close']) {
      const box = await page.getByRole('button', { name }).boundingBox();
      expect(box, name).not.toBeNull();
      if (box === null) continue;
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.y).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      expect(box.y + box.height).toBeLessThanOrEqual(height);
    }
    const body = await page
      .locator('.modal-body')
      .evaluate((element) => [element.scrollWidth, element.clientWidth]);
    expect(body[0]).toBe(body[1]);
  });
});
