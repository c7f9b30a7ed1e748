/** The pages around an installation: what others wrote stays text, and nothing but the pages' own style is let in. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  type InstallProblem,
  installedPage,
  installPage,
  notInstalledPage,
  pageHeaders,
} from '../../src/slack/install-pages.ts';

const hostile = '"><script>alert(1)</script>&amp;';
const problems: Readonly<Record<InstallProblem, RegExp>> = {
  cancelled: /cancelled in Slack/,
  'not-begun-here': /not begun in this browser/,
  incomplete: /not whole/,
  'code-refused': /works once, and for ten minutes/,
  refused: /Slack refused/,
  'slack-away': /Slack does not answer/,
  'store-away': /cannot write down/,
  other: /fault is on our side/,
};

describe('what others wrote', () => {
  test.each([
    ['the address of Slack', installPage(`https://slack.example/?a=1&b=${hostile}`)],
    ["a workspace's name", installedPage({ where: hostile, openUrl: 'https://slack.example/' })],
    ['the address of the app', installedPage({ where: 'Acme', openUrl: `https://slack.example/${hostile}` })],
    ["Slack's word for a refusal", notInstalledPage('refused', hostile)],
  ])('%s stays text', (_what, html) => {
    expect(html).not.toContain('<script>');
    expect(html).toContain('&quot;&gt;&lt;script&gt;');
  });
});

test.each(Object.entries(problems))('%s is said in words, with a way on', (problem, words) => {
  const html = notInstalledPage(problem as InstallProblem, undefined);
  expect(html).toMatch(words);
  expect(html).toContain('href="install"');
  expect(html).not.toContain('admin: <code>');
});

test('an organisation is named where there is no workspace, and nobody where there is neither', () => {
  const page = (where: string | undefined) => installedPage({ where, openUrl: 'https://slack.example/' });
  expect(page('Acme Group')).toContain('installed in <b>Acme Group</b>');
  expect(page(undefined)).toContain('installed in your workspace');
});

test('the style is the one that the headers let in', () => {
  const style = /<style>([\s\S]*?)<\/style>/.exec(installPage('https://slack.example/'))?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  expect(pageHeaders['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
  expect(pageHeaders['content-security-policy']).toContain("frame-ancestors 'none'");
});
