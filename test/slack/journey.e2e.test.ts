/** From the command to the shared records, over both transports: real Bolt, real WebClient, real DNS. */
import { describe, expect, test } from 'vitest';
import { textsOf } from '../../src/local/slack/person.ts';
import { logged, startAll } from './world.ts';

describe.each(['http', 'socket'] as const)('over %s', (transport) => {
  test('the whole journey: form, DNS, records, sharing, file', async () => {
    const { workspace, ...bot } = await startAll(transport);
    const ana = workspace.as('ana');
    expect(await ana.command('#general', '/mta-sts example.test')).toEqual({ ok: true });
    await ana.modal('MX hosts or patterns');
    expect(ana.text('Domain')).toBe('example.test');
    expect(ana.text('MX hosts').split('\n')).toContain('mx1.example.test');
    expect(await ana.submit()).toEqual({ ok: true });
    await ana.noModal();
    const records = await ana.message('#general', 'v=STSv1; id=');
    expect(records.ephemeral).toBe(true);
    expect(textsOf(records.blocks)).toContain('mx: mx1.example.test\n');
    expect(workspace.as('ben').messages('#general').at(-1)?.ts).not.toBe(records.ts);

    await ana.press('Share to', records);
    await ana.modal('Share the records');
    await ana.choose('Post to', '#mail-ops');
    await ana.submit();
    await ana.noModal();
    const shared = await workspace.as('ben').message('#mail-ops', 'v=STSv1; id=');
    expect(shared.ephemeral).toBe(false);
    await ana.message('@mta-sts', 'are shared in');

    await ana.press('Policy as a file', shared);
    const file = await ana.until('A file', () =>
      ana
        .messages('@mta-sts')
        .flatMap(({ files }) => files)
        .find(({ name }) => name === 'mta-sts.txt'),
    );
    const body = await (await fetch(new URL(file.url, workspace.url))).text();
    expect(body).toMatch(/^version: STSv1\nmode: testing\n(mx: .+\n)+max_age: 604800\n$/);

    await logged(bot, { name: 'policy_form', outcome: 'answered' });
    const told = JSON.stringify(bot.lines);
    expect(told).not.toContain('example.test');
    expect(told).not.toMatch(/xox|xapp|"level":"(warn|error)"/);
  });

  test('help, a topic and a wrong word are answered in place', async () => {
    const { workspace } = await startAll(transport);
    const ana = workspace.as('ana');
    await ana.command('#general', '/mta-sts help');
    expect((await ana.message('#general', '/mta-sts explain')).ephemeral).toBe(true);
    await ana.command('#general', '/mta-sts explain mx-change');
    await ana.message('#general', 'RFC 8461');
    await ana.command('#general', '/mta-sts explian mx-change');
    await ana.message('#general', 'explian');
  });

  test('App Home is published once and starts the form; so does the shortcut', async () => {
    const { workspace } = await startAll(transport);
    const ana = workspace.as('ana');
    await ana.home();
    const published = () => workspace.wire().filter(({ name }) => name === 'views.publish').length;
    expect(published()).toBe(1);
    await ana.home();
    await ana.press('Make a policy', 'home');
    await ana.modal('Domain');
    await ana.close();
    expect(await ana.shortcut('new_policy')).toEqual({ ok: true });
    await ana.modal('Domain');
    expect(published()).toBe(1);
  });

  test('edit gives a new id for another policy and keeps it for the same', async () => {
    const { workspace } = await startAll(transport);
    const ana = workspace.as('ana');
    const idOf = (message: { blocks: unknown }) => /id=(\w+);/.exec(textsOf(message.blocks))?.[1];
    await ana.command('#general', '/mta-sts example.test');
    await ana.modal('MX hosts or patterns');
    await ana.submit();
    const first = await ana.message('#general', 'v=STSv1; id=');
    await ana.press('Edit', first);
    await ana.modal('MX hosts or patterns');
    await ana.submit();
    const same = await ana.until('The same', () =>
      ana.messages('#general').find(({ ts, blocks }) => ts > first.ts && /v=STSv1/.test(textsOf(blocks))),
    );
    expect(idOf(same)).toBe(idOf(first));
    await ana.press('Edit', same);
    await ana.modal('MX hosts or patterns');
    await ana.choose('Senders may keep', '2592000');
    await ana.submit();
    const changed = await ana.message('#general', 'max_age: 2592000');
    expect(idOf(changed)).not.toBe(idOf(first));
  });
});

test('what is wrong stands at its field, and what was typed is kept', async () => {
  const { workspace } = await startAll('http');
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts');
  await ana.modal('Domain');
  await ana.type('Domain', 'example.test');
  await ana.type('MX hosts', 'mx1.example.test\nmx two');
  await ana.submit();
  await ana.until('An error', () => Object.values(ana.errors()).find((text) => /Line 2/.test(text)));
  expect(ana.text('MX hosts')).toBe('mx1.example.test\nmx two');
});

test('DNS that is slow, then answers, offers its hosts and touches nothing typed', async () => {
  const { workspace } = await startAll('socket');
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts slow-dns.test');
  await ana.modal('MX hosts or patterns');
  await ana.type('MX hosts', 'typed.slow-dns.test');
  await ana.until('An offer', ({ views }) => /Use /.test(textsOf(views)) || undefined);
  expect(ana.text('MX hosts')).toBe('typed.slow-dns.test');
});

test('DNS that never answers leaves a form that can be filled and sent', async () => {
  const { workspace } = await startAll('http');
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts silent-dns.test');
  await ana.modal(/No answer from DNS/, 6000);
  await ana.type('MX hosts', 'mx1.silent-dns.test');
  await ana.submit();
  await ana.message('#general', 'v=STSv1; id=');
});

test('shared where the bot is no member: a private channel and a direct message between people', async () => {
  const { workspace } = await startAll('http');
  const ana = workspace.as('ana');
  await ana.command('#postmasters', '/mta-sts example.test');
  await ana.modal('MX hosts or patterns');
  await ana.press('Post in this conversation');
  await ana.until('Chosen', () => ana.text('Post to') || undefined);
  await ana.submit();
  const shared = await workspace.as('ben').message('#postmasters', 'v=STSv1; id=');
  expect(shared.ephemeral).toBe(false);
  await ana.press('Share to', shared);
  await ana.modal('Share the records');
  await ana.choose('Post to', '@ben');
  await ana.submit();
  await workspace.as('ben').message('@ana', 'v=STSv1; id=');
});

test('an archived channel is refused with a reason, and the private copy is kept', async () => {
  const { workspace } = await startAll('http');
  const ana = workspace.as('ana');
  await ana.command('#general', '/mta-sts example.test');
  await ana.modal('MX hosts or patterns');
  await ana.choose('Post to', '#old-mail');
  await ana.submit();
  expect((await ana.message('#general', 'v=STSv1; id=')).ephemeral).toBe(true);
  await ana.message('#general', 'archived');
});
