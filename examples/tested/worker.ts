import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { type Converter, convertBy } from './handler';
import { videos } from './queue';

const service = process.env.CONVERTER_URL ?? 'http://converter';
/** The service, over HTTP. */
const converter: Converter = {
  start: async (url) => (await fetch(`${service}/jobs`, { method: 'POST', body: url })).text(),
  stateOf: async (job) => (await fetch(`${service}/jobs/${job}`)).json() as ReturnType<Converter['stateOf']>,
};

runWorker(videos, convertBy(converter));
