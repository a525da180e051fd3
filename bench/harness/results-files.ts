import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { BENCH } from './paths';
import { picturesOf } from './pictures';
import { type Results, resultsPage } from './report';

const DATA = 'bench/results.json';
const PAGE = 'bench/RESULTS.md';
const PICTURES = 'docs/pictures';

/** What the last whole run found. */
export function recordedResults(): Results {
  return JSON.parse(readFileSync(join(BENCH, 'results.json'), 'utf8')) as Results;
}

/** The files that results become, by their paths in the repository. Page and pictures hold nothing but what the data say. */
function resultsFiles(results: Results): Map<string, string> {
  const pictures = picturesOf(results);
  const shown = pictures.map(({ file, ...picture }) => ({
    ...picture,
    path: posix.relative(posix.dirname(PAGE), posix.join(PICTURES, file)),
  }));
  return new Map([
    [DATA, `${JSON.stringify(results, undefined, 2)}\n`],
    [PAGE, resultsPage(results, shown, readFileSync(join(BENCH, 'READING.md'), 'utf8'))],
    ...pictures.map(({ file, svg }) => [posix.join(PICTURES, file), svg] as const),
  ]);
}

/** Writes them into a folder, which is laid out like the repository. */
export function writeResults(folder: string, results: Results): void {
  for (const [path, content] of resultsFiles(results)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}
