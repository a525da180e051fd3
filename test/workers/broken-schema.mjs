// A worker whose queue is wrong where it is defined.
import { defineQueue } from 'cdk8s-redis-work-queue/queue';

defineQueue({ name: 'broken', schema: {} });
