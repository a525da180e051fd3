import { oneLine } from '../../worker/log';
import type { Context } from '../context';
import { CommandError } from '../failures';
import { countOf, measure } from '../text';
import { readManifests } from './manifest-files';
import { findPlans } from './plan';
import { explainPlan } from './words';

/** Says in plain words what manifests will run. */
export async function explain(files: readonly string[], { out, colours }: Context): Promise<void> {
  const objects = await readManifests(files);
  const plans = findPlans(objects);
  if (plans.length === 0) {
    throw new CommandError(
      `None of ${countOf(objects.length, 'object')} runs workers, as a Job with WORK_QUEUE_NAME in the environment of a container does. Give all files of the chart.`,
    );
  }
  const { widthOf } = await measure();
  const columns = Math.min(process.stdout.columns || 100, 120);
  const paragraph = (title: string, mark: string, sentences: readonly string[]) => {
    if (sentences.length === 0) return;
    out(`\n${colours.bold(title)}`);
    for (const sentence of sentences) {
      const [first, ...others] = wrap(oneLine(sentence), columns - 4, widthOf);
      out(`  ${mark} ${first}`);
      for (const line of others) out(`    ${line}`);
    }
  };
  plans.forEach((plan, index) => {
    const { title, runs, guarantees, watchFor } = explainPlan(plan);
    out(`${index > 0 ? '\n\n' : ''}${colours.cyan(colours.bold(title))}`);
    paragraph('What will run', '-', runs);
    paragraph('What is guaranteed', colours.green('✓'), guarantees);
    paragraph('What to watch for', colours.yellow('!'), watchFor);
  });
}

function wrap(text: string, columns: number, widthOf: (text: string) => number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line ? `${line} ${word}` : word;
    }
  }
  return [...lines, line];
}
