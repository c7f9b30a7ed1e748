/**
 * Chromium for the tests: the system's where there is one, else the one that comes with `npm ci`. Where none can
 * run, a test is skipped with the reason in its name; in CI it fails.
 */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, lstat, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';
import { type Browser, chromium } from 'playwright-core';
import { describe, test } from 'vitest';

export type Choice =
  | {
      readonly kind: 'found';
      readonly from: 'CHROMIUM_PATH' | 'system' | 'package';
      readonly executablePath: string;
      /** What its process needs besides our own environment. */
      readonly env: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'none'; readonly because: string };

/** Where Debian, Fedora, Chrome's own packages and macOS put it. */
const systemPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Our own: those of @sparticuz/chromium crash outside of Lambda and switch web security off. */
const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'];

/** CHROMIUM_PATH names a program, or says `package` for the one that comes with `npm ci`. */
export async function chooseBrowser(wanted = process.env.CHROMIUM_PATH): Promise<Choice> {
  if (wanted === 'package') return unpackedBrowser();
  if (wanted !== undefined && wanted !== '') {
    if (existsSync(wanted)) return { kind: 'found', from: 'CHROMIUM_PATH', executablePath: wanted, env: {} };
    return { kind: 'none', because: `CHROMIUM_PATH is ${wanted}, and there is no such file` };
  }
  const system = systemPaths.find((path) => existsSync(path));
  if (system !== undefined) return { kind: 'found', from: 'system', executablePath: system, env: {} };
  return unpackedBrowser();
}

export async function launchBrowser(choice: Choice): Promise<Browser> {
  if (choice.kind === 'none') throw new Error(`No browser: ${choice.because}.`);
  const env = { ...process.env, ...choice.env };
  return chromium.launch({ executablePath: choice.executablePath, args, env: env as Record<string, string> });
}

/** A `describe` whose tests get a browser; without one they are skipped and say why, or fail in CI. */
export async function describeInBrowser(
  name: string,
  body: (launch: () => Promise<Browser>) => void,
): Promise<void> {
  const choice = await chooseBrowser();
  if (choice.kind === 'found') describe(name, () => body(() => launchBrowser(choice)));
  else if (process.env.CI !== undefined && process.env.CI !== '')
    test(name, () => {
      throw new Error(`CI needs a browser: ${choice.because}.`);
    });
  else test.skip(`${name} (skipped: ${choice.because})`);
}

const run = promisify(execFile);

/** The package holds Linux on x64 only. */
async function unpackedBrowser(): Promise<Choice> {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64')
    return {
      kind: 'none',
      because: `there is no Chromium at ${systemPaths[0]} and none for ${platform} ${arch} in the packages`,
    };
  const folder = await unpackOnce();
  const executablePath = join(folder, 'chromium');
  const env: Record<string, string> = {};
  if (await lacksLibraries(executablePath)) env.LD_LIBRARY_PATH = join(folder, 'lib');
  if (!existsSync('/etc/fonts/fonts.conf')) env.FONTCONFIG_PATH = folder;
  if (await lacksLibraries(executablePath, env))
    return { kind: 'none', because: 'the Chromium of @sparticuz/chromium lacks libraries of this system' };
  return { kind: 'found', from: 'package', executablePath, env };
}

/** True when the system cannot load what the program links to: NSS, on a bare server. */
async function lacksLibraries(program: string, env: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const { stdout } = await run('ldd', [program], { env: { ...process.env, ...env } });
  return stdout.includes('not found');
}

/** Unpacks the package into a folder of this user's, once a version; 3 s the first time. */
async function unpackOnce(): Promise<string> {
  const bin = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin');
  const { version } = createRequire(import.meta.url)(join(bin, '..', 'package.json')) as { version: string };
  const user = process.getuid?.() ?? 0;
  const folder = join(tmpdir(), `mta-sts-bot-chromium-${version}-${user}`);
  if (await isOurs(folder, user)) return folder;
  const fresh = await mkdtemp(`${folder}-`);
  const program = join(fresh, 'chromium');
  await writeFile(program, await unbrotli(await readFile(join(bin, 'chromium.br'))));
  await chmod(program, 0o700);
  for (const archive of ['al2023', 'fonts', 'swiftshader'])
    await untar(await unbrotli(await readFile(join(bin, `${archive}.tar.br`))), fresh);
  // Another test file may have been quicker: a folder that is not empty is not replaced.
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  if (!(await isOurs(folder, user))) throw new Error(`${folder} belongs to somebody else.`);
  return folder;
}

const unbrotli = promisify(brotliDecompress);

async function isOurs(folder: string, user: number): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === user;
}

function untar(archive: Buffer, folder: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const tar = spawn('tar', ['-x', '-C', folder], { stdio: ['pipe', 'ignore', 'inherit'] });
    tar.once('error', reject);
    tar.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`tar ended with ${code}.`));
    });
    tar.stdin.end(archive);
  });
}
