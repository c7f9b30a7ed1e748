/**
 * The files of the page in the browser: its TypeScript with the types stripped, its styles, and preact.
 * Only what is listed here at the start can be had; who may ask for it is left to the server.
 */
import { readdirSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface PageFile {
  readonly body: Buffer;
  readonly contentType: string;
}

export interface PageFiles {
  /** The file at a URL path without its query, such as `/` or `/page/main.ts`; undefined when there is none. */
  get(path: string): Promise<PageFile | undefined>;
  /** The Content-Security-Policy that belongs to the page. */
  readonly csp: string;
}

const folder = fileURLToPath(new URL('./page/', import.meta.url));

/** What the page's modules import by name, and where the browser gets it. */
const vendor = {
  preact: '/page/vendor/preact.mjs',
  'preact/hooks': '/page/vendor/hooks.mjs',
} as const;

const contentTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ts': 'text/javascript; charset=utf-8',
};

/**
 * Nothing from elsewhere, no inline script, no eval, no frame around it, and no way from a string to markup
 * (`require-trusted-types-for`): the texts of others can only become text.
 */
const csp = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

export function createPageFiles(): PageFiles {
  const sources = new Map<string, string>();
  for (const name of readdirSync(folder))
    if (contentTypes[extname(name)] !== undefined)
      sources.set(name === 'index.html' ? '/' : `/page/${name}`, join(folder, name));
  for (const [name, path] of Object.entries(vendor))
    sources.set(path, fileURLToPath(import.meta.resolve(name)));
  const modules = [...sources.keys()].filter((path) => /\.(ts|mjs)$/.test(path));
  const made = new Map<string, { readonly changedAt: number; readonly body: Buffer }>();

  return {
    csp,
    async get(path) {
      const file = sources.get(path);
      const contentType = contentTypes[extname(file ?? '')];
      if (file === undefined || contentType === undefined) return undefined;
      const { mtimeMs: changedAt } = await stat(file);
      const known = made.get(file);
      if (known?.changedAt === changedAt) return { body: known.body, contentType };
      const body = Buffer.from(forBrowser(file, await readFile(file, 'utf8'), modules));
      made.set(file, { changedAt, body });
      return { body, contentType };
    },
  };
}

function forBrowser(file: string, source: string, modules: readonly string[]): string {
  if (extname(file) === '.html') return withPreloads(source, modules);
  return ['.ts', '.mjs'].includes(extname(file)) ? asBrowserModule(source, extname(file)) : source;
}

/** Lets the browser fetch all modules at once instead of one import after the other. */
function withPreloads(html: string, modules: readonly string[]): string {
  const links = modules.map((path) => `<link rel="modulepreload" href="${path}" />`);
  return html.replace('<script', `${links.join('\n    ')}\n    <script`);
}

/** JavaScript whose imports a browser can follow without an import map, which a strict CSP would refuse. */
function asBrowserModule(source: string, extension: string): string {
  const code = extension === '.ts' ? stripTypeScriptTypes(source) : source;
  return code.replace(/\bfrom\s*(["'])(preact(?:\/hooks)?)\1/g, (whole, quote: string, name: string) =>
    name in vendor ? `from ${quote}${vendor[name as keyof typeof vendor]}${quote}` : whole,
  );
}
