import { readdirSync, readFileSync } from 'node:fs';
import { ENV } from '../worker/contract';

/** A process, as /proc tells of it. */
export interface ProcessSeen {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** When it started, in ticks since the system did: a pid is given again. */
  readonly started: string;
}

/** What was seen of all processes. */
export interface Processes {
  readonly all: readonly ProcessSeen[];
  /** Whether one has the address of the agent in its environment. */
  isOfProgram(seen: ProcessSeen): boolean;
  /** How many did not let their environment be read. */
  readonly hidden: number;
}

/** Looks at all processes that this one sees, itself left out. */
export function lookAtProcesses(url: string, proc = '/proc'): Processes {
  const all: ProcessSeen[] = [];
  for (const name of readdirSync(proc)) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const seen = readStat(pid, proc);
    if (seen) all.push(seen);
  }
  let hidden = 0;
  const wanted = `${ENV.agent}=${url}`;
  return {
    all,
    isOfProgram({ pid }) {
      try {
        const variables = readFileSync(`${proc}/${pid}/environ`, 'latin1').split('\0');
        return variables.some((each) => each === wanted || each === `${wanted}/`);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EACCES' || code === 'EPERM') hidden++;
        return false;
      }
    },
    get hidden() {
      return hidden;
    },
  };
}

/** Nothing where it has ended, also where nobody has noticed that yet. */
function readStat(pid: number, proc: string): ProcessSeen | undefined {
  let text: string;
  try {
    text = readFileSync(`${proc}/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name, in brackets, may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = '', parent, group, session] = fields;
  if (state === 'Z' || state === 'X') return undefined;
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    started: fields[19] ?? '',
  };
}
