import { writeSync } from 'node:fs';
import { isMainThread, Worker } from 'node:worker_threads';
import { DEFAULTS, ENV, EXIT, EXIT_OWNER } from '../contract';
import { placeOf, textOf } from '../errors';
import { type Log, workerLog } from '../log';
import { finishWithin } from './stop-plan';
import { writeTerminationMessage } from './termination-message';
import { whenWritten } from './written';

/** A worker or filler that is running in this process. */
export interface Run {
  readonly log: Log;
  /** Called for each signal that asks the process to stop, also for one that came before the run began. */
  readonly onSignal: (signal: NodeJS.Signals) => void;
}

/** A worker that an app has started in this process. */
export interface WorkerOfApp {
  /** Name of its queue. */
  readonly queue: string;
  /** What it has come to, as an exit code and in words; undefined as long as it works. */
  readonly conclusion: { readonly code: number; readonly what: string } | undefined;
  stop(options?: { readonly within: number }): Promise<unknown>;
}

const CODES: readonly number[] = Object.values(EXIT);
const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Tells the processes that this one starts that they are not the worker, though they inherit its environment. */
const OWNER = 'WORK_QUEUE_EXIT_OWNER';

/** How long the exit hooks of others may take once the code is decided, in ms. */
const HOOKS_WITHIN = 5_000;

/** How long the main thread gets to end the process by itself, in ms. */
const LAST_WORDS = 5_000;
/** How long the inspector gets to leave before that, in ms, also where there is no processor for it. */
const GOODBYE = 500;

/** The exit of this process, which from now on is owned. */
export function ownExit(): OwnExit {
  const held = (process as { [EXIT_OWNER]?: OwnExit })[EXIT_OWNER];
  if (held) return held;
  const own = new OwnExit();
  Object.defineProperty(process, EXIT_OWNER, { value: own });
  return own;
}

/**
 * What the import of the runtime does: in the process of a worker or filler it owns the exit from here on. Other programs
 * that import it, and processes that a worker starts, end as they like.
 */
export function ownExitOnImport(): void {
  const owner = process.env[OWNER];
  const started = owner !== undefined && owner !== String(process.pid);
  const owns = isMainThread && process.env[ENV.queue] && !started && !isTest();
  if (EXIT_OWNER in process || owns) ownExit().imported = true;
}

/** Whether this process runs tests, and is a worker only in their imports. */
function isTest(): boolean {
  return process.env.NODE_TEST_CONTEXT !== undefined || process.execArgv.includes('--test');
}

/** A program that fills in its batch by itself has done what a filler does, and may end with 0. */
export function noteFilled(batch: string): void {
  if (EXIT_OWNER in process) ownExit().filled = batch;
}

/** The exit of a process that is a worker depends on this one, too; others end as they like. */
export function noteStarted(worker: WorkerOfApp): void {
  if (EXIT_OWNER in process) ownExit().started.push(worker);
}

/** What ends the process at once, for the inspector to evaluate in the main thread while that is busy. */
export function endExpression(code: number | undefined): string {
  return `process[Symbol.for('${EXIT_OWNER.description}')]?.end(${code}) ?? process.reallyExit(${code})`;
}

/** Refuses to work in a thread: what it ends with is not what the process ends with, which the Job counts. */
export async function refuseThread(name: 'runWorker' | 'runFiller'): Promise<never> {
  const line =
    `${name} was called in a worker thread, which cannot say how the process ends (exit ${EXIT.configuration}). ` +
    'Call it in the main thread, and let handlers start the threads';
  try {
    // What a thread writes by other means is lost with the process.
    writeSync(2, `${line}\n`);
  } catch {
    // Whoever read the log is gone.
  }
  writeTerminationMessage(process.env[ENV.terminationLog] ?? DEFAULTS.terminationLog, line);
  const { Session } = await import('node:inspector');
  const session = new Session();
  session.connectToMainThread();
  const end = endExpression(EXIT.configuration);
  // Once the inspector has left, or it writes lines of its own.
  session.post('Runtime.evaluate', { expression: `setTimeout(() => ${end}, ${GOODBYE}), 0` }, () =>
    session.disconnect(),
  );
  // It may compute for long.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_WORDS);
  return new Promise(() => {});
}

/**
 * Says with which code the process ends. A code of the contract is given by `runWorker` and `runFiller`, or is what a worker of
 * `startWorker` came to: after an exit 0 of anybody else the Job would start no pod again, with items left.
 *
 * It stands below `process.exit` and above all exit hooks, so it also holds for those of packages that wrap the same methods.
 */
class OwnExit {
  /** Whether the runtime was imported; the loader of a bundle owns the exit before that. */
  imported = false;
  /** The batch that `WorkQueue.fill` has filled in, if there is one. */
  filled: string | undefined;
  /** Workers that an app has started. */
  readonly started: WorkerOfApp[] = [];
  /** The code that belongs to the error by which the process crashes, if it has one. */
  crashCode: number | undefined;
  private stoppedBy: NodeJS.Signals | undefined;
  private signals = 0;
  private decided: number | undefined;
  private readonly runs: Run[] = [];
  /** The code with which the exit hooks were called, unless it was 0. */
  private code = 0;
  private inHooks = false;
  private crashing = false;
  private wrapped = false;
  private readonly exit = process.exit;
  private readonly reallyExit = methodsOf(process).reallyExit;

