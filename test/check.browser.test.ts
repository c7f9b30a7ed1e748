/**
 * The live check as a mail admin meets it, in a real browser with everything behind it real: `src/local/main.ts`
 * as a process of its own. What is right to say of a domain is in check/; here it can be read, copied and acted on.
 */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { describeInBrowser } from './browser.ts';
import { type LocalWorld, startLocalWorld } from './local-world.ts';
import { full } from './runs.ts';

const freshRecord = /^v=STSv1; id=[A-Za-z0-9]{1,32};$/;
const policyOf = (domain: string, maxAge = 2_592_000) =>
  `version: STSv1\nmode: enforce\nmx: mx.${domain}\nmax_age: ${maxAge}`;

interface Broken {
  readonly domain: string;
  readonly inSample?: true;
  /** What it means for mail. */
  readonly sentence: RegExp;
  /** A row of the table: the host, and what a sender would do. */
  readonly row: RegExp;
  readonly finding: string;
  /** What stands in the boxes, in the order in which it is to be published. */
  readonly texts: readonly (string | RegExp)[];
}

/**
 * One of each group of scenarios at least; the person may ask for twenty checks in ten minutes. Those of the sample have
 * no box, one of each kind, and three.
 */
const broken: readonly Broken[] = [
  {
    domain: 'mx-not-covered.test',
    sentence: /protected by 1 of 2 hosts; mx1\.mx-not-covered\.test would be refused/,
    row: /^mx1\.mx-not-covered\.test\s+skip this host\s+no\s/,
    finding: 'Error: An MX host is missing from the policy',
    texts: ['mx: mx1.mx-not-covered.test', freshRecord],
  },
  {
    domain: 'no-semicolon.test',
    inSample: true,
    sentence: /^Senders do not protect mail to no-semicolon\.test/,
    row: /^mx\.no-semicolon\.test\s+deliver unprotected/,
    finding: 'Error: No semicolon follows the version',
    texts: ['v=STSv1; id=20261101T080000Z;'],
  },
  {
    domain: 'id-long.test',
    sentence: /^Some senders \(3 of 11 known ones\) do not protect/,
    row: /^mx\.id-long\.test\s+deliver unprotected/,
    finding: 'Error: The id is too long',
    texts: [freshRecord],
  },
  {
    domain: 'record-at-apex.test',
    sentence: /^Senders do not protect mail to record-at-apex\.test/,
    row: /^mx\.record-at-apex\.test\s+deliver unprotected/,
    finding: 'Error: The record stands at a name where no sender looks',
    texts: ['v=STSv1; id=20261101T080000Z;'],
  },
  {
    domain: 'bom.test',
    inSample: true,
    sentence: /^Some senders \(7 of 11 known ones\) do not protect/,
    row: /^mx\.bom\.test\s+deliver unprotected\s+no policy/,
    finding: 'Error: The file begins with a byte order mark',
    texts: [policyOf('bom.test'), freshRecord],
  },
  {
    domain: 'max-age-over.test',
    sentence: /do not protect mail to max-age-over\.test/,
    row: /^mx\.max-age-over\.test\s+deliver unprotected/,
    finding: 'Error: max_age is over the maximum',
    texts: [policyOf('max-age-over.test', 31_557_600), freshRecord],
  },
  {
    domain: 'no-mx-line.test',
    sentence: /^Senders do not protect mail to no-mx-line\.test/,
    row: /^mx\.no-mx-line\.test\s+deliver unprotected/,
    finding: 'Error: The policy has no mx',
    texts: ['mx: mx.no-mx-line.test', freshRecord],
  },
  {
    domain: 'two-labels.test',
    inSample: true,
    sentence: /does not arrive from senders that honour the policy/,
    row: /^microsofttwo-labels\.h-v1\.mx\.microsoft\s+skip this host/,
    finding: 'Error: In mode enforce no mail can arrive',
    texts: ['mx: microsofttwo-labels.h-v1.mx.microsoft', freshRecord, freshRecord],
  },
  {
    domain: 'no-starttls.test',
    sentence: /does not arrive from senders that honour the policy/,
    row: /^mx\.no-starttls\.test\s+skip this host\s+yes\s+not offered/,
    finding: 'Error: An MX host does not offer STARTTLS',
    texts: [freshRecord],
  },
  {
    domain: 'mx-cert-expired.test',
    inSample: true,
    sentence: /mx\.mx-cert-expired\.test would be refused/,
    row: /^mx\.mx-cert-expired\.test\s+skip this host\s.*expired 2 days ago/,
    finding: 'Error: The certificate of an MX host has expired',
    texts: [freshRecord],
  },
  {
    domain: 'redirect.test',
    inSample: true,
    sentence: /they get no usable one\. The policy host redirects\.$/,
    row: /^mx\.redirect\.test\s+deliver unprotected/,
    finding: 'Error: The policy host redirects',
    texts: [],
  },
];

