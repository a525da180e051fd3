# The example worker, examples/walkthrough/worker.ts, from this repository:
#   docker build -t registry.example/job-wq-2:1 .
# The one to copy into a project of your own is examples/walkthrough/Dockerfile.

FROM node:24-alpine AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npx tsc -p tsconfig.build.json

FROM node:24-alpine AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=peer --omit=dev

FROM node:24-alpine
WORKDIR /app
ENV NODE_ENV=production
COPY --from=dependencies /app ./
COPY --from=build /app/build/worker build/worker
COPY --from=build /app/build/examples/walkthrough/worker.js build/examples/walkthrough/
USER 1000:1000
# No shell and no npm in between: SIGTERM has to reach the worker.
ENTRYPOINT ["node", "build/examples/walkthrough/worker.js"]
