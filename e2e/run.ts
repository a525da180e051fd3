import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { colours } from '../cli/screen';
import { Kubectl, KubectlError } from './kubectl';
import { HELP, Refusal, readOptions } from './options';
import { reportOf } from './report';
import { Suite } from './suite';

/** The repository; this file runs from build/e2e. */
const ROOT = join(__dirname, '../..');

class Interrupted extends Error {
  constructor(readonly signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') {
    super(signal);
  }
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  if (!options) {
    console.log(HELP);
    return 0;
  }
  const stop = new AbortController();
  const kubectl = new Kubectl(options.context, stop.signal);
  const scratch = mkdtempSync(join(tmpdir(), 'e2e-'));
  const suite = new Suite({
    ...options,
    root: ROOT,
    scratch,
    kubectl,
    stop: stop.signal,
    say: (line) => console.log(line),
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) {
        console.error(`${signal}: deleting the namespace; once more leaves it there`);
        stop.abort(new Interrupted(signal));
        return;
      }
      for (const namespace of suite.left) console.error(`left there: kubectl delete namespace ${namespace}`);
      rmSync(scratch, { recursive: true, force: true });
      process.exit(128 + constants.signals[signal]);
    });
  }

  let interrupted: Interrupted | undefined;
  try {
    await reach(kubectl, options.context);
    await suite.run();
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    interrupted = error;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  if (suite.outcomes.length > 0) console.log(`\n${reportOf(suite.outcomes, colours(process.stdout))}`);
  for (const namespace of suite.left) console.error(`left there: kubectl delete namespace ${namespace}`);
  if (interrupted) return 128 + constants.signals[interrupted.signal];
  return suite.outcomes.some(({ verdict }) => verdict.kind === 'failed') ? 1 : 0;
}

/** @throws Refusal there is no cluster to run on, or not for this user */
async function reach(kubectl: Kubectl, context: string | undefined): Promise<void> {
  let name = context;
  try {
    name ??= await kubectl.currentContext();
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error;
    throw new Refusal(
      `kubectl has no current context (${error.said}). Set one with \`kubectl config use-context NAME\`, or give --context NAME. \`kind create cluster\` makes a cluster and sets its context.`,
    );
  }
  try {
    console.log(`Kubernetes ${await kubectl.serverVersion()}, context ${name}`);
  } catch (error) {
    if (!(error instanceof KubectlError)) throw error;
    throw new Refusal(
      `The cluster of the context ${name} does not answer. Start it, or choose another one with --context NAME. ${error.message}`,
    );
  }
  if (!(await kubectl.mayCreateNamespaces())) {
    throw new Refusal(
      `You may not create namespaces in the cluster of the context ${name}. Use a context with that right, or a cluster of your own: \`kind create cluster\`.`,
    );
  }
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error) => {
    console.error(error instanceof Refusal || error instanceof KubectlError ? error.message : error);
    process.exitCode = error instanceof Refusal ? error.exitCode : 1;
  },
);
