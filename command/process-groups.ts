import { type ChildProcess, spawn } from 'node:child_process';

/** Reads which groups there are; once its standard input ends, as the worker is gone, it kills those that are left. */
const WATCHDOG = `groups=" "
while read -r change group; do
  case $change in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done`;

/**
 * The process groups of the commands that run. They end with this process, however that ends, SIGKILL included: a shell sees
 * to it, or the kernel, where this is the first process of a container. What has left its group is not reached.
 */
export class ProcessGroups {
  private readonly running = new Set<number>();
  private watchdog: ChildProcess | undefined;

  constructor(private readonly isFirstProcess = process.pid === 1) {}

  /** Sees to it that there is a watchdog before the first command is started. */
  watch(): void {
    if (this.isFirstProcess || this.watchdog) return;
    const watchdog = spawn('sh', ['-c', WATCHDOG, 'watchdog'], {
      // A signal for the group of the worker is none for it.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: process.env.PATH },
    });
    this.watchdog = watchdog;
    const forget = () => {
      if (this.watchdog === watchdog) this.watchdog = undefined;
    };
    watchdog.on('error', forget).on('exit', forget);
    watchdog.stdin.on('error', () => {});
    watchdog.unref();
    (watchdog.stdin as unknown as { unref(): void }).unref();
    for (const group of this.running) this.tell('+', group);
  }

  add(group: number): void {
    this.running.add(group);
    this.tell('+', group);
  }

  remove(group: number): void {
    if (this.running.delete(group)) this.tell('-', group);
  }

  private tell(change: '+' | '-', group: number): void {
    this.watchdog?.stdin?.write(`${change} ${group}\n`);
  }
}

/** Signals each process of a group, if there are any. */
export function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // None is left, or those that are have become another user's.
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