await describeInBrowser('the live check', (launch) => {
  let browser: Browser;
  let world: LocalWorld;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    [browser, world] = await Promise.all([launch(), startLocalWorld()]);
    page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(8000);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(world.url);
  });

  afterAll(async () => {
    await browser?.close();
    await world?.stop();
  });

  afterEach(() => expect(complaints).toEqual([]));

  async function type(text: string, conversation = 'general'): Promise<void> {
    await page.getByRole('button', { name: new RegExp(`^${conversation}`) }).click();
    const composer = page.getByRole('textbox', { name: /^Message/ });
    await composer.fill(text);
    await composer.press('Enter');
  }

  const fromApp = () => page.getByRole('article', { name: /^MTA-STS/ });

  /** The newest report on a domain that has come to this verdict. */
  function reportOn(domain: string, verdict: string): Locator {
    const heading = page.getByRole('heading', { name: `${domain}: ${verdict}`, exact: true });
    return fromApp().filter({ has: heading }).last();
  }

  async function check(domain: string, verdict: string): Promise<Locator> {
    await type(`/mta-sts check ${domain}`);
    const report = reportOn(domain, verdict);
    await report.waitFor();
    return report;
  }

  const boxesOf = (report: Locator) =>
    report.getByRole('group', { name: 'Preformatted text' }).locator('code');

  it('of a healthy domain is the verdict and the table, and nothing to do', async () => {
    const report = await check('healthy.test', 'enforced');
    expect(await report.innerText()).toContain('Mail to healthy.test is protected by 2 of 2 hosts.');
    const rows = await report.getByRole('row').allInnerTexts();
    expect(rows.map((row) => row.replaceAll(/\s+/g, ' ').trim())).toEqual([
      'MX host A sender would In the policy STARTTLS Certificate',
      expect.stringMatching(/^mx1\.healthy\.test deliver yes TLS 1\.3 valid, \d+ days$/),
      expect.stringMatching(/^mx2\.healthy\.test deliver yes TLS 1\.3 valid, \d+ days$/),
    ]);
    expect(await report.innerText()).not.toMatch(/Error|Warning|Notice|Also seen/);
    expect(await boxesOf(report).count()).toBe(0);
  });

  it.for(broken.filter(({ inSample }) => inSample ?? full))(
    'of $domain says what to publish',
    async ({ domain, sentence, row, finding, texts }) => {
      const report = await check(domain, 'broken');
      const lines = (await report.innerText()).split('\n').map((line) => line.trim());
      expect(lines.some((line) => sentence.test(line))).toBe(true);
      const rows = await report.getByRole('row').allInnerTexts();
      expect(
        rows.map((text) => text.replaceAll(/\s+/g, ' ').trim()).filter((text) => row.test(text)),
      ).toHaveLength(1);
      expect(lines).toContain(finding);
      const boxes = await boxesOf(report).allTextContents();
      expect(boxes).toEqual(
        texts.map((text) => (typeof text === 'string' ? text : expect.stringMatching(text))),
      );
      const copies = report.getByRole('button', { name: 'Copy', exact: true });
      expect(await copies.count()).toBe(boxes.length);
      if (boxes.length === 0) return;
      await copies.first().click();
      await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(boxes[0]);
    },
  );

  it('shows all of it, and looks again, in the place of the report', async () => {
    await type('/mta-sts check mx-second-broken.test');
    const report = reportOn('mx-second-broken.test', 'broken');
    await report.getByRole('button', { name: /^Show all/ }).click();
    await report.getByText('Also seen').waitFor();
    await report.getByRole('button', { name: /^Show less/ }).waitFor();
    // The report of a new look shows what matters first, as each does.
    await report.getByRole('button', { name: /^Check again/ }).click();
    await report.getByRole('button', { name: /^Show all/ }).waitFor();
    const heading = page.getByRole('heading', { name: 'mx-second-broken.test: broken' });
    expect(await heading.count()).toBe(1);
    expect(await report.getByText('Also seen').count()).toBe(0);
  });

  it('is shared where the person chooses, and says so', async () => {
    await type('/mta-sts check backup-not-covered.test');
    await reportOn('backup-not-covered.test', 'broken')
      .getByRole('button', { name: /^Share to/ })
      .click();
    const form = page.getByRole('dialog', { name: 'Share the report' });
    await form.getByRole('combobox').click();
    await page.keyboard.type('#partners');
    await page.keyboard.press('Enter');
    await form.getByRole('button', { name: 'Share', exact: true }).click();
    await form.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: /^partners 1 unread/ }).click();
    const shared = reportOn('backup-not-covered.test', 'broken');
    await shared.getByText('Shared by').waitFor();
    expect(await shared.getByText('Only visible to you').count()).toBe(0);
    expect(await boxesOf(shared).first().textContent()).toBe('mx: backup.example.net');
  });

  it('is offered in App Home, and comes as a direct message', async () => {
    await page.getByRole('button', { name: /^MTA-STS/ }).click();
    await page.getByRole('button', { name: /^Check a domain/ }).click();
    const form = page.getByRole('dialog', { name: 'Check a domain' });
    await form.getByRole('textbox', { name: /^Domain/ }).fill('parked.test');
    await form.getByRole('button', { name: 'Check', exact: true }).click();
    await form.getByText('The report comes as a direct message from this app.').waitFor();
    await form.getByRole('button', { name: 'Close' }).last().click();
    await page.getByRole('button', { name: /^mta-sts/ }).click();
    await reportOn('parked.test', 'off').getByText('takes no mail').waitFor();
  });

  it('of a domain without MTA-STS leads to the form, and from the records to what is still missing', async () => {
    const report = await check('example.test', 'off');
    await report.getByRole('button', { name: /^Make a policy/ }).click();
    const form = page.getByRole('dialog', { name: 'MTA-STS policy' });
    await form.getByText('In DNS now: 3 MX hosts').waitFor();
    await form.getByRole('button', { name: /^Generate/ }).click();
    await form.waitFor({ state: 'detached' });
    await fromApp()
      .getByRole('button', { name: /^Run live check/ })
      .last()
      .click();
    const compared = fromApp().filter({ hasText: 'What was generated is not published yet.' });
    await compared.getByText('Next: give the policy host an address in DNS.').waitFor();
    // Whoever has made one is not told to make one.
    expect(await compared.getByRole('button', { name: /^Make a policy/ }).count()).toBe(0);
  });
});
