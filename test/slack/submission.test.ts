/** What becomes of a submitted form: errors at their field, cautions with a tick, or the publication. */
import { describe, expect, test } from 'vitest';
import { policyModal } from '../../src/slack/blocks/policy-modal.ts';
import { digest } from '../../src/slack/digest.ts';
import { blankForm, type Form, maxAgeSteps, withLookup } from '../../src/slack/form.ts';
import { readForm } from '../../src/slack/form-state.ts';
import { type Earlier, type Submission, submitForm } from '../../src/slack/submission.ts';
import { alice, answer, domainName, google, lookedUp, mxOf, now, origin, sentBack } from './slack-world.ts';

const good: Form = { ...blankForm(origin), domain: 'example.com', mx: 'mx1.example.com' };
const by = { askedBy: alice, now };

function submit(change: Partial<Form>): Submission {
  return submitForm({ ...good, ...change }, by);
}

function errorsOf(submission: Submission): Record<string, string> {
  return submission.kind === 'errors' ? submission.errors : {};
}

/** Field, what is typed, and what the error must hold. */
const bad: readonly (readonly [
  field: 'domain' | 'mx' | 'ownSeconds' | 'rua',
  typed: string,
  told: string,
])[] = [
  ['domain', '', 'Write one such as `example.com`'],
  ['domain', '   ', 'Write one such as `example.com`'],
  ['domain', '.', 'Write one such as'],
  ['domain', 'example', 'no dot'],
  ['domain', 'exa mple.com', 'is more than a domain'],
  ['domain', 'example.com example.org', '2 domains'],
  ['domain', 'exa_mple.com', 'underscore'],
  ['domain', 'example..com', 'two dots'],
  ['domain', '-example.com', 'hyphen'],
  ['domain', 'example-.com', 'hyphen'],
  ['domain', '192.0.2.1', 'IP address'],
  ['domain', '[192.0.2.1]', 'IP address'],
  ['domain', '2001:db8::1', 'IP address'],
  ['domain', '*.example.com', 'subdomains inherit nothing'],
  ['domain', '<!channel>', 'names a person or a channel'],
  ['domain', 'example.123', 'ends in a number'],
  ['domain', 'exam!ple.com', '`!`'],
  ['domain', `${'a'.repeat(64)}.com`, 'longer than the 63'],
  ['domain', `${'abcdefgh.'.repeat(30)}com`, 'longer than the 242'],

  ['mx', '', 'Name at least one MX host'],
  ['mx', ' \n \t\n', 'Name at least one MX host'],
  ['mx', ',;,', 'Name at least one MX host'],
  ['mx', 'mx1_example.com', 'Line 1: `mx1_example.com`'],
  ['mx', 'mx1.example.com\nmx2_example.com', 'Line 2: `mx2_example.com`'],
  ['mx', '\n\n\nbad host!', 'Line 4: `bad host!`'],
  ['mx', 'mx1.example.com mx2.example.com', '`mx1.example.com`, `mx2.example.com`'],
  ['mx', 'https://mx1.example.com/', 'Write `mx1.example.com`.'],
  ['mx', 'mx1.example.com:25', 'Write `mx1.example.com`.'],
  ['mx', '192.0.2.1', 'senders compare names'],
  ['mx', '[192.0.2.1]', 'senders compare names'],
  ['mx', '2001:db8::1', 'senders compare names'],
  ['mx', '*', 'stands for one label'],
  ['mx', 'mx*.example.com', 'stands for a whole label'],
  ['mx', '**.example.com', 'stands for a whole label'],
  ['mx', 'a.*.example.com', 'whole left-most label'],
  ['mx', '*.*.example.com', 'whole left-most label'],
  ['mx', '.example.com', 'Write `*.example.com`'],
  ['mx', 'mx1..example.com', 'two dots'],
  ['mx', 'mx1.example.com..', 'Write `mx1.example.com`.'],
  ['mx', 'bücher.example', 'Write `xn--bcher-kva.example`.'],
  ['mx', 'mx1.example.com\u200b', 'ZERO WIDTH SPACE'],
  ['mx', '“mx1.example.com”', 'Write `mx1.example.com`.'],
  ['mx', '# comment', 'Line 1: `# comment`'],
  ['mx', 'mx1.example.com # main', 'Line 1:'],
  ['mx', '-mx.example.com', 'hyphen'],
  ['mx', 'a@example.com', '`@`'],
  ['mx', '<!channel>', 'not allowed'],
  ['mx', 'version: STSv1\nmode: testing\nmx: mx1.example.com', 'Line 1: `version: STSv1`'],
  ['mx', `${'a'.repeat(64)}.example`, 'longer than the 63'],
  ['mx', 'a b\nc d\ne f\ng h\ni j', '2 more need a change.'],
  ['mx', 'a b\nc d\ne f\ng h', '1 more needs a change.'],

  ['ownSeconds', '', 'such as 604800 for a week'],
  ['ownSeconds', ' ', 'such as 604800 for a week'],
  ['ownSeconds', '-1', 'Write 0 to 31557600'],
  ['ownSeconds', '31557601', 'Write 31557600 or less'],
  ['ownSeconds', '99999999999999999999', 'over the maximum'],
  ['ownSeconds', '604800.5', 'digits only'],
  ['ownSeconds', '1e6', 'digits only'],
  ['ownSeconds', '0x93A80', 'digits only'],
  ['ownSeconds', '+5', 'digits only'],
  ['ownSeconds', 'Infinity', 'digits only'],
  ['ownSeconds', 'a week', 'digits only'],
  ['ownSeconds', '1 week', 'Write 604800.'],
  ['ownSeconds', '2 weeks', 'Write 1209600.'],
  ['ownSeconds', '7d', 'Write 604800.'],
  ['ownSeconds', '1.5 days', 'Write 129600.'],
  ['ownSeconds', '6 months', 'Write 15552000.'],
  ['ownSeconds', '2 years', 'digits only'],
  ['ownSeconds', '６０４８００', 'digits only'],
  ['ownSeconds', '604800 604800', 'over the maximum'],

  ['rua', 'tls-reports', 'tls-reports'],
  ['rua', 'http://example.com/', 'http'],
  ['rua', 'ftp://example.com/', 'ftp'],
  ['rua', 'mailto:', 'mailto:'],
  ['rua', 'mailto:@example.com', '@example.com'],
  ['rua', 'tls@', 'tls@'],
  ['rua', 'https://', 'https://'],
  ['rua', 'tls@exa_mple.com', 'exa_mple.com'],
  ['rua', 'tls@example.com, nonsense', 'nonsense'],
  ['rua', '<!channel>', '!channel'],
];

