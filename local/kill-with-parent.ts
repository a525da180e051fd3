import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends a process when this one ends, however that does, SIGKILL included, and removes its folder. It keeps nobody's event
 * loop alive.
 *
 * @returns the shell that waits for it, to be killed once the process is gone
 */
export function killWithParent(pid: number, folder = ''): ChildProcess {
  // Its standard input ends when this process does.
  const script = 'read -r _; kill -9 "$1"; if [ -n "$2" ]; then rm -rf "$2"; fi';
  const watchdog = spawn('sh', ['-c', script, 'watchdog', String(pid), folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watchdog.on('error', () => {});
  watchdog.stdin.on('error', () => {});
  unref(watchdog);
  return watchdog;
}

/** Lets this process end while the child runs. */
export function unref(child: ChildProcess): void {
  child.unref();
  for (const stream of child.stdio) {
    if (stream && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
}
