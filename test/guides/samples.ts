import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** README and every guide, by their paths in the repository. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `docs/${name}`),
];

/** A fenced block of a page. */
export interface Sample {
  /** What follows the fence; empty where nothing does. */
  readonly language: string;
  readonly code: string;
  /** The file of TypeScript code: its first line names it (`// worker.ts`), or else it has a number. */
  readonly file: string;
}

/** The fenced blocks of a page, in order. */
export function samplesOf(page: string): Sample[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(.*)\n([\s\S]*?)^\1```$/gm)].map(([, , language = '', code = ''], index) => {
    const file = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? `sample-${index}.ts`;
    return { language, code, file };
  });
}

/** A command of a page, and what the page says that it prints. */
export interface Command {
  readonly command: string;
  readonly output: string;
}

/** The commands in the `console` blocks of a page, in order. A line that does not begin with `$ ` is output. */
export function commandsOf(page: string): Command[] {
  return samplesOf(page)
    .filter(({ language }) => language === 'console')
    .flatMap(({ code }) => {
      const [before, ...parts] = code.split(/^\$ /m);
      if (before !== '') throw new Error(`A console block of ${page} does not begin with a command: ${before}`);
      return parts.map((part) => {
        const [, command = '', output = ''] = /^((?:.*\\\n)*.*)\n([\s\S]*)$/.exec(part) ?? [];
        return { command: command.replace(/\s+# .*$/, ''), output };
      });
    });
}
