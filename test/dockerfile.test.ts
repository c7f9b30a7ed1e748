/** The Dockerfile against what the rest of the repository says. Building the image is left to an engine. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n').filter(Boolean);
const packageJson = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  engines: { node: string };
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

  it('starts every stage from the Node that package.json pins', () => {
    const pinned = new Set(
      Object.entries(packageJson.optionalDependencies).flatMap(([name, version]) =>
        name.startsWith('node-') ? [version] : [],
      ),
    );
    expect(pinned.size).toBe(1);
    const [version] = pinned;
    expect(packageJson.engines.node).toBe(`>=${version}`);
    const images = instructions
      .filter(({ name }) => name === 'FROM')
      .map(({ text }) => text.replace(/ AS .*/, ''));
    expect(new Set(images)).toEqual(new Set([`node:${version}-slim`]));
  });

  it('installs what the lock says, without development and optional packages', () => {
    expect(dockerfile).toMatch(/npm ci --omit=dev --omit=optional/);
  });

  it('does not run as root', () => {
    expect(inLastStage('USER')).toEqual(['node']);
    const order = lastStage.map(({ name }) => name);
    expect(order.indexOf('USER')).toBeLessThan(order.indexOf('CMD'));
  });

  it('keeps DATA_DIR in a volume that the user owns', () => {
    expect(inLastStage('VOLUME')).toEqual(['["/data"]']);
    expect(inLastStage('ENV').join(' ')).toContain('DATA_DIR=/data');
    expect(inLastStage('RUN').join(' ')).toContain('chown node:node /data');
  });

  it('asks /healthz whether it lives', () => {
    expect(inLastStage('HEALTHCHECK').join(' ')).toContain('/healthz');
    expect(inLastStage('STOPSIGNAL')).toEqual(['SIGTERM']);
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
