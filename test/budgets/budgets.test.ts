import { acceptedFigures, differences } from './figures';
import { measure } from './measure';

test('what the package weighs is what was accepted, neither more nor less', async () => {
  const lines = differences(acceptedFigures(), await measure());
  if (lines.length === 0) return;
  throw new Error(
    `The package weighs something else than test/budgets/budgets.json says:\n  ${lines.join('\n  ')}\n` +
      'Where that is meant, `npm run budgets` builds, measures and writes it down; commit the file with the change.',
  );
});
