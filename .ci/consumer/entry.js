// A worker from a TypeScript file: unpacked and started here, without Redis, so that it gets as far as looking for it.
const { spawnSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { inflateSync } = require('node:zlib');
const { Testing } = require('cdk8s');
const { RedisWorkQueueJob } = require('cdk8s-redis-work-queue');

const chart = Testing.chart();
new RedisWorkQueueJob(chart, 'fruit', { queueName: 'job2', entry: './worker.ts' });
const parts = Testing.synth(chart).flatMap(({ binaryData = {} }) => Object.values(binaryData));
const files = JSON.parse(inflateSync(Buffer.concat(parts.map((part) => Buffer.from(part, 'base64')))));

const folder = mkdtempSync(join(tmpdir(), 'entry-'));
for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
const env = { REDIS_URL: 'redis://127.0.0.1:1', WORK_QUEUE_NAME: 'job2', WORK_QUEUE_STORE_TIMEOUT_MS: '200' };
const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bundle.mjs')], { env, encoding: 'utf8' });
rmSync(folder, { recursive: true });
if (status !== 84) throw new Error(`expected 84, Redis is unreachable, and got ${status}:\n${stderr}`);
console.log(`${parts.length} ConfigMap, ${Object.values(files).join('').length} characters; it runs`);