  constructor() {
    process.env[OWNER] = String(process.pid);
    this.hold('reallyExit', (reallyExit) => (code) => reallyExit.call(process, this.codeOf(status(code))));
    this.hold(
      'emit',
      (emit) =>
        (event, ...args) =>
          this.emit(emit, event, args),
    );
    if (methodsOf(process).execve) {
      methodsOf(process).execve = () => {
        throw new Error(
          'process.execve would let another program decide how this worker ends. Start it with node:child_process instead',
        );
      };
    }
    // Ahead of those that end the process.
    for (const signal of STOP_SIGNALS) process.prependListener(signal, () => this.stop(signal));
  }

  /** The first signal that asked the process to stop. */
  get signalled(): NodeJS.Signals | undefined {
    return this.stoppedBy;
  }

  /** The code of the signal that asked the process to stop. */
  get signalCode(): number {
    return this.stoppedBy === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  }

  /** From now on the run decides, and gets the signals. */
  begin(run: Run): void {
    this.runs.push(run);
    if (this.stoppedBy) run.onSignal(this.stoppedBy);
  }

  /** Ends the process. The first code that is decided stands, whatever exit hooks do. */
  leave(code: number): never {
    this.decided ??= code;
    if (this.hasOthersHooks()) this.limitHooks();
    try {
      this.exit.call(process, this.decided);
    } finally {
      this.end(this.decided);
    }
  }

  /** The same, once all that the process has written has gone out. */
  leaveOnceWritten(code: number): Promise<never> | never {
    const written = whenWritten();
    if (!written) return this.leave(code);
    this.decided ??= code;
    return written.then(() => this.leave(code));
  }

  /** Ends the process at once, without exit hooks. */
  end(code: number): never {
    this.decided ??= code;
    return this.reallyExit.call(process, this.decided);
  }

  private codeOf(given: number): number {
    if (this.decided !== undefined) return this.decided;
    // A hook may not make a success of a failure.
    const crash = this.crashing ? this.crashCode : undefined;
    const { code, why } = crash === undefined ? this.judge(given || this.code) : { code: crash };
    this.decided = code;
    if (why) this.say(why);
    return code;
  }

  private judge(code: number): { code: number; why?: string } {
    const foreign = CODES.includes(code);
    if (this.runs.length > 0) {
      const own = this.stoppedBy ? this.signalCode : foreign ? EXIT.unexpected : code;
      return { code: own, why: `something other than the worker called process.exit(${code}): ending with ${own}` };
    }
    const own = this.codeOfStarted();
    if (code === own?.code || (code === EXIT.drained && this.isFilled())) return { code };
    if (foreign && this.stoppedBy) return { code: this.signalCode, why: this.interruption(this.stoppedBy) };
    if (code === EXIT.drained && own) return own;
    if (code === EXIT.drained) {
      const before = this.imported ? 'runWorker or runFiller was called' : 'cdk8s-redis-work-queue/worker was imported';
      return {
        code: EXIT.configuration,
        why:
          `the program ended with 0 before ${before}, so nothing says that the work is done (exit ${EXIT.configuration}). ` +
          'A worker calls runWorker, a filler runFiller; let earlier errors end the program, ' +
          'and look whether a main guard kept it from starting',
      };
    }
    if (!foreign || code === EXIT.unexpected) return { code };
    return {
      code: EXIT.unexpected,
      why: `something other than the worker called process.exit(${code}): ending with ${EXIT.unexpected}`,
    };
  }

  /** The code to which the workers of an app have come; 0 only where all have. */
  private codeOfStarted(): { code: number; why: string } | undefined {
    if (this.started.length === 0) return undefined;
    const worker = this.started.find(({ conclusion }) => conclusion?.code !== EXIT.drained);
    if (!worker) return { code: EXIT.drained, why: '' };
    if (worker.conclusion) {
      const { code, what } = worker.conclusion;
      return { code, why: `the program ended with 0, its worker did not (exit ${code}): ${what}` };
    }
    return {
      code: EXIT.configuration,
      why:
        `the program ended with 0 before its worker had drained the queue ${worker.queue}, so nothing says that the work ` +
        `is done (exit ${EXIT.configuration}). Await \`drained\` of what startWorker returned`,
    };
  }

  private interruption(signal: NodeJS.Signals): string {
    const what = this.started.length > 0 ? ', items are left' : ' before runWorker was called';
    return `Ended by ${signal}${what} (exit ${this.signalCode})`;
  }

  /** Whether this is a filler that has filled in its batch by itself; the seal looks at the same. */
  private isFilled(): boolean {
    const batch = process.env[ENV.batch];
    return !!batch && this.filled === batch && process.env[ENV.run] === undefined;
  }

