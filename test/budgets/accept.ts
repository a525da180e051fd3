import { writeFileSync } from 'node:fs';
import { acceptedFigures, differences, TABLE } from './figures';
import { measure } from './measure';

/** Writes down what is measured now. */
async function accept() {
  const accepted = acceptedFigures();
  const measured = await measure();
  writeFileSync(TABLE, `${JSON.stringify(measured, undefined, 2)}\n`);
  console.log(differences(accepted, measured).join('\n') || 'Nothing has changed by more than what is tolerated.');
}

void accept();
