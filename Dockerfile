# The bot in production: Node as pinned in package.json, production dependencies, the source, no root.

FROM node:26.10.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The pinned Node binaries are optional dependencies; the image is that Node already.
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM node:26.10.0-slim
ENV NODE_ENV=production \
    DATA_DIR=/data \
    PORT=3000
WORKDIR /app
RUN mkdir /data && chown node:node /data
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json manifest.json LICENSE ./
COPY src ./src
RUN mkdir node_modules/.cache && chown node:node node_modules/.cache
USER node
# Fills the compile cache, so that the first start is as quick as any other. Without its variables the bot
# says which it needs and ends.
RUN node src/main.ts 2>/dev/null; test -d node_modules/.cache/mta-sts-bot
VOLUME ["/data"]
EXPOSE 3000
# The bot answers running interactions first, for at most ten seconds.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "src/main.ts"]
