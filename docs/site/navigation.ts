/**
 * The pages of the site: which file of the repository is shown where, and under which name in which group.
 *
 * The pages are written for GitHub, where they are read just as often. What the site needs beyond them stands here.
 */

export interface Page {
  /** Its name in the sidebar. */
  text: string;
  /** The file, from the root of the repository. */
  file: string;
  /** Where the site has it. */
  path: string;
}

export interface Group {
  text: string;
  pages: Page[];
}

export const HOME: Page = { text: 'Home', file: 'docs/site/index.md', path: 'index.md' };

export const GROUPS: Group[] = [
  {
    text: 'Get started',
    pages: [
      page('Introduction', 'README.md', 'introduction.md'),
      guide('Quick start on kind or minikube', 'quick-start'),
      guide('From the Python worker', 'from-the-python-worker'),
      guide('Workers in Python', 'python'),
      page('The package clients/python', 'clients/python/README.md', 'clients/python.md'),
      guide('FAQ', 'faq'),
    ],
  },
  {
    text: 'Guides',
    pages: [
      guide('A worker without an image: entry', 'entry'),
      guide('An image of your own', 'image'),
      guide('A worker inside an app', 'inside-an-app'),
      guide('Commands: a process for each item', 'commands'),
      guide('The work agent: any language', 'agent'),
      guide('Computing on many cores', 'computing'),
      guide('What is created', 'objects'),
      guide('Effects that must not repeat', 'effects'),
      guide('A finalizer', 'finally'),
      guide('Follow-up items', 'follow-ups'),
      guide('Long items', 'long-items'),
      guide('Batches', 'batches'),
      guide('Streams: work that never ends', 'streams'),
      guide('Stages', 'stages'),
      guide('Every night: a CronJob', 'nightly'),
      guide('Pace: later, slower, a rate', 'pace'),
      guide('Testing', 'testing'),
      guide('Tuning', 'tuning'),
      guide('Progress', 'progress'),
      guide('A page in the browser', 'ui'),
      guide('Production checklist', 'production'),
      guide('GitOps: apply again', 'gitops'),
      guide('Stores: which Redis', 'stores'),
      guide('Redis', 'redis'),
      guide('A replicated store', 'replicated'),
      guide('Servers: which Redis works', 'servers'),
      guide('Network', 'network'),
      guide('Meshes: Istio and Linkerd', 'meshes'),
      guide('Metrics', 'metrics'),
      guide('Tracing', 'tracing'),
      guide('Bull Board', 'bull-board'),
      guide('Logs', 'logs'),
      guide('Scale', 'scale'),
      guide('Fleets: workers that come and go', 'fleets'),
      guide('Spot nodes', 'spot'),
      guide('Platforms', 'platforms'),
      guide('Kueue', 'kueue'),
      guide('Failures', 'failures'),
      guide('Troubleshooting', 'troubleshooting'),
    ],
  },
  {
    text: 'Examples',
    pages: [
      page('All examples', 'examples/README.md', 'examples/index.md'),
      example('The walkthrough', 'walkthrough'),
      example('CPU-bound work: chess', 'chess'),
      example('Many cores: threads', 'threads'),
      example('Fetch and store', 'fetch-and-store'),
      example('Crawler: follow-up items', 'crawler'),
      example('A worker in Python', 'python'),
      example('A worker in bash', 'bash'),
      example('A command for each item', 'commands'),
      example('Two queues on one store', 'two-queues'),
      example('Stages: one queue after another', 'stages'),
      example('A handler with tests', 'tested'),
      example('A larger app', 'larger-app'),
    ],
  },
  {
    text: 'Reference',
    pages: [
      page('API', 'docs/api/README.md', 'api/index.md'),
      page('API: the chart', 'docs/api/lib.md', 'api/lib.md'),
      page('API: the worker', 'docs/api/worker.md', 'api/worker.md'),
      page('API: testing', 'docs/api/testing.md', 'api/testing.md'),
      page('API: dashboard and alerts', 'docs/api/metrics.md', 'api/metrics.md'),
      page('API: traces', 'docs/api/otel.md', 'api/otel.md'),
      page('API: Bull Board', 'docs/api/bull-board.md', 'api/bull-board.md'),
      guide('Guarantees and exit codes', 'guarantees'),
      guide('Clients: who passes what', 'clients'),
      guide('Command line', 'command-line'),
      page('Changelog', 'CHANGELOG.md', 'changelog.md'),
    ],
  },
  {
    text: 'Internals',
    pages: [
      guide('Protocol', 'protocol'),
      guide('Chaos runs', 'chaos'),
      page('Chaos results', 'chaos/RESULTS.md', 'chaos-results.md'),
      page('Benchmarks', 'bench/RESULTS.md', 'benchmarks.md'),
      page('Contributing', 'CONTRIBUTING.md', 'contributing.md'),
      page('Security', 'SECURITY.md', 'security.md'),
    ],
  },
];

export const PAGES: Page[] = [HOME, ...GROUPS.flatMap(({ pages }) => pages)];

function page(text: string, file: string, path: string): Page {
  return { text, file, path };
}

function guide(text: string, name: string): Page {
  return page(text, `docs/${name}.md`, `${name}.md`);
}

function example(text: string, name: string): Page {
  return page(text, `examples/${name}/README.md`, `examples/${name}.md`);
}
