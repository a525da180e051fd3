import { defineQueue, runWorker } from '../../worker';
import { ContenderProcess } from '../harness/contender-process';

/** This package, as shipped: every guarantee, every default. */
const contender = new ContenderProcess();
const { queue } = contender.orders;
void runWorker(defineQueue({ name: queue }), contender.handle);