  private stop(signal: NodeJS.Signals): void {
    this.stoppedBy ??= signal;
    const again = this.signals++ > 0;
    if (this.runs.length > 0) {
      for (const { onSignal } of this.runs) onSignal(signal);
      return;
    }
    if (again) this.leaveInterrupted(signal);
    if (process.listenerCount(signal) === 1) {
      this.stopWorkers(signal);
      return;
    }
    // Others have handlers of their own, which may take as long as the pod has.
    const grace = Number(process.env[ENV.grace] || DEFAULTS.grace);
    setTimeout(() => {
      if (this.runs.length === 0) this.stopWorkers(signal, { within: 0 });
    }, finishWithin(grace)).unref();
  }

  /** Nobody else tells the workers of an app: what they have in hand goes back without a charge. */
  private stopWorkers(signal: NodeJS.Signals, options?: { readonly within: number }): void {
    const working = this.started.filter(({ conclusion }) => !conclusion);
    if (working.length === 0) this.leaveInterrupted(signal);
    const stopped = working.map((worker) => worker.stop(options));
    void Promise.allSettled(stopped).then(() => {
      this.say(this.interruption(signal));
      return this.leaveOnceWritten(this.signalCode);
    });
  }

  private leaveInterrupted(signal: NodeJS.Signals): never {
    this.say(this.interruption(signal));
    return this.leave(this.signalCode);
  }

  private emit(emit: Emit, event: string | symbol, args: unknown[]): boolean {
    // Node calls a signal's first listeners by what `emit` was when they were added.
    if (STOP_SIGNALS.some((signal) => signal === event)) this.stoppedBy ??= event as NodeJS.Signals;
    if (event === 'uncaughtExceptionMonitor') this.crashing = true;
    if (event === 'exit' && methodsOf(process)._exiting && !this.inHooks) return this.runHooks(emit, args);
    const handled = emit.call(process, event, ...args);
    if (event === 'uncaughtException' && handled) this.crashing = false;
    return handled;
  }

  private runHooks(emit: Emit, args: unknown[]): boolean {
    this.inHooks = true;
    this.code ||= status(args[0]);
    let handled = false;
    try {
      handled = emit.call(process, 'exit', ...args);
    } catch (error) {
      if (this.decided === undefined) {
        // Node ends with 0 where a hook throws after process.exit(0).
        process.exitCode = this.codeOf(status(process.exitCode ?? EXIT.unexpected));
        throw error;
      }
      this.say(`an exit hook threw: ${textOf(error)}${placeOf(error)}`);
    } finally {
      this.inHooks = false;
    }
    const code = this.codeOf(status(process.exitCode ?? args[0]));
    process.exitCode = code;
    // Node prints the error of a crash after the hooks, and ends with this code.
    if (!this.crashing) methodsOf(process).reallyExit(code);
    return handled;
  }

  private hasOthersHooks(): boolean {
    // Node has one of its own while the entry's top-level await is not settled.
    return this.wrapped || process.listeners('exit').some(({ name }) => name !== 'handleProcessExit');
  }

  /** A thread ends the process where hooks do not return: what is decided must not hang. */
  private limitHooks(): void {
    try {
      const thread = new Worker(HOOK_LIMIT, {
        eval: true,
        workerData: { within: HOOKS_WITHIN, expression: endExpression(this.decided) },
        execArgv: [],
        env: { NODE_OPTIONS: '' },
      });
      thread.on('error', () => {});
      thread.unref();
    } catch {
      // The hooks run without a limit, as they do in any program.
    }
  }

  /** Keeps a layer of ours on a method of the process, also on what others put in its place. */
  private hold<Name extends 'reallyExit' | 'emit'>(
    name: Name,
    layerOn: (method: Methods[Name]) => Methods[Name],
  ): void {
    const layers = new WeakSet<object>();
    const onTop = (method: Methods[Name]) => {
      const layer = layerOn(method);
      layers.add(layer);
      return layer;
    };
    let top = onTop(methodsOf(process)[name]);
    Object.defineProperty(process, name, {
      enumerable: true,
      get: () => top,
      set: (method: Methods[Name]) => {
        this.wrapped = true;
        top = layers.has(method) ? method : onTop(method);
      },
    });
  }

  private say(line: string): void {
    const log = this.runs.at(-1)?.log ?? workerLog(undefined, process.env);
    log.warn(line);
    if (this.runs.length === 0)
      writeTerminationMessage(process.env[ENV.terminationLog] ?? DEFAULTS.terminationLog, line);
  }
}

export type { OwnExit };

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

/** Methods of the process that its types do not tell of. */
interface Methods {
  emit: Emit;
  reallyExit(code?: number): never;
  execve?: () => void;
  /** Whether Node itself calls the exit hooks. */
  readonly _exiting?: boolean;
}

/** What the system makes of a code: its lowest byte. */
function status(code: unknown): number {
  return Number(code ?? 0) & 0xff;
}

function methodsOf(of: NodeJS.Process): Methods {
  return of as unknown as Methods;
}

const HOOK_LIMIT = `
const { Session } = require('node:inspector');
const { within, expression } = require('node:worker_threads').workerData;
setTimeout(() => {
  const session = new Session();
  session.connectToMainThread();
  session.post('Runtime.evaluate', { expression });
  // A call that not even the inspector can interrupt.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), 1_000);
}, within);
`;
