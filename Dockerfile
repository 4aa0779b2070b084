# The trainer: weir serve, as one process of Node without a build chain around it. docs/images.md
#   docker build --build-arg REVISION=$(git rev-parse HEAD) --tag weir/trainer .
# The final stage runs no command, so that a base without a shell (distroless) does as well.
ARG BASE=node:20-slim

FROM node:20-slim AS build
WORKDIR /opt/weir
# First the packages alone: a layer that only a change of these files makes anew.
COPY package.json package-lock.json ./
COPY scripts scripts
# WebAssembly rather than TensorFlow: 300 MB less, no compiler, any processor.
ENV WEIR_TFJS=wasm
RUN node -e "import('./scripts/setup.mjs').then(({ install }) => install())"
COPY . .
ARG REVISION=unknown
ENV WEIR_REVISION=$REVISION
RUN npm run setup
# What no process reads: two thirds of it are source maps, types, and what TensorFlow.js has for browsers.
RUN npm prune --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
  && find node_modules dist -type f '(' -name '*.map' -o -name '*.d.ts' -o -name '*.d.[cm]ts' ')' -delete \
  && find node_modules/@tensorflow -type f -name '*.js' ! -name '*.node.js' -delete \
  && mkdir data

FROM ${BASE}
ARG REVISION=unknown
LABEL org.opencontainers.image.title="weir-trainer" \
  org.opencontainers.image.description="A load balancer that learns: the trainer" \
  org.opencontainers.image.version="0.1.0" \
  org.opencontainers.image.licenses="Apache-2.0" \
  org.opencontainers.image.revision=$REVISION
# Where distroless has its node.
ENV PATH="$PATH:/nodejs/bin" NODE_ENV=production WEIR_TFJS=wasm
WORKDIR /opt/weir
COPY --from=build /opt/weir/package.json /opt/weir/LICENSE ./
COPY --from=build /opt/weir/node_modules node_modules
COPY --from=build /opt/weir/bench/scenarios bench/scenarios
COPY --from=build /opt/weir/models models
COPY --from=build /opt/weir/bin bin
COPY --from=build /opt/weir/build/plugin.wasm /opt/weir/build/simulator.wasm build/
COPY --from=build /opt/weir/dist/dashboard dist/dashboard
COPY --from=build /opt/weir/dist/trainer dist/trainer
# The only folder that is written to; a volume, in a cluster.
COPY --from=build --chown=65532:65532 /opt/weir/data /var/lib/weir
USER 65532:65532
EXPOSE 7070
ENTRYPOINT ["node", "/opt/weir/bin/weir.mjs"]
CMD ["serve", "--host", "0.0.0.0", "--data", "/var/lib/weir"]
