/** Whatever breaks between Slack and the bot: the person is told, and nothing happens twice. */
import { describe, expect, test } from 'vitest';
import { textsOf } from '../../src/local/slack/person.ts';
import { logged, startAll, type World } from './world.ts';

const records = 'v=STSv1; id=';

async function generate({ workspace }: World, where = '#general') {
  const ana = workspace.as('ana');
  await ana.command(where, '/mta-sts example.test');
  await ana.modal('MX hosts or patterns');
  await ana.submit();
  return ana.message(where, records);
}

describe('calls that fail', () => {
  test('an expired trigger is told with what to do', async () => {
    const { workspace } = await startAll('socket');
    workspace.fault('expired-trigger', true);
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts');
    expect((await ana.message('#general', /once more/)).ephemeral).toBe(true);
  });

  test('a Slack that fails is told with a reference that is in the log', async () => {
    const { workspace, ...bot } = await startAll('http');
    const shown = await generate({ workspace, env: {} });
    workspace.fault('server-error', true);
    const ana = workspace.as('ana');
    await ana.press('Policy as a file', shown);
    const told = await ana.message('#general', /reference/, 8000);
    const reference = /[2-9A-Z]{4}-[2-9A-Z]{4}/.exec(textsOf(told.blocks))?.[0];
    expect(reference).toBeDefined();
    await logged(bot, { level: 'error', reference });
  });

  test('a limited rate is waited for', async () => {
    const world = await startAll('http');
    world.workspace.fault('rate-limited', true);
    const ana = world.workspace.as('ana');
    await ana.command('#general', '/mta-sts');
    const opened = await ana
      .modal('Domain', 1500)
      .catch(() => ana.command('#general', '/mta-sts').then(() => ana.modal('Domain')));
    expect(opened.title).toBe('MTA-STS policy');
    await ana.type('Domain', 'example.test');
    await ana.type('MX hosts', 'mx1.example.test\nmx2.example.test\nbackup.example.org');
    await ana.choose('Post to', '#mail-ops');
    await ana.submit();
    if (ana.view !== undefined) {
      await ana.choose('Generate in spite', 'accepted');
      await ana.submit();
    }
    await workspaceMessage(world, '#mail-ops');
  });

  test('a slow Slack does not open the form too late without a word', async () => {
    const { workspace } = await startAll('http');
    workspace.fault('slow-slack', true);
    const ana = workspace.as('ana');
    expect(await ana.command('#general', '/mta-sts')).toEqual({ ok: true });
    await ana.message('#general', /once more/, 8000);
  });

  test('without files:write the text itself is the answer', async () => {
    const world = await startAll('socket');
    const shown = await generate(world);
    world.workspace.fault('no-files-write', true);
    const ana = world.workspace.as('ana');
    await ana.press('Policy as a file', shown);
    await ana.message('#general', 'files:write');
  });

  test('a channel that the bot may not post in is reached over the response URL', async () => {
    const { workspace } = await startAll('http');
    workspace.fault('not-in-channel', true);
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts example.test');
    await ana.modal('MX hosts or patterns');
    await ana.choose('Post to', '#mail-ops');
    await ana.submit();
    await workspace.as('ben').message('#mail-ops', records);
  });
});

test('a dropped socket is opened again', async () => {
  const { workspace } = await startAll('socket');
  workspace.fault('dropped-socket', true);
  const ana = workspace.as('ana');
  await ana.until(
    'Connected again',
    ({ faults, bot }) => (bot.connected && !faults.some(({ on }) => on)) || undefined,
    12_000,
  );
  await ana.command('#general', '/mta-sts');
  await ana.modal('Domain');
});

describe('a form that changed meanwhile', () => {
  test('closed before DNS answered: nobody is troubled', async () => {
    const { workspace, ...bot } = await startAll('socket');
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts slow-dns.test');
    await ana.modal('MTA-STS policy');
    await ana.close();
    await logged(bot, { name: '/mta-sts', outcome: 'answered' });
    expect(bot.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
    expect(ana.messages('@mta-sts')).toEqual([]);
  });

  test('changed before DNS answered: the change stays, and the offers come', async () => {
    const { workspace, ...bot } = await startAll('http');
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts slow-dns.test');
    await ana.modal('MX hosts or patterns');
    await ana.choose('Senders may keep', 'other');
    await ana.modal('max_age in seconds');
    await ana.type('max_age in seconds', '1234567');
    await ana.modal(/Use /);
    expect(ana.text('max_age in seconds')).toBe('1234567');
    expect(bot.lines.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });
});

describe('the same again', () => {
  test('a form submitted twice, because the first answer was lost, posts once', async () => {
    const { workspace, ...bot } = await startAll('http');
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts example.test');
    await ana.modal('MX hosts or patterns');
    await ana.choose('Post to', '#mail-ops');
    workspace.fault('lost-answer', true);
    await ana.submit();
    workspace.fault('lost-answer', false);
    await workspaceMessage({ workspace }, '#mail-ops');
    await ana.submit();
    await ana.noModal();
    await logged(bot, { name: 'policy_form' });
    const posted = workspace
      .as('ben')
      .messages('#mail-ops')
      .filter(({ blocks }) => textsOf(blocks).includes(records));
    expect(posted).toHaveLength(1);
  });

  test('a double press does nothing twice', async () => {
    const world = await startAll('socket');
    const shown = await generate(world);
    const ana = world.workspace.as('ana');
    await Promise.all([ana.press('Policy as a file', shown), ana.press('Policy as a file', shown)]);
    await logged(world, { name: 'records.file', outcome: 'answered' });
    await logged(world, { name: 'records.file', outcome: 'repeated' });
    expect(ana.messages('@mta-sts').flatMap(({ files }) => files)).toHaveLength(1);
  });

  test('an event that Slack sends again is answered and has no effect', async () => {
    const { workspace, ...bot } = await startAll('http');
    workspace.fault('repeated-delivery', true);
    await workspace.as('ana').home();
    await logged(bot, { name: 'app_home_opened', outcome: 'repeated' });
    expect(workspace.wire().filter(({ name }) => name === 'views.publish')).toHaveLength(1);
  });
});

test('a person of another workspace presses a button in a shared channel', async () => {
  const { workspace } = await startAll('socket');
  const ana = workspace.as('ana');
  await ana.command('#partners', '/mta-sts example.test');
  await ana.modal('MX hosts or patterns');
  await ana.choose('Post to', '#partners');
  await ana.submit();
  const kim = workspace.as('kim');
  await kim.press('Edit', await kim.message('#partners', records));
  expect((await kim.message('#partners', 'works for the workspace')).ephemeral).toBe(true);
  expect(kim.view).toBeUndefined();
});

async function workspaceMessage({ workspace }: Pick<World, 'workspace'>, where: string) {
  return workspace.as('ben').message(where, records, 10_000);
}
