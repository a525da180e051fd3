/** Runs one statement; `rows` are those that it returns. */
export type Query = (sql: string, values: readonly unknown[]) => Promise<{ rows: Record<string, unknown>[] }>;

/** A database with transactions, such as PostgreSQL through `pg`. */
export interface Database {
  /** Commits when `work` returns, and rolls back when it throws. */
  transaction<T>(work: (query: Query) => Promise<T>): Promise<T>;
}
