# syntax=docker/dockerfile:1

# Compiles TypeScript, and better-sqlite3 where no prebuilt binary fits.
FROM node:20-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY projections ./projections
RUN npm run build && npm prune --omit=dev

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    CAISSE_DATA=/var/lib/caisse/data \
    CAISSE_WITNESS=/var/lib/caisse-witness/witness
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY bin ./bin
# The witness lies on a volume of its own: it tells when the data were put back to an older state.
RUN mkdir -p /var/lib/caisse/data /var/lib/caisse-witness && \
    chown -R node:node /var/lib/caisse /var/lib/caisse-witness
USER node
VOLUME ["/var/lib/caisse", "/var/lib/caisse-witness"]
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# Without a shell in between, so that the service itself is told to stop.
CMD ["node", "--max-semi-space-size=64", "--no-allocation-site-pretenuring", "bin/caisse.cjs", "serve"]
