/**
 * Runs a hosting recipe on loopback in the real nginx, Caddy or Apache of this machine, beside another
 * site that comes first, redirects everything and answers for every unknown name: as servers in use do.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { accessSync, chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from '../../../src/local/free-port.ts';
import { strictFetch } from './strict-fetch.ts';

export const policyHost = 'mta-sts.example.test';
export const otherHost = 'www.example.test';

/** What the recipe must serve, byte for byte. */
export const policy = Buffer.from(
  'version: STSv1\nmode: testing\nmx: mx1.example.test\nmx: *.mx.example.test\nmax_age: 604800\n',
);

export interface WebServer {
  readonly httpsPort: number;
  readonly httpPort: number;
  readonly ca: string;
  readonly stop: () => Promise<void>;
}

type ServerName = 'nginx' | 'caddy' | 'apache';

const programs = { nginx: 'nginx', caddy: 'caddy', apache: 'apache2' } as const;
const apacheModules = '/usr/lib/apache2/modules';

/** What is missing to run this server here, or undefined when all is there. */
export function missingFor(server: ServerName): string | undefined {
  if (findProgram(programs[server]) === undefined) return programs[server];
  if (server !== 'caddy' && findProgram('openssl') === undefined) return 'openssl';
  if (server === 'apache' && !exists(apacheModules)) return apacheModules;
  return undefined;
}

