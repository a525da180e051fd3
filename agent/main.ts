/**
 * What the container `agent` of a pod runs, whose program in another container asks it for items. `npm run build` makes one
 * file of it and all that it imports.
 *
 *   node agent.js
 */
import { ownExit } from '../worker/exit';
import { runAgent } from './run-agent';

ownExit();
void runAgent();
