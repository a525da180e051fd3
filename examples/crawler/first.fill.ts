import { runFiller } from 'cdk8s-redis-work-queue/worker';
import { keyOf, pages } from './queue';

runFiller(pages, ['/'], { key: keyOf });
