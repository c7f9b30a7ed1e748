/** Every message and form, whole, in a file each; and each within Slack's limits. */
import type { Button, HomeView, ModalView } from '@slack/types';
import { describe, expect, test } from 'vitest';
import { checkMessage, checkView } from '../../../src/local/slack/block-kit.ts';
import { checkBegunModal, checkModal, checkRefusedModal } from '../../../src/slack/blocks/check-modal.ts';
import { busyMessage } from '../../../src/slack/blocks/check-notices.ts';
import { explainAnswer } from '../../../src/slack/blocks/explain-message.ts';
import { helpMessage, usageMessage } from '../../../src/slack/blocks/help-message.ts';
import { homeView } from '../../../src/slack/blocks/home-view.ts';
import * as notices from '../../../src/slack/blocks/notices.ts';
import type { Message } from '../../../src/slack/blocks/pieces.ts';
import { policyModal } from '../../../src/slack/blocks/policy-modal.ts';
import { recordsMessage } from '../../../src/slack/blocks/records-message.ts';
import { shareModal } from '../../../src/slack/blocks/share-modal.ts';
import { parseCommand } from '../../../src/slack/command.ts';
import {
  blankForm,
  editForm,
  type Form,
  startLookup,
  useHere,
  useOffer,
  withLookup,
} from '../../../src/slack/form.ts';
import { submitForm } from '../../../src/slack/submission.ts';
import { topics } from '../../../src/slack/topics/index.ts';
import { records, rua } from '../any-records.ts';
import { alice, answer, domainName, google, lookedUp, mxOf, now, origin } from '../slack-world.ts';

const example = domainName('example.com');
const googleForm = lookedUp('example.com', mxOf(...google));

function asked(form: Form): Form {
  const submission = submitForm(form, { askedBy: alice, now });
  if (submission.kind !== 'ask') throw new Error(`asked for nothing: ${JSON.stringify(submission)}`);
  return submission.form;
}

const modals: Readonly<Record<string, ModalView>> = {
  'check-form': checkModal(),
  'check-form-begun': checkBegunModal(example),
  'check-form-refused': checkRefusedModal(busyMessage()),
  'form-empty': policyModal(blankForm(origin)),
  'form-from-shortcut': policyModal(blankForm({ at: 0 })),
  'form-looking-up': policyModal(blankForm(origin, example)),
  'form-filled': policyModal(googleForm),
  'form-vendor-pattern': policyModal(useOffer(googleForm, 'vendor')),
  'form-slow-dns': policyModal(withLookup(blankForm(origin, example), { kind: 'slow', domain: example })),
  'form-no-answer': policyModal(lookedUp('example.com', { kind: 'unknown', problem: 'timeout' })),
  'form-null-mx': policyModal(lookedUp('example.com', { kind: 'null-mx' })),
  'form-no-such-domain': policyModal(lookedUp('example.com', { kind: 'nxdomain' })),
  'form-implicit-mx': policyModal(lookedUp('example.com', { kind: 'implicit', host: example })),
  'form-unusable-mx': policyModal(
    lookedUp('example.com', {
      kind: 'hosts',
      hosts: [{ preference: 10, host: domainName('mx1.example.com') }],
      unusable: [{ preference: 20, name: '192.0.2.1', why: 'is an IP address; an MX names a host' }],
    }),
  ),
  'form-international': policyModal(lookedUp('bücher.example', mxOf('mx.bücher.example'))),
  'form-typed-before-the-answer': policyModal(
    withLookup(
      { ...blankForm(origin), domain: 'example.com', mx: 'mx9.example.com' },
      answer('example.com', mxOf(...google)),
    ),
  ),
  'form-unreadable-domain': policyModal(startLookup({ ...blankForm(origin), domain: 'exa mple' }).form),
  'form-own-seconds': policyModal({ ...googleForm, maxAge: 'other', ownSeconds: '' }),
  'form-post-here': policyModal(useHere(googleForm)),
  'form-cautions': policyModal(
    asked({ ...googleForm, mx: 'mx9.example.net', mode: 'enforce', maxAge: '86400' }),
  ),
  'form-submitted-while-looking-up': policyModal(asked(blankForm(origin, example))),
  'form-edit': policyModal(editForm(records(), origin)),
  share: shareModal(records()),
};