describe('an error stands at its field and says what to write', () => {
  const blocks = { domain: 'domain', mx: 'mx.0', ownSeconds: 'own_seconds', rua: 'rua' };

  test.each(bad)('%s %j', (field, typed, told) => {
    const submission = submit({ [field]: typed, ...(field === 'ownSeconds' ? { maxAge: 'other' } : {}) });
    const errors = errorsOf(submission);
    expect(Object.keys(errors)).toEqual([blocks[field]]);
    expect(errors[blocks[field]]).toContain(told);
    expect(errors[blocks[field]]).toMatch(/^[A-Z`].*\.$/s);
    expect(errors[blocks[field]]?.length).toBeLessThan(500);
  });

  test('several fields at once', () => {
    const errors = errorsOf(
      submit({ domain: 'x', mx: 'a b', maxAge: 'other', ownSeconds: 'z', rua: 'q', mxFill: 3 }),
    );
    expect(Object.keys(errors)).toEqual(['domain', 'mx.3', 'own_seconds', 'rua']);
  });

  test('only at blocks that the person has before them', () => {
    const forms = bad.map(
      ([field, typed]): Form => ({
        ...good,
        [field]: typed,
        ...(field === 'ownSeconds' ? { maxAge: 'other' } : {}),
      }),
    );
    for (const form of forms) {
      const view = policyModal(form);
      const shown = new Set(
        view.blocks.filter(({ type }) => type === 'input').map(({ block_id }) => block_id),
      );
      for (const blockId of Object.keys(errorsOf(submitForm(readForm(sentBack(view)), by)))) {
        expect(shown).toContain(blockId);
      }
    }
  });
});

describe('what people paste as MX is understood', () => {
  test.each([
    ['mx1.example.com', ['mx1.example.com']],
    ['MX1.Example.COM', ['mx1.example.com']],
    ['mx1.example.com.', ['mx1.example.com']],
    ['  mx1.example.com\t', ['mx1.example.com']],
    ['mx1.example.com\r\nmx2.example.com\r\n', ['mx1.example.com', 'mx2.example.com']],
    ['10 mx1.example.com.', ['mx1.example.com']],
    ['mx: mx1.example.com', ['mx1.example.com']],
    ['MX:*.mail.example.com', ['*.mail.example.com']],
    ['- mx1.example.com\n• mx2.example.com', ['mx1.example.com', 'mx2.example.com']],
    ['example.com. 3600 IN MX 10 mx1.example.com.', ['mx1.example.com']],
    ['IN MX 10 mx1.example.com.', ['mx1.example.com']],
    ['MX 10 mx1.example.com', ['mx1.example.com']],
    ['mx1.example.com, mx2.example.com', ['mx1.example.com', 'mx2.example.com']],
    ['mx1.example.com;mx2.example.com', ['mx1.example.com', 'mx2.example.com']],
    ['mx1.example.com\n\nmx1.example.com', ['mx1.example.com']],
  ])('%j', (mx, patterns) => {
    const submission = submit({ mx });
    expect(submission.kind === 'publication' && submission.records.policy.mx).toEqual(patterns);
  });
});

describe('max_age', () => {
  test.each([
    ...maxAgeSteps.slice(1).map((step) => [step, undefined, Number(step)] as const),
    ['other', '1209600', 1_209_600],
    ['other', ' 1209600 ', 1_209_600],
    ['other', '1 209 600', 1_209_600],
    ['other', '1,209,600', 1_209_600],
    ['other', '1_209_600', 1_209_600],
    ['other', '31557600', 31_557_600],
    ['other', '000604800', 604_800],
  ] as const)('%s %j', (maxAge, ownSeconds, seconds) => {
    const submission = submit({ maxAge, ownSeconds });
    expect(submission.kind === 'publication' && submission.records.policy.maxAgeSeconds).toBe(seconds);
  });
});

describe('TLS-RPT', () => {
  test.each([
    ['', []],
    ['tls@example.com', ['mailto:tls@example.com']],
    ['mailto:tls@example.com', ['mailto:tls@example.com']],
    ['https://reports.example.com/tls', ['https://reports.example.com/tls']],
    [
      'tls@example.com, https://reports.example.com/tls',
      ['mailto:tls@example.com', 'https://reports.example.com/tls'],
    ],
    ['tls@example.com tls@example.com', ['mailto:tls@example.com']],
  ])('%j', (rua, addresses) => {
    const submission = submit({ rua });
    expect(submission.kind === 'publication' && submission.records.rua).toEqual(addresses);
  });
});

describe('a field that is not there yet', () => {
  test('MX: the form comes back with the field, and says that DNS is slow', () => {
    const submission = submitForm(blankForm(origin, domainName('example.com')), by);
    expect(submission).toMatchObject({ kind: 'ask', form: { mx: '', lookup: { kind: 'slow' } } });
  });

  test('seconds: the form comes back with the field', () => {
    const submission = submit({ maxAge: 'other', ownSeconds: undefined });
    expect(submission).toMatchObject({ kind: 'ask', form: { ownSeconds: '', mx: 'mx1.example.com' } });
  });
});

describe('cautions', () => {
  const unwise: Form = {
    ...lookedUp('example.com', mxOf(...google)),
    mx: 'mx9.example.net',
    mode: 'enforce',
  };

  function askedForm(form: Form): Form {
    const submission = submitForm(form, by);
    if (submission.kind !== 'ask') throw new Error(`not asked: ${submission.kind}`);
    return submission.form;
  }

  test('are shown with one tick, and ticked they let the policy through', () => {
    const view = policyModal(askedForm(unwise));
    expect(askedForm(unwise).cautions.length).toBeGreaterThan(0);
    const ticked = submitForm(readForm(sentBack(view, { accept: 'accepted' })), by);
    expect(ticked.kind).toBe('publication');
  });

  test('not ticked they are an error at the tick', () => {
    const view = policyModal(askedForm(unwise));
    const errors = errorsOf(submitForm(readForm(sentBack(view)), by));
    expect(Object.keys(errors)).toEqual([expect.stringMatching(/^accept\./)]);
    expect(view.blocks.map(({ block_id }) => block_id)).toContain(Object.keys(errors)[0]);
  });

  test('ticked for other choices they are asked again', () => {
    const view = policyModal(askedForm(unwise));
    const other = submitForm(readForm(sentBack(view, { accept: 'accepted', mx: 'mx8.example.net' })), by);
    expect(other.kind).toBe('ask');
  });

  test('go when the choice is mended', () => {
    const view = policyModal(askedForm(unwise));
    const mended = { mx: google.join('\n'), mode: 'testing', rua: 'tls@example.com' };
    const submission = submitForm(readForm(sentBack(view, mended)), by);
    expect(submission.kind).toBe('publication');
  });

  test('keep their tick through a press elsewhere in the form', () => {
    const view = policyModal(askedForm(unwise));
    const redrawn = policyModal(readForm(sentBack(view, { accept: 'accepted' })));
    const tickOf = (drawn: typeof view) =>
      drawn.blocks.find(({ block_id }) => block_id?.startsWith('accept.'))?.block_id;
    expect(tickOf(redrawn)).toBe(tickOf(view));
  });

  test('about MX need their lookup to be of this domain', () => {
    const form = withLookup({ ...good, rua: 'tls@example.com' }, answer('example.org', mxOf(...google)));
    expect(submitForm(form, by).kind).toBe('publication');
  });
});

describe('the publication', () => {
  test('holds what was chosen', () => {
    const form: Form = {
      ...lookedUp('example.com', mxOf(...google)),
      maxAge: '2592000',
      rua: 'tls@example.com',
      conversation: 'C0MAILOPS',
    };
    expect(submitForm(form, by)).toMatchObject({
      kind: 'publication',
      conversation: 'C0MAILOPS',
      records: {
        domain: 'example.com',
        policy: { mode: 'testing', mx: google, maxAgeSeconds: 2_592_000 },
        rua: ['mailto:tls@example.com'],
        askedBy: alice,
        covered: { covered: 5, compared: 5, total: 5, provider: 'Google Workspace' },
      },
    });
  });

  test('of mode none needs no MX', () => {
    const submission = submit({ mode: 'none', mx: '', maxAge: '86400' });
    expect(submission.kind).toBe('publication');
  });

  test('of a domain that was not looked up says nothing about its MX', () => {
    const submission = submit({ rua: 'tls@example.com' });
    expect(submission.kind === 'publication' && submission.records.covered).toBeUndefined();
  });
});

describe('an id that the workspace used for the domain before', () => {
  const policyOf = (maxAge: number) =>
    `version: STSv1\nmode: testing\nmx: mx1.example.com\nmax_age: ${maxAge}\n`;
  const idOf = (change: Partial<Form>, earlier: readonly Earlier[]): string => {
    const submission = submitForm({ ...good, ...change }, { ...by, earlier });
    if (submission.kind !== 'publication') throw new Error(JSON.stringify(submission));
    return submission.records.id;
  };
  const fresh = idOf({}, []);

  test('stays with the policy that was made last', () => {
    expect(idOf({}, [{ id: 'last', policy: policyOf(604_800) }])).toBe('last');
    // However that was written then.
    expect(idOf({}, [{ id: 'last', policy: policyOf(604_800).replaceAll('\n', '\r\n') }])).toBe('last');
  });

  test.each([
    ['another policy', [{ id: 'last', policy: policyOf(86_400) }]],
    [
      'the policy of before the last: whoever holds either has to see a change',
      [
        { id: 'last', policy: policyOf(86_400) },
        { id: 'before', policy: policyOf(604_800) },
      ],
    ],
    ['a policy that cannot be read any more', [{ id: 'last', policy: 'no policy' }]],
  ])('never goes to %s', (_, earlier) => {
    expect(earlier.map(({ id }) => id)).not.toContain(idOf({}, earlier));
  });

  test('is not hit by chance either: of one second, or of any that was used', () => {
    const used = [0, 1, 2].map((second) => ({
      id: idOf({}, []).replace(
        /(\d\d)Z/,
        (_, seconds) => `${String(Number(seconds) + second).padStart(2, '0')}Z`,
      ),
      policy: policyOf(86_400),
    }));
    expect(used[0]?.id).toBe(fresh);
    expect(used.map(({ id }) => id)).not.toContain(idOf({}, used));
  });

  test('that the form was opened with stays with its policy, unless another had it', () => {
    const previous = { id: 'shown', bodyDigest: digest(policyOf(604_800)), mode: 'testing' as const };
    expect(idOf({ previous }, [])).toBe('shown');
    expect(idOf({ previous }, [{ id: 'shown', policy: policyOf(604_800) }])).toBe('shown');
    expect(idOf({ previous }, [{ id: 'shown', policy: policyOf(86_400) }])).not.toBe('shown');
  });

  test('tells the form which mode was published, so that enforce is no surprise', () => {
    const enforced = policyOf(604_800).replace('testing', 'enforce');
    const change = { mode: 'enforce', maxAge: '2592000' } as const;
    const asked = submitForm({ ...good, ...change }, by);
    expect(asked.kind === 'ask' && asked.form.cautions.map(({ id }) => id)).toContain('enforce.too-early');
    const again = submitForm({ ...good, ...change }, { ...by, earlier: [{ id: 'last', policy: enforced }] });
    const cautions = again.kind === 'ask' ? again.form.cautions.map(({ id }) => id) : [];
    expect(cautions).not.toContain('enforce.too-early');
  });
});
