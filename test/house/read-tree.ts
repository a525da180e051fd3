import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Written by tools, or by npm. */
const MADE = new Set(['node_modules', 'build', 'dist', '.temp', '.git']);

/** The files of the tree by path from its root, with their text where they are TypeScript. */
export function readTree(root: string): Map<string, string> {
  const texts = new Map<string, string>();
  const read = (folder: string) => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder ? `${folder}/${entry.name}` : entry.name;
      if (entry.isDirectory() && !MADE.has(entry.name)) read(path);
      else if (!entry.isDirectory())
        texts.set(path, /\.([cm]?ts|tsx)$/.test(path) ? readFileSync(join(root, path), 'utf8') : '');
    }
  };
  read('');
  return texts;
}

/** What package.json exports, as the files that it is compiled from. */
export function ownNames(root: string): Map<string, string> {
  const { name, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    name: string;
    exports: Record<string, string | { default: string }>;
  };
  return new Map(
    Object.entries(exports).map(([entry, to]) => {
      const file = typeof to === 'string' ? to : to.default;
      return [join(name, entry), file.replace('./', '').replace(/^build\/(.*)\.js$/, '$1.ts')];
    }),
  );
}
