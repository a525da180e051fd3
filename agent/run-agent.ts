import { DEFAULTS, ENV, EXIT } from '../worker/contract';
import { defineQueue } from '../worker/definition';
import { ConfigurationError, textOf } from '../worker/errors';
import { finishWithin, ownExit, writeTerminationMessage } from '../worker/exit';
import { workerLog } from '../worker/log';
import { runWorkerFor } from '../worker/process';
import { counted, duration } from '../worker/quantities';
import { workerName } from '../worker/settings';
import { AgentServer } from './agent-server';
import type { End } from './end';
import { lookAtProcesses } from './processes';
import { ProgramWatch } from './program-watch';
import { type AgentSettings, readAgentSettings, workerEnvironment } from './settings';
import { Silence } from './silence';
import { Takes } from './takes';

/** How long a program may take to end by itself once it was told that all is done, in ms. */
const END_WITHIN = 5_000;
/** How long it may take to hear of any other end, in ms. */
const HEAR_WITHIN = 1_000;
/** Of an item that hangs the agent is ended from outside soon. */
const HUNG_WITHIN = 300;
/** Kept of the grace period for what comes after, in ms. */
const MARGIN = 1_000;
const LOOK_EVERY = 20;

/**
 * The whole process of the agent: listens for the program, works on the queue of its environment, and ends as a worker does.
 */
export async function runAgent(env: Readonly<Record<string, string | undefined>> = process.env): Promise<never> {
  const own = ownExit();
  const log = workerLog(undefined, env);
  const refuse = (error: unknown) => {
    const code = error instanceof ConfigurationError ? EXIT.configuration : EXIT.unexpected;
    const line = `${textOf(error).replace(/^ConfigurationError: /, '')} (exit ${code})`;
    log.error(line, { exit: code });
    writeTerminationMessage(env[ENV.terminationLog] ?? DEFAULTS.terminationLog, line);
    return own.leaveOnceWritten(code);
  };
  let settings: AgentSettings;
  try {
    settings = readAgentSettings(env);
  } catch (error) {
    return refuse(error);
  }
  const { shared, patience, socket, queue } = settings;
  let url = '';
  let stoppedAt: number | undefined;
  const takes = new Takes((end) => farewell(end));
  const watch = new ProgramWatch(() => lookAtProcesses(url), log);
  const where = `Look at its log: kubectl logs ${workerName(env)} -c worker`;
  const silence = new Silence(
    patience,
    () => takes.waiting > 0 || takes.held > 0,
    () => takes.programLost(new Error(`the program has asked for nothing for ${duration(patience / 1_000)}. ${where}`)),
  );
  const asked = () => {
    silence.heard();
    if (shared) watch.asked();
  };
  let server: AgentServer;
  try {
    ({ server, url } = await AgentServer.start(settings, { takes, log, asked }));
  } catch (error) {
    return refuse(error);
  }
  log.info(`Agent: listening on ${url}${socket === undefined ? '' : ` and ${socket}`}`);
  silence.begin();
  if (shared) {
    watch.begin();
    void watch.gone.then(() => {
      const held = takes.held > 0 ? `; it held ${counted(takes.held, 'item')}` : '';
      takes.programLost(new Error(`the program ended before the queue was drained${held}. ${where} --previous`));
    });
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stoppedAt ??= performance.now();
      takes.stop();
    });
  }

  /** Until the program has heard of it; where it is seen, and all is done, until it has ended. */
  async function farewell({ end, code }: End): Promise<void> {
    silence.end();
    const since = performance.now();
    const grace = Number(env[ENV.grace] ?? DEFAULTS.grace);
    const left = stoppedAt === undefined ? END_WITHIN : stoppedAt + finishWithin(grace) + MARGIN - since;
    const most = code === EXIT.handlerHung ? HUNG_WITHIN : end === 'drained' ? END_WITHIN : HEAR_WITHIN;
    const within = Math.min(most, Math.max(HUNG_WITHIN, left));
    const waitsForEnd = shared && watch.isSeeing && end === 'drained';
    while (performance.now() - since < within) {
      const hasHeard = takes.told > 0 && server.open === 0;
      if (waitsForEnd ? watch.seesNobody : hasHeard || (shared && watch.seesNobody)) return;
      if (!waitsForEnd && performance.now() - since >= HEAR_WITHIN) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
    }
  }

  return runWorkerFor(takes, defineQueue({ name: queue, payload: 'bytes' }), takes.hand, {
    results: true,
    env: workerEnvironment(env),
  });
}
