/** The documents against the repository: what they name exists, and what they say of the protocol is no folklore. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mostMxHosts } from '../src/check/probes/dns.ts';
import { mostConnections } from '../src/check/probes/door.ts';
import { mostAddresses } from '../src/check/probes/smtp.ts';
import { senders } from '../src/check/senders.ts';
import { variables } from '../src/config.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts);

const left = new Set(['node_modules', '.git', 'data', '.cache', 'coverage', 'package-lock.json']);
const files = filesIn(root).map((path) => relative(root, path));
const documents = files.filter((path) => path.endsWith('.md'));
const texts = files.filter((path) => /\.(?:md|ts|json|yml|html|css)$|Dockerfile$|\.ci\/run$/.test(path));

describe('the README', () => {
  const readme = read('README.md');

  it('explains every variable in the words of config.ts, and no other', () => {
    const section = readme.slice(readme.indexOf('\n## Variables'), readme.indexOf('\n## Docker'));
    const rows = section.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows).toEqual(variables.map(({ name, description }) => `| \`${name}\` | ${description} |`));
  });

  it('has the test command that decides whether a change lands', () => {
    const command = read('.ci/run').trim().split('\n').at(-1);
    expect(command).toBe('npm ci && npm test');
    expect(readme).toContain(`\n\`\`\`\n${command}\n\`\`\`\n`);
  });

  it('has the limits that the code keeps', () => {
    const words: Readonly<Record<number, string>> = { 8: 'eight', 11: 'eleven' };
    expect(readme).toContain(`${mostConnections} times a minute`);
    expect(readme).toContain(`${mostMxHosts} hosts at most`);
    expect(readme).toContain(`at every address of every host, ${words[mostAddresses]} at most`);
    expect(readme).toContain(`${words[senders.length]} known senders`);
  });

  it('explains every scope of the manifest', () => {
    const { scopes } = (
      JSON.parse(read('manifest.json')) as { oauth_config: { scopes: Record<string, string[]> } }
    ).oauth_config;
    for (const [kind, names] of Object.entries(scopes)) {
      for (const name of names) {
        expect(readme).toContain(`| \`${name}\`${kind === 'bot_optional' ? ' (optional)' : ''} |`);
      }
    }
  });

  it('shows pictures that say what is on them', () => {
    const pictures = [...readme.matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)];
    expect(pictures.map(([, , path]) => path)).toEqual([
      'docs/pictures/form.png',
      'docs/pictures/answer.png',
      'docs/pictures/report.png',
      'docs/pictures/alert.png',
      'docs/pictures/home.png',
    ]);
    for (const [, words = ''] of pictures) expect(words.length).toBeGreaterThan(20);
  });
});

describe.for(documents)('%s', (path) => {
  const text = read(path);

  it('names only scripts that exist', () => {
    const named = [...text.matchAll(/npm (?:run (?:-s )?)([a-z][a-z:-]*)/g)].map(([, name]) => name);
    for (const name of named) expect(scripts).toContain(name);
  });

  it('links only to what is there', () => {
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
    for (const target of targets.filter((each) => !/^(?:https:|#)/.test(each))) {
      const [file = ''] = target.split('#');
      expect(existsSync(join(root, dirname(path), file)), `${path} links to ${target}`).toBe(true);
    }
  });

  it('names only files of the source that are there', () => {
    const named = [...text.matchAll(/\b(?:src|test|bench|docs)\/[a-z0-9/.-]*[a-z0-9]/g)].map(
      ([name]) => name,
    );
    for (const name of named) expect(existsSync(join(root, name)), `${path} names ${name}`).toBe(true);
  });
});

// What is often said of MTA-STS and is not so. The parts are joined here, so that this file passes too.
const folklore = [
  ['an RFC', 'minimum for max_age'],
  ['receivers', 'fetch, cache, or refuse the policy'],
  ['DNS first', 'then the file'],
  ['enforce', 'rejects the message entirely'],
  ['mail from', 'an MX that is not listed'],
] as const;
const patterns: Record<(typeof folklore)[number][0], RegExp> = {
  'an RFC':
    /minimum(?: value)?(?: of| is|:)? (?:86[, ]?400|604[, ]?800|one day)|86400 (?:is|as) the (?:lower|minimum)/i,
  receivers:
    /receiv(?:er|ing (?:mail )?server|ing mta)s? (?:will |must |should )?(?:fetch|cache|download|refuse)/i,
  'DNS first':
    /(?:publish|update|change) (?:the )?(?:TXT|DNS)(?: record)?(?: first|,? then (?:the )?(?:policy )?file)/i,
  enforce: /reject(?:s|ed)? (?:the )?(?:message|mail)s? (?:entirely|outright)/i,
  'mail from': /mail from (?:a |an )?(?:non-listed|unlisted) MX/i,
};

describe('every text of the repository', () => {
  const others = texts.filter((path) => path !== 'test/docs.test.ts');
  const filesWith = (pattern: RegExp) => others.filter((path) => pattern.test(read(path)));

  it.for(folklore)('does not repeat the tale of %s %s', ([tale]) => {
    expect(filesWith(patterns[tale])).toEqual([]);
  });

  it('names no folder of the machine it was written on', () => {
    expect(filesWith(/(?<![\w.])\/(?:work|root|Users)\/\w/)).toEqual([]);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !left.has(name))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesIn(path) : [path];
    });
}