export async function startWebServer(server: ServerName, recipe: string): Promise<WebServer> {
  const folder = mkdtempSync(join(tmpdir(), 'hosting-'));
  chmodSync(folder, 0o755); // workers of a server started by root run as another user
  const root = join(folder, 'www');
  mkdirSync(join(root, '.well-known'), { recursive: true });
  writeFileSync(join(root, '.well-known', 'mta-sts.txt'), policy);
  const [httpsPort, httpPort] = [await freePort(), await freePort()];
  const certificates = server === 'caddy' ? undefined : makeCertificates(folder);
  const lab: Lab = { folder, root, httpsPort, httpPort };
  const text = put(recipe, { 'mta-sts.example.com': policyHost, '/var/www/mta-sts': root });
  const { args, env } = start[server](text, lab);
  const child = spawn(findProgram(programs[server]) ?? programs[server], args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  child.stdout.on('data', (chunk) => said.push(String(chunk)));
  child.stderr.on('data', (chunk) => said.push(String(chunk)));
  const stop = async () => {
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const authority = certificates ?? join(folder, 'store/pki/authorities/local/root.crt');
  try {
    return { httpsPort, httpPort, ca: await answering(child, lab, authority, said), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Lab {
  readonly folder: string;
  /** Stands for /var/www/mta-sts. */
  readonly root: string;
  readonly httpsPort: number;
  readonly httpPort: number;
}

interface Start {
  readonly args: string[];
  readonly env?: Record<string, string>;
}

const start: Record<ServerName, (recipe: string, lab: Lab) => Start> = {
  nginx(recipe, { folder, httpsPort, httpPort }) {
    const site = put(recipe, {
      'listen 443 ssl;': `listen 127.0.0.1:${httpsPort} ssl;`,
      'listen [::]:443 ssl;': `listen unix:${folder}/second.sock ssl;`, // a lab may lack IPv6
      ...certificatePaths(folder),
    });
    writeFileSync(join(folder, 'mta-sts.conf'), site);
    writeFileSync(
      join(folder, 'nginx.conf'),
      `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr;
events { }
http {
  access_log off; gzip on; gzip_types text/plain; gzip_min_length 1;
  ssl_protocols TLSv1.2 TLSv1.3; # nginx takes them from the first site of the address, so they stand here
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((t) => `${t}_temp_path ${folder}/${t};`).join(' ')}
  server {
    listen 127.0.0.1:${httpsPort} ssl default_server; server_name ${otherHost};
    ssl_certificate ${folder}/${otherHost}.pem; ssl_certificate_key ${folder}/${otherHost}.key;
    return 301 https://${otherHost}$request_uri;
  }
  server { listen 127.0.0.1:${httpPort} default_server; return 301 https://$host$request_uri; }
  include ${folder}/mta-sts.conf;
}
`,
    );
    return { args: ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')] };
  },

  // The recipe runs as it stands: the lab's ports, its own authority and its folder are global options.
  caddy(recipe, { folder, httpsPort, httpPort }) {
    writeFileSync(
      join(folder, 'Caddyfile'),
      `{
  admin off
  default_bind 127.0.0.1
  http_port ${httpPort}
  https_port ${httpsPort}
  local_certs
  skip_install_trust
  servers {
    protocols h1 h2
  }
  storage file_system ${folder}/store
}
${otherHost} {
  redir https://${otherHost}/elsewhere 301
}
${recipe}`,
    );
    return {
      args: ['run', '--config', join(folder, 'Caddyfile'), '--adapter', 'caddyfile'],
      env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    };
  },

  apache(recipe, { folder, httpsPort, httpPort }) {
    const site = put(recipe, {
      '<VirtualHost *:443>': `<VirtualHost 127.0.0.1:${httpsPort}>`,
      ...certificatePaths(folder),
    });
    writeFileSync(join(folder, 'mta-sts.conf'), site);
    const modules = ['mpm_event', 'authz_core', 'alias', 'dir', 'mime', 'filter', 'deflate', 'ssl'];
    writeFileSync(
      join(folder, 'apache.conf'),
      `ServerRoot ${folder}
ServerName localhost
PidFile ${folder}/apache.pid
DefaultRuntimeDir ${folder}
Mutex file:${folder} default
ErrorLog "|$/bin/cat 1>&2"
${modules.map((name) => `LoadModule ${name}_module ${apacheModules}/mod_${name}.so`).join('\n')}
${process.getuid?.() === 0 ? 'User #65534\nGroup #65534' : ''}
TypesConfig /dev/null
AddOutputFilterByType DEFLATE text/plain
Listen 127.0.0.1:${httpsPort}
Listen 127.0.0.1:${httpPort}
<Directory />
  Require all denied
</Directory>
<VirtualHost 127.0.0.1:${httpsPort}>
  ServerName ${otherHost}
  SSLEngine on
  SSLCertificateFile ${folder}/${otherHost}.pem
  SSLCertificateKeyFile ${folder}/${otherHost}.key
  Redirect permanent / https://${otherHost}/
</VirtualHost>
<VirtualHost 127.0.0.1:${httpPort}>
  Redirect permanent / https://${policyHost}/
</VirtualHost>
Include ${folder}/mta-sts.conf
`,
    );
    return { args: ['-DFOREGROUND', '-f', join(folder, 'apache.conf')] };
  },
};

function certificatePaths(folder: string): Record<string, string> {
  const live = `/etc/letsencrypt/live/${policyHost}`;
  return {
    [`${live}/fullchain.pem`]: join(folder, `${policyHost}.pem`),
    [`${live}/privkey.pem`]: join(folder, `${policyHost}.key`),
  };
}

/** Every piece must be there: a recipe that changed shape must not pass half replaced. */
function put(text: string, pieces: Record<string, string>): string {
  return Object.entries(pieces).reduce((before, [from, to]) => {
    if (!before.includes(from)) throw new Error(`The recipe no longer holds "${from}".`);
    return before.replaceAll(from, to);
  }, text);
}

/** An authority of the lab and a certificate for either host, in `folder`; returns where the authority's is. */
function makeCertificates(folder: string): string {
  const run = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  run('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Lab');
  for (const host of [policyHost, otherHost]) {
    run('req', ...key, '-keyout', `${host}.key`, '-out', `${host}.csr`, '-subj', '/CN=lab');
    writeFileSync(join(folder, 'extensions'), `subjectAltName=DNS:${host}\n`);
    run(
      ...['x509', '-req', '-in', `${host}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
      ...['-days', '2', '-extfile', 'extensions', '-out', `${host}.pem`],
    );
  }
  return join(folder, 'ca.pem');
}

/**
 * Asks until the server answers for both hosts, ends, or ten seconds have gone; gives the authority. That it
 * takes connections says little: Apache binds its ports twice, and Caddy listens before it has certificates.
 */
async function answering(
  child: ChildProcess,
  { httpsPort, httpPort }: Lab,
  authority: string,
  said: readonly string[],
): Promise<string> {
  const until = Date.now() + 10_000;
  let last: unknown;
  while (Date.now() < until && child.exitCode === null) {
    try {
      const ca = readFileSync(authority, 'utf8');
      for (const host of [policyHost, otherHost])
        await strictFetch({ address: '127.0.0.1', port: httpsPort, ca, host });
      if (await accepts(httpPort)) return ca;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`The server does not answer (${last}). It said: ${said.join('').slice(-2_000)}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(socket.destroy() !== undefined));
    socket.on('error', () => resolve(false));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.on('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 3_000).unref();
  });
}

/** Where a program is, also in the folders that only root has in its PATH. */
export function findProgram(program: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, program)).find(exists);
}

function exists(path: string): boolean {
  try {
    accessSync(path);
    return true;
  } catch {
    return false;
  }
}
