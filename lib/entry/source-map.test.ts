import { SourceMap, type SourceMapping } from 'node:module';
import { buildSync } from 'esbuild';
import { withoutPackages } from './source-map';

/** Code of the user's before, between and after that of packages. */
function bundled() {
  const { outputFiles } = buildSync({
    absWorkingDir: __dirname,
    entryPoints: ['../../worker/index.ts'],
    outfile: 'out.mjs',
    bundle: true,
    minify: true,
    lineLimit: 200,
    platform: 'node',
    format: 'esm',
    sourcemap: 'external',
    sourcesContent: false,
    write: false,
  });
  const [map, code] = ['.map', '.mjs'].map((end) => outputFiles.find(({ path }) => path.endsWith(end))!.text);
  return { code: code as string, map: map as string };
}

test("what is left says the same of the user's files, and nothing of packages", () => {
  const { code, map } = bundled();
  const all = new SourceMap(JSON.parse(map));
  const text = withoutPackages(map);
  const own = new SourceMap(JSON.parse(text));
  const seen = { own: 0, packages: 0 };
  code.split('\n').forEach((line, row) => {
    for (let column = 0; column < line.length; column++) {
      const expected = all.findEntry(row, column) as Partial<SourceMapping>;
      const found = own.findEntry(row, column) as Partial<SourceMapping>;
      if (!expected.originalSource) continue;
      if (expected.originalSource.includes('node_modules')) {
        seen.packages++;
        if (found.originalSource) throw new Error(`${row}:${column} has a source`);
        continue;
      }
      seen.own++;
      if (
        found.originalSource !== expected.originalSource ||
        found.originalLine !== expected.originalLine ||
        found.originalColumn !== expected.originalColumn
      ) {
        expect(found).toEqual(expected);
      }
    }
  });
  expect(Math.min(seen.own, seen.packages)).toBeGreaterThan(10_000);
  expect(text).not.toContain('node_modules');
  expect(text.length).toBeLessThan(map.length / 2);
});

test('a map of packages alone is empty', () => {
  const map = { version: 3, sources: ['node_modules/a/index.js'], names: [], mappings: 'AAAA,CAAC;AACA' };
  expect(JSON.parse(withoutPackages(JSON.stringify(map)))).toEqual({
    version: 3,
    sources: [],
    names: [],
    mappings: '',
  });
});
