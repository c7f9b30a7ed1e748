/** The files of the page as the browser gets them. */
import { describe, expect, test } from 'vitest';
import { createPageFiles } from '../../../src/local/slack/page-files.ts';

const files = createPageFiles();
const bodyOf = async (path: string): Promise<string> => (await files.get(path))?.body.toString('utf8') ?? '';

test('the page itself has no inline script, style or handler', async () => {
  const html = await bodyOf('/');
  expect(html).toContain('<script type="module" src="/page/main.ts"></script>');
  expect(html).not.toMatch(/<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|https?:/);
});

test('every module that main.ts leads to is there, as JavaScript without a name to look up', async () => {
  const seen = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const file = await files.get(path);
    expect(file?.contentType, path).toBe('text/javascript; charset=utf-8');
    const source = file?.body.toString('utf8') ?? '';
    for (const [, specifier = ''] of source.matchAll(
      /(?:^|[;}])\s*(?:im|ex)port\b[^;'"]*?from\s*["']([^"']+)["']/gm,
    )) {
      expect(specifier, path).toMatch(/^(\.\/|\/page\/vendor\/)/);
      await visit(new URL(specifier, `http://page${path}`).pathname);
    }
  };
  await visit('/page/main.ts');
  expect(seen.size).toBeGreaterThan(30);
  expect(seen).toContain('/page/vendor/preact.mjs');
  expect(await bodyOf('/page/main.ts')).not.toMatch(/^import type/m);
});

describe('nothing else can be had', () => {
  test.each([
    '/page/tsconfig.json',
    '/page/../page-files.ts',
    '/page/%2e%2e/page-files.ts',
    '/page/vendor/../../package.json',
    '/page/vendor/preact.mjs.map',
    '/index.html',
    '/page/',
    '/__proto__',
    '',
  ])('%j', async (path) => {
    expect(await files.get(path)).toBeUndefined();
  });
});

test('the policy allows only what comes from here, and no markup from strings', () => {
  expect(files.csp).toContain("default-src 'none'");
  expect(files.csp).toContain("require-trusted-types-for 'script'");
  expect(files.csp).not.toMatch(/unsafe|https?:|\*|data:/);
});

test('no file of the page writes markup or code from strings', async () => {
  const { readdirSync } = await import('node:fs');
  for (const name of readdirSync('src/local/slack/page').filter((file) => file.endsWith('.ts')))
    expect(await bodyOf(`/page/${name}`), name).not.toMatch(
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('style/,
    );
});
