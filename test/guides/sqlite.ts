import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Database, Query } from '../../docs/effects/database';

const PROGRAM = `
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
for line in sys.stdin:
    sql, values = json.loads(line)
    try:
        cursor = db.execute(sql, {str(n + 1): value for n, value in enumerate(values)})
        names = [column[0] for column in cursor.description or []]
        print(json.dumps({"rows": [dict(zip(names, row)) for row in cursor.fetchall()]}), flush=True)
    except sqlite3.Error as error:
        print(json.dumps({"error": str(error)}), flush=True)
`;

/** A Python with an SQLite that knows RETURNING, or undefined. */
export function findSqlite(): string | undefined {
  const look = 'import sqlite3; assert sqlite3.sqlite_version_info >= (3, 35)';
  return ['python3', '/usr/bin/python3'].find((python) => {
    try {
      execFileSync(python, ['-c', look], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });
}

/** One connection to an SQLite database, which is a process of its own. */
export class Sqlite implements Database {
  private readonly child: ChildProcess;
  private readonly lines: Interface;
  private readonly waiting: ((line: string) => void)[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(python: string, file: string) {
    this.child = spawn(python, ['-c', PROGRAM, file], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.lines = createInterface(this.child.stdout as NodeJS.ReadableStream);
    this.lines.on('line', (line) => this.waiting.shift()?.(line));
  }

  readonly query: Query = async (sql, values) => {
    const answer = new Promise<string>((resolve) => this.waiting.push(resolve));
    this.child.stdin?.write(`${JSON.stringify([sql, values])}\n`);
    const { rows, error } = JSON.parse(await answer);
    if (error !== undefined) throw new Error(error);
    return { rows };
  };

  /** One transaction at a time, as a connection has. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    const run = this.last.then(async () => {
      await this.query('BEGIN IMMEDIATE', []);
      try {
        const result = await work(this.query);
        await this.query('COMMIT', []);
        return result;
      } catch (error) {
        await this.query('ROLLBACK', []);
        throw error;
      }
    });
    this.last = run.catch(() => undefined);
    return run;
  }

  async close(): Promise<void> {
    const closed = once(this.child, 'close');
    this.child.stdin?.end();
    await closed;
  }
}
