/** `npm run pictures`: draws what is not drawn by `npm run bench`; `npm run pictures -- ui` that one alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineQueue, WorkQueue } from 'cdk8s-redis-work-queue/worker';
import { startRedisServer } from '../../local/redis';
import { browserPage } from './browser-page';
import { flow } from './flow';
import { ROOT, record } from './record';
import { terminalSvg } from './terminal-svg';

const COLUMNS = 76;
const ITEMS = 2_500;

/** The demo, from the fill on. What comes before is the list of objects that flow.svg shows. */
async function demo(): Promise<string> {
  const screen = await record({ args: ['build/demo.js'], columns: COLUMNS, rows: 80 });
  const { text } = screen;
  const [from, to] = [
    text.findIndex((row) => row.startsWith('Filling')),
    text.findIndex((row) => /^\d+ items/.test(row)),
  ];
  if (from === -1 || to === -1) throw new Error(`the demo says something else:\n${text.join('\n')}`);
  return terminalSvg({
    title: 'npm run demo, from the fill on',
    description: `Two workers take turns on nine fruits. ${text[to]}`,
    command: 'npm run demo',
    columns: COLUMNS,
    rows: screen.rows.slice(from, to + 1),
  });
}

/** Looks at a queue of thumbnails on which three workers are at work. */
async function watching<T>(look: (url: string, stop: AbortSignal) => Promise<T>): Promise<T> {
  const redis = await startRedisServer();
  const workers: ChildProcess[] = [];
  const stop = new AbortController();
  try {
    const queue = new WorkQueue(defineQueue({ name: 'thumbnails' }), { url: redis.url });
    const paths = Array.from({ length: ITEMS }, (_, i) => `cats/${String(i).padStart(5, '0')}.jpg`);
    await queue.fill(paths, { batchId: 'monday', seal: true });
    await queue.close();
    for (const name of ['thumbs-4xk2p', 'thumbs-9dmzt', 'thumbs-q7w5b']) {
      const settings = { WORK_QUEUE_NAME: 'thumbnails', WORK_QUEUE_WORKER: name, WORK_QUEUE_CONCURRENCY: '4' };
      const env = { ...process.env, REDIS_URL: redis.url, ...settings };
      const args = ['--require', 'tsx/cjs', join(__dirname, 'thumbnails.ts')];
      const worker = spawn(process.execPath, args, { cwd: ROOT, stdio: 'ignore', env });
      worker.once('exit', (code) => stop.abort(new Error(`a worker ended with ${code} before the picture was taken`)));
      workers.push(worker);
    }
    return await look(redis.url, stop.signal);
  } finally {
    for (const worker of workers) {
      if (worker.exitCode !== null || worker.signalCode !== null) continue;
      worker.kill('SIGKILL');
      await once(worker, 'exit');
    }
    await redis.stop();
  }
}

/** `rwq status --watch`, when some two thirds of the items are done. */
async function status(): Promise<string> {
  const screen = await watching((url, stop) =>
    record({
      args: ['build/cli/rwq.js', 'status', '--watch', '--queue', 'thumbnails'],
      columns: COLUMNS,
      rows: 26,
      env: { REDIS_URL: url },
      stop,
      until: (text) => Number(/(\d+) %/.exec(text.join('\n'))?.[1]) >= 66,
    }),
  );
  return terminalSvg({
    title: 'rwq status --watch',
    description: screen.text.filter((row) => !/[█▁-▇]/.test(row)).join(' · '),
    command: 'npx rwq status --watch --queue thumbnails',
    columns: COLUMNS,
    rows: screen.rows,
  });
}

async function draw(): Promise<void> {
  const pictures = { flow: async () => flow(), demo, status };
  const [only] = process.argv.slice(2);
  for (const [name, svg] of Object.entries(pictures)) {
    if (only === undefined || only === name) writeFileSync(join(__dirname, `${name}.svg`), await svg());
  }
  if (only !== undefined && only !== 'ui') return;
  const shots = await watching((url) => browserPage(url, 'thumbnails'));
  for (const [name, png] of Object.entries(shots)) writeFileSync(join(__dirname, `${name}.png`), png);
}

draw().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
