import { type ChildProcess, spawn } from 'node:child_process';

/** A folder may be read-only, or a process that is being killed may still write to it. */
const REMOVE =
  'n=0; while [ -e "$2" ] && [ $n -lt 10 ]; do chmod -R u+w "$2"; rm -rf "$2" || sleep 1; n=$((n + 1)); done';

/**
 * Ends a process and its group when this one ends, however that does, SIGKILL included, and removes its folder. It keeps
 * nobody's event loop alive.
 *
 * @param pid leads its group
 * @returns the shell that waits for it, to be killed once the process is gone
 */
export function killWithParent(pid: number, folder = ''): ChildProcess {
  return whenParentEnds(`kill -s KILL -- "-$1"; ${REMOVE}`, String(pid), folder);
}

/**
 * Removes a folder when this process ends, however that does. It keeps nobody's event loop alive.
 *
 * @returns the shell that waits for it, to be killed once the folder is gone
 */
export function removeWithParent(folder: string): ChildProcess {
  return whenParentEnds(REMOVE, '', folder);
}

function whenParentEnds(script: string, ...args: string[]): ChildProcess {
  // Its standard input ends when this process does.
  const watchdog = spawn('sh', ['-c', `read -r _; ${script}`, 'watchdog', ...args], {
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
