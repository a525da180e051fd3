/** The files of a new project, by name. */
export function projectFiles(name: string, version: string): Record<string, string> {
  const chart = name.replace(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return {
    'package.json': packageJson(name, version),
    'cdk8s.yaml': CDK8S_YAML,
    'main.ts': mainTs(name, chart),
    'queue.ts': queueTs(name),
    'worker.ts': WORKER_TS,
    'main.test.ts': mainTestTs(name, chart),
    'tsconfig.json': TSCONFIG_JSON,
    'README.md': readme(name),
    '.gitignore': 'node_modules/\ndist/\n',
  };
}

/** What the project is built with. This package's own tests run with the same versions. */
export const VERSIONS = {
  '@swc/core': '1.16.18',
  '@swc/jest': '^0.2.39',
  '@types/jest': '^30.0.0',
  '@types/node': '^20.19.43',
  cdk8s: '^2.70.106',
  'cdk8s-cli': '^2.207.60',
  'cdk8s-plus-27': '^2.9.5',
  constructs: '^10.8.1',
  esbuild: '^0.28.2',
  jest: '^30.5.2',
  tsx: '^4.23.15',
  typescript: '^7.0.2',
  zod: '^4.6.7',
} as const;

/** cdk8s-plus-27 names a tool of its maintainers as an optional dependency, which brings 142 packages. */
const OVERRIDES = { 'cdk8s-plus-27': { backport: 'npm:@gitlab/noop@1.0.0' } };

/** Their binaries come as packages of their own, one a platform, so nothing has to run at install. */
const ALLOW_SCRIPTS = { '@parcel/watcher': false, '@swc/core': false, esbuild: false };

function packageJson(name: string, version: string): string {
  const pick = (...packages: (keyof typeof VERSIONS)[]) =>
    Object.fromEntries(packages.map((each) => [each, VERSIONS[each]]));
  const manifest = {
    name,
    version: '0.0.0',
    private: true,
    scripts: {
      synth: 'cdk8s synth',
      test: 'jest',
      typecheck: 'tsc',
    },
    dependencies: {
      cdk8s: VERSIONS.cdk8s,
      'cdk8s-plus-27': VERSIONS['cdk8s-plus-27'],
      'cdk8s-redis-work-queue': `^${version}`,
      ...pick('constructs', 'zod'),
    },
    devDependencies: pick(
      '@swc/core',
      '@swc/jest',
      '@types/jest',
      '@types/node',
      'cdk8s-cli',
      'esbuild',
      'jest',
      'tsx',
      'typescript',
    ),
    overrides: OVERRIDES,
    allowScripts: ALLOW_SCRIPTS,
    jest: {
      testMatch: ['**/*.test.ts'],
      transform: {
        '\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' } }],
      },
    },
  };
  return `${JSON.stringify(manifest, undefined, 2)}\n`;
}

const CDK8S_YAML = `\
language: typescript
# In this order: tsx parses every file of the packages that are loaded after it.
app: node --require cdk8s-redis-work-queue --require tsx/cjs main.ts
output: dist
`;

function mainTs(name: string, chart: string): string {
  return `\
import { App, Chart } from 'cdk8s';
import { RedisWorkQueueJob } from 'cdk8s-redis-work-queue';
import type { Construct } from 'constructs';
import { queue } from './queue';

export class ${chart} extends Chart {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    new RedisWorkQueueJob(this, 'job', {
      queue,
      entry: './worker.ts',
      parallelism: 2,
      items: queue.items([
        { fruit: 'apple', grams: 150 },
        { fruit: 'banana', grams: 120 },
        { fruit: 'cherry', grams: 8 },
      ]),
    });
  }
}

if (require.main === module) {
  const app = new App();
  new ${chart}(app, '${name}');
  app.synth();
}
`;
}

function queueTs(name: string): string {
  return `\
import { defineQueue } from 'cdk8s-redis-work-queue/queue';
import { z } from 'zod';

/** What the chart fills in and the worker is given. */
export const queue = defineQueue({
  name: '${name}',
  schema: z.object({
    fruit: z.string().min(1),
    grams: z.int().positive(),
  }),
});
`;
}

const WORKER_TS = `\
import { setTimeout as sleep } from 'node:timers/promises';
import { runWorker } from 'cdk8s-redis-work-queue/worker';
import { queue } from './queue';

runWorker(queue, async ({ fruit, grams }, { signal }) => {
  console.log(\`Packing \${grams} g of \${fruit}\`);
  await sleep(500, undefined, { signal }); // Put your actual work here.
});
`;

function mainTestTs(name: string, chart: string): string {
  return `\
import { Testing } from 'cdk8s';
import { EntryBundle } from 'cdk8s-redis-work-queue';
import { ${chart} } from './main';

test('the manifests', () => {
  const manifests = Testing.synth(new ${chart}(Testing.app(), '${name}'));
  expect(EntryBundle.redact(manifests)).toMatchSnapshot();
});
`;
}

const TSCONFIG_JSON = `\
{
  "compilerOptions": {
    "target": "ES2022",
    "lib": ["ES2023"],
    "module": "node16",
    "moduleResolution": "node16",
    "types": ["node", "jest"],
    "strict": true,
    "isolatedModules": true,
    "esModuleInterop": true,
    "skipLibCheck": true,
    "noEmit": true
  },
  "exclude": ["node_modules", "dist"]
}
`;

function readme(name: string): string {
  return `\
# ${name}

A pile of work on Kubernetes: \`main.ts\` says what is in it and how many workers there are, \`queue.ts\` what an item
looks like, \`worker.ts\` what is done with one.

\`\`\`sh
npm install
npm test          # writes the snapshot of the manifests the first time, compares from then on
npm run typecheck # neither test nor synth checks types
npm run synth     # main.ts becomes dist/
kubectl apply -f dist/
\`\`\`

\`npx rwq explain dist/*.yaml\` says in plain words what will run. Then watch it. When the Job is Complete, every item is done.

\`\`\`sh
kubectl get jobs --watch
kubectl logs -l job-name=NAME --prefix # NAME: the Job of the workers, without -fill at its end
\`\`\`

Without a cluster, with a \`redis-server\` on this machine:

\`\`\`sh
echo '{ "fruit": "apple", "grams": 150 }' > items.txt
npx rwq run worker.ts --items items.txt
\`\`\`

A changed chart or worker is another Job. Changed items replace those before them once the Job is Complete, without dead
letters; before that, their fill fails and says what to do.
`;
}
