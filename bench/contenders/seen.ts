import { defineQueue, runWorker } from '../../worker';
import { ContenderProcess } from '../harness/contender-process';

/** This package with a hook for each thing that there is one for. */
const contender = new ContenderProcess();
const { queue } = contender.orders;
const heard = { started: 0, done: 0, ms: 0 };

void runWorker(defineQueue({ name: queue }), contender.handle, {
  onStart: () => {
    heard.started++;
  },
  onDone: ({ duration }) => {
    heard.done++;
    heard.ms += duration;
  },
  onError: ({ error }) => {
    throw error;
  },
});
contender.mustHear('items started', () => heard.started);
contender.mustHear('items done', () => heard.done);
