import type { BundleRun } from '../entry';
import { literalText } from '../kubernetes';
import type { CommandProps } from './command-props';

/** How a container runs a command for each item: by this program, and what the props say. */
export function commandRun(props: CommandProps, run: BundleRun): BundleRun {
  const { run: words = [], runInput, runDeadCodes, runLaterCodes, runResults } = props;
  return {
    ...run,
    command: [
      ...run.command,
      ...(runInput ? ['--input', runInput] : []),
      ...(runDeadCodes ? ['--dead', runDeadCodes.join(',')] : []),
      ...(runLaterCodes ? ['--later', runLaterCodes.join(',')] : []),
      ...(runResults ? ['--results'] : []),
      '--',
      ...words.map(literalText),
    ],
  };
}
