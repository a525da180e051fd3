import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPENAPI } from '../../agent/openapi';
import { ROUTES } from '../../agent/routes';

// biome-ignore lint/suspicious/noExplicitAny: a document
const document = OPENAPI as any;

function resolved(each: { $ref?: string }) {
  const name = each.$ref?.split('/').at(-1);
  return name ? document.components.parameters[name] : each;
}

test('the document has each call, with the fields of its query, and no other', () => {
  const described = Object.entries<Record<string, { parameters?: object[] }>>(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => method !== 'parameters')
      .map(([method, { parameters = [] }]) => {
        const names = parameters.map(resolved).map(({ name }) => name);
        return [method.toUpperCase(), path, names.sort()];
      }),
  );
  const routes = ROUTES.map(({ method, path, query = [] }) => [method, path, [...query].sort()]);
  const sorted = (rows: unknown[][]) => rows.map((row) => row.join(' ')).sort();
  expect(sorted(described)).toEqual(sorted(routes));
});

test('what a call needs is needed in the document', () => {
  for (const { method, path, required = [] } of ROUTES) {
    const { parameters = [] } = document.paths[path][method.toLowerCase()];
    const needed = parameters.map(resolved).filter((each: { required: boolean }) => each.required);
    expect(needed.map(({ name }: { name: string }) => name)).toEqual([...required]);
  }
});

test('each reference leads somewhere', () => {
  const refs = JSON.stringify(document).match(/#\/components\/\w+\/\w+/g) ?? [];
  expect(refs.length).toBeGreaterThan(10);
  for (const ref of refs) {
    const [kind = '', name = ''] = ref.split('/').slice(2);
    expect([ref, document.components[kind]?.[name] !== undefined]).toEqual([ref, true]);
  }
});

test('docs/agent-openapi.json is this document', () => {
  expect(JSON.parse(readFileSync(join(__dirname, '../../docs/agent-openapi.json'), 'utf8'))).toEqual(
    JSON.parse(JSON.stringify(OPENAPI)),
  );
});