const sharedRecords = { what: 'records' as const, domain: records().domain };
const wrong = parseCommand('explian mx-change');
const messages: Readonly<Record<string, Message>> = {
  'records-testing': recordsMessage(records()),
  'records-shared-by-another': recordsMessage(records(), { sharedBy: 'U0BOB' }),
  'records-shared-by-the-same': recordsMessage(records(), { sharedBy: alice }),
  'records-enforce': recordsMessage(
    records({ policy: { ...records().policy, mode: 'enforce', maxAgeSeconds: 2_592_000 } }),
  ),
  'records-none': recordsMessage(records({ policy: { ...records().policy, mode: 'none', mx: [] }, rua: [] })),
  'records-without-tls-rpt': recordsMessage(records({ rua: [] })),
  'records-two-addresses': recordsMessage(
    records({ rua: [rua('tls@example.com'), rua('https://reports.example.net/tls')] }),
  ),
  'records-not-compared': recordsMessage(withoutCoverage()),
  'records-partly-covered': recordsMessage(
    records({ covered: { covered: 3, compared: 5, total: 5, atSeconds: now.getTime() / 1000 } }),
  ),
  'records-subdomain-international': recordsMessage(records({ domain: domainName('post.bücher.example') })),
  help: helpMessage(),
  usage: usageMessage(wrong.ok ? { code: 'unknown-word', message: '' } : wrong.problem),
  'explain-list': explainAnswer(undefined),
  'explain-unknown': explainAnswer('mx chnage'),
  error: notices.errorMessage('7F3K-2Q9D'),
  elsewhere: notices.elsewhereMessage(),
  'form-not-opened': notices.formNotOpenedMessage(),
  'answered-in-dm': notices.answeredInDmMessage(records()),
  shared: notices.sharedMessage(sharedRecords, {
    conversation: 'C0MAILOPS',
    permalink: 'https://example.slack.com/archives/C0MAILOPS/p1795450500000100',
  }),
  'shared-without-link': notices.sharedMessage(sharedRecords, { conversation: 'D0BOB' }),
  'not-shared-archived': notices.notSharedMessage('is_archived', 'C0OLD'),
  'not-shared-restricted': notices.notSharedMessage('restricted_action', 'C0NEWS'),
  'not-shared-not-in-channel': notices.notSharedMessage('not_in_channel', 'C0SECRET'),
  'file-sent': notices.fileSentMessage(records()),
  'file-not-allowed': notices.fileNotAllowedMessage(records()),
};

const nobodyWatches = { domains: [], total: 0, page: 0, broken: 0, order: 'worst-first' } as const;
const home: HomeView = homeView({ watched: nobodyWatches, viewer: alice, now });

describe('modals', () => {
  test.each(Object.entries(modals))('%s', async (name, view) => {
    expect(checkView(view)).toEqual([]);
    await expect(drawn(view)).toMatchFileSnapshot(`snapshots/${name}.snap`);
  });
});

describe('messages', () => {
  test.each(Object.entries(messages))('%s', async (name, message) => {
    expect(checkMessage(message)).toEqual([]);
    await expect(drawn(message)).toMatchFileSnapshot(`snapshots/${name}.snap`);
  });

  test.each(topics.map((topic) => [topic.name, topic] as const))('explain %s', (name, topic) => {
    const message = explainAnswer(name);
    expect(checkMessage(message)).toEqual([]);
    expect(message.text).toContain(topic.title);
  });
});

test('App Home', async () => {
  expect(checkView(home)).toEqual([]);
  await expect(drawn(home)).toMatchFileSnapshot('snapshots/home.snap');
});

test('the comment beside the file', async () => {
  await expect(`${notices.fileComment(records())}\n`).toMatchFileSnapshot('snapshots/file-comment.snap');
});

test('every button says more to a screen reader, and first what is to be seen', () => {
  for (const view of [...Object.values(modals), ...Object.values(messages), home]) {
    for (const { text, label } of buttonsOf(view)) {
      expect(label.startsWith(text.slice(0, 70)), label).toBe(true);
      expect(label.length).toBeGreaterThan(text.length);
    }
  }
});

test('nobody is asked "please", and nothing shouts', () => {
  for (const view of [...Object.values(modals), ...Object.values(messages), home]) {
    expect(JSON.stringify(view)).not.toMatch(/please|!["\s]|sorry/i);
  }
});

function buttonsOf(value: unknown): { text: string; label: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  const inner = Object.values(value).flatMap(buttonsOf);
  if (!('type' in value) || value.type !== 'button') return inner;
  const { text, accessibility_label } = value as Button;
  return [{ text: text.text, label: accessibility_label ?? '' }, ...inner];
}

function withoutCoverage() {
  const { covered: _, ...rest } = records();
  return rest;
}

function drawn(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
