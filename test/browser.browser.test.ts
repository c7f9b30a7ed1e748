/** The browser of the tests itself: the one that comes with `npm ci` must start on a machine that has no other. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type Choice, chooseBrowser, launchBrowser } from './browser.ts';

const packaged = process.platform === 'linux' && process.arch === 'x64';

async function titleIn(choice: Choice): Promise<string> {
  const browser = await launchBrowser(choice);
  try {
    const page = await browser.newPage();
    await page.goto('data:text/html,<title>It runs</title>');
    return await page.title();
  } finally {
    await browser.close();
  }
}

test.runIf(packaged)(
  'the package’s browser runs with the libraries of this system',
  { timeout: 60_000 },
  async () => {
    const choice = await chooseBrowser('package');
    expect(choice).toMatchObject({ kind: 'found', from: 'package' });
    expect(await titleIn(choice)).toBe('It runs');
  },
);

test.runIf(packaged)('and with the libraries and fonts it brings', { timeout: 60_000 }, async () => {
  const choice = await chooseBrowser('package');
  if (choice.kind === 'none') throw new Error(choice.because);
  const folder = dirname(choice.executablePath);
  expect(existsSync(join(folder, 'lib', 'libnss3.so'))).toBe(true);
  const env = { LD_LIBRARY_PATH: join(folder, 'lib'), FONTCONFIG_PATH: folder };
  expect(await titleIn({ ...choice, env })).toBe('It runs');
});

test('a path that leads nowhere is told', async () => {
  expect(await chooseBrowser('/nowhere/chromium')).toEqual({
    kind: 'none',
    because: 'CHROMIUM_PATH is /nowhere/chromium, and there is no such file',
  });
});
