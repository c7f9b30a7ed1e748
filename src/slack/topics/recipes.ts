/**
 * How to serve the policy file, one recipe for each kind of server. The text shown is the text tested:
 * the lab test runs the tried ones with nothing but the addresses, paths and names of the lab put in.
 */

export interface Recipe {
  /** What people call it. */
  readonly server: string;
  /** What is typed after `explain` for this recipe alone. */
  readonly name: string;
  readonly aliases: readonly string[];
  readonly caption: string;
  readonly code: string;
  readonly tried: boolean;
}

const nginx: Recipe = {
  server: 'nginx',
  name: 'nginx',
  aliases: [],
  caption: 'nginx: /etc/nginx/conf.d/mta-sts.conf',
  tried: true,
  code: `server {
    listen 443 ssl;
    listen [::]:443 ssl;
    server_name mta-sts.example.com;
    ssl_certificate     /etc/letsencrypt/live/mta-sts.example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/mta-sts.example.com/privkey.pem;

    location = /.well-known/mta-sts.txt {
        root /var/www/mta-sts;
        types { }
        default_type "text/plain; charset=utf-8";
    }
    location / {
        return 404;
    }
}
`,
};

const caddy: Recipe = {
  server: 'Caddy',
  name: 'caddy',
  aliases: ['caddyfile'],
  caption: 'Caddy: add to the Caddyfile. Caddy gets the certificate by itself.',
  tried: true,
  code: `mta-sts.example.com {
	root * /var/www/mta-sts
	header /.well-known/mta-sts.txt Content-Type "text/plain; charset=utf-8"
	file_server
}
`,
};

const apache: Recipe = {
  server: 'Apache',
  name: 'apache',
  aliases: ['apache2', 'httpd'],
  caption: 'Apache: /etc/apache2/sites-available/mta-sts.conf, then a2enmod ssl and a2ensite mta-sts.',
  tried: true,
  code: `<VirtualHost *:443>
    ServerName mta-sts.example.com
    DocumentRoot /var/www/mta-sts
    SSLEngine on
    SSLCertificateFile    /etc/letsencrypt/live/mta-sts.example.com/fullchain.pem
    SSLCertificateKeyFile /etc/letsencrypt/live/mta-sts.example.com/privkey.pem
    SSLProtocol           -all +TLSv1.2 +TLSv1.3

    <Directory /var/www/mta-sts>
        Options None
        AllowOverride None
        Require all granted
    </Directory>
    <Location /.well-known/mta-sts.txt>
        ForceType "text/plain; charset=utf-8"
    </Location>
</VirtualHost>
`,
};

const cloudflareWorkers: Recipe = {
  server: 'Cloudflare Workers',
  name: 'cloudflare',
  aliases: ['worker', 'workers', 'cloudflare workers', 'cloudflare worker'],
  caption:
    'Cloudflare Workers: paste this as a Worker, with your policy in it, and add the Custom Domain mta-sts.example.com. Switch Browser Integrity Check and bot challenges off for that host: a sender is not a browser.',
  tried: false,
  code: `const policy = \`version: STSv1
mode: testing
mx: mx1.example.com
max_age: 604800
\`;

export default {
  fetch(request) {
    const { pathname } = new URL(request.url);
    if (pathname !== '/.well-known/mta-sts.txt') {
      return new Response('Not found\\n', { status: 404 });
    }
    return new Response(policy, { headers: { 'content-type': 'text/plain; charset=utf-8' } });
  },
};
`,
};

const githubPages: Recipe = {
  server: 'GitHub Pages',
  name: 'github-pages',
  aliases: ['github', 'gh pages'],
  caption:
    'GitHub Pages: in a repository of its own whose Pages are published from the branch. Without .nojekyll the .well-known folder is left out. In DNS make mta-sts.example.com a CNAME of OWNER.github.io, and wait until Pages says that the certificate is there.',
  tried: false,
  code: `mkdir -p .well-known
mv mta-sts.txt .well-known/
touch .nojekyll
echo mta-sts.example.com > CNAME
git add .nojekyll .well-known CNAME
git commit -m "Publish the MTA-STS policy"
git push
`,
};

const netlify: Recipe = {
  server: 'Netlify',
  name: 'netlify',
  aliases: [],
  caption:
    'Netlify: netlify.toml of a site of its own; the policy is public/.well-known/mta-sts.txt. Make mta-sts.example.com the primary domain of the site, so that nothing redirects.',
  tried: false,
  code: `[build]
  publish = "public"

[[headers]]
  for = "/.well-known/mta-sts.txt"
  [headers.values]
    Content-Type = "text/plain; charset=utf-8"
`,
};

export const recipes: readonly Recipe[] = [nginx, caddy, apache, cloudflareWorkers, githubPages, netlify];
