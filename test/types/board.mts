/*
 * A program that shows queues on a board.
 */
import { createBullBoard } from '@bull-board/api';
import type { IServerAdapter } from '@bull-board/api/typings/app';
import { WorkQueueAdapter } from 'cdk8s-redis-work-queue/bull-board';
import { defineQueue, WorkQueue } from 'cdk8s-redis-work-queue/worker';

export function show(serverAdapter: IServerAdapter): void {
  const queue = new WorkQueue(defineQueue({ name: 'letters' }));
  createBullBoard({ queues: [new WorkQueueAdapter(queue, { readOnlyMode: true })], serverAdapter });
}
