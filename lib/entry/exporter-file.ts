import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildResult } from 'esbuild';
import { LEASE_THREAD_OPTIONS } from './lease-thread-file';

/** A program as a ConfigMap has it. */
export interface PackedProgram {
  /** Its one file, compressed. */
  readonly compressed: Buffer;
  /** Hash of the code. */
  readonly hash: string;
}

let packed: PackedProgram | undefined;

/** The program that serves the metrics of a store (metrics/exporter/main.ts). */
export function exporterProgram(): PackedProgram {
  packed ??= pack(exporterText());
  return packed;
}

function pack(text: string): PackedProgram {
  const { deflate } = require('./deflate') as typeof import('./deflate');
  return { compressed: deflate(text), hash: createHash('sha256').update(text).digest('hex').slice(0, 10) };
}

/** Its text, which `npm run build` makes; in a clone that has no build yet, it is made here. */
function exporterText(): string {
  const folder = join(__dirname, '../../metrics');
  const built = join(folder, 'exporter.js');
  if (existsSync(built)) return readFileSync(built, 'utf8');
  const { buildSync } = require('esbuild') as typeof import('esbuild');
  const result: BuildResult = buildSync({
    ...LEASE_THREAD_OPTIONS,
    absWorkingDir: folder,
    entryPoints: ['exporter/main.ts'],
    write: false,
    logLevel: 'silent',
  });
  return result.outputFiles?.[0]?.text ?? '';
}
