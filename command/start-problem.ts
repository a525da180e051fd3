import { statSync } from 'node:fs';
import { basename, delimiter, join } from 'node:path';

/** Why a process could not be started. */
export interface StartProblem {
  /**
   * `program`: it is not there or does not run, whatever the item; `item`: what the item brings is too long; `machine`: there
   * is no room for another process just now.
   */
  readonly of: 'program' | 'item' | 'machine';
  readonly text: string;
}

const BUSY = ['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'];

/** What an error of the system at the start of a program means. */
export function startProblem(program: string, error: unknown, path = process.env.PATH ?? ''): StartProblem {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const name = basename(program);
  if (BUSY.includes(code)) {
    return {
      of: 'machine',
      text: `${name} could not be started (${code}): there is no room for another process; lower concurrency, or raise the limit of processes, memory or files`,
    };
  }
  if (code === 'E2BIG') {
    return {
      of: 'item',
      text: `${name} could not be started: its arguments and its environment are too long together`,
    };
  }
  return { of: 'program', text: programProblem(program, code || message, path) };
}

/** Where a program is, as the system looks for it; undefined where it is not. */
export function findProgram(program: string, path = process.env.PATH ?? ''): string | undefined {
  const places = program.includes('/')
    ? [program]
    : path.split(delimiter).map((folder) => join(folder || '.', program));
  return places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile());
}

/** That there is no such program, and what helps. */
export function missingProgram(program: string, path = process.env.PATH ?? ''): string {
  const where = program.includes('/') ? '' : ` in the folders of PATH (${path})`;
  return `there is no program ${program}${where}; install it, use an image that has it, or give its path`;
}

function programProblem(program: string, code: string, path: string): string {
  const found = findProgram(program, path);
  if (code === 'ENOENT' && !found) return missingProgram(program, path);
  if (code === 'ENOENT') {
    return `${found} does not run: what its first line names is not there, or the C library that it was built for`;
  }
  if (code === 'EACCES') return `${found ?? program} may not be run; make it executable (chmod +x)`;
  return `${found ?? program} does not run (${code}); use a build of it for this machine`;
}
