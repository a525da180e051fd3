/** `npm run pictures`: draws what is not drawn by `npm run bench`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flow } from './flow';

writeFileSync(join(__dirname, 'flow.svg'), flow());
