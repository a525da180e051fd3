// Stands in for kubectl, and for the cluster behind it: records each call, and answers as a cluster would whose pods do
// nothing. It knows only what the suite asks; anything else is an error. FAULTS says what goes wrong.
const { appendFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const folder = process.env.CLUSTER;
const faults = (process.env.FAULTS ?? '').split(',');
const has = (fault) => faults.includes(fault);
const stateFile = join(folder, 'state.json');
const state = existsSync(stateFile)
  ? JSON.parse(readFileSync(stateFile, 'utf8'))
  : { looks: {}, objects: {}, paused: [], resumed: false, lost: [], serial: 0 };

const args = process.argv.slice(2);
const input = args.includes('--filename=-') ? readFileSync(0, 'utf8') : undefined;
appendFileSync(join(folder, 'calls.ndjson'), `${JSON.stringify({ args, input })}\n`);

const flag = (name) => args.find((each) => each.startsWith(`--${name}=`))?.slice(name.length + 3);
const words = args.filter((each) => !each.startsWith('--'));
const namespace = flag('namespace');
const nth = (what) => {
  state.looks[what] = (state.looks[what] ?? 0) + 1;
  return state.looks[what];
};

function end(text, code = 0) {
  writeFileSync(`${stateFile}.new`, JSON.stringify(state));
  renameSync(`${stateFile}.new`, stateFile);
  (code === 0 ? process.stdout : process.stderr).write(text);
  process.exitCode = code;
}

const objects = (kind) => Object.values(state.objects).filter((each) => each.kind === kind);
const isFill = ({ metadata }) => metadata.labels['app.kubernetes.io/component'] === 'fill';
// Nothing is done until the last pod is lost, and somebody has looked since.
const isDone = () => state.drained === true;

function itemsOf(queue) {
  const fill = objects('Job').find(
    (job) => isFill(job) && job.spec.template.spec.containers[0].env.some((each) => each.value === queue),
  );
  return objects('ConfigMap')
    .filter(({ metadata }) => metadata.name.startsWith(`${fill.metadata.name}-`))
    .flatMap(({ data }) => Object.values(data).flatMap((text) => JSON.parse(text))).length;
}

function jobs() {
  const look = nth('jobs');
  if (state.resumed && !has('never-drained') && state.lost.length >= Number(process.env.LOSSES)) state.drained = true;
  const condition = (type, more) => ({ status: { conditions: [{ type, status: 'True', ...more }] } });
  return objects('Job').map(({ metadata }) => {
    if (isFill({ metadata })) return { metadata, ...(look > 1 && condition('Complete')) };
    if (state.resumed && has('job-fails')) {
      return { metadata, ...condition('Failed', { reason: 'PodFailurePolicy', message: 'exit code 82' }) };
    }
    return { metadata, ...(isDone() && condition('Complete')) };
  });
}

function pods(selector) {
  const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const running = { phase: 'Running', containerStatuses: [{ name: 'worker', state: { running: {} } }] };
  const store = [...objects('Pod'), ...objects('StatefulSet')].map(({ kind, metadata }) => ({
    metadata: { name: kind === 'Pod' ? metadata.name : `${metadata.name}-0` },
    status: nth('store') > 1 ? ready : { phase: 'Pending' },
  }));
  if (selector === 'cdk8s-redis-work-queue/store') return store;
  const workers = objects('Job')
    .filter((job) => !isFill(job))
    .filter(({ metadata }) => !selector || selector === `job-name=${metadata.name}`)
    .flatMap(({ metadata, spec }) => {
      const names = Array.from({ length: spec.parallelism + state.lost.length }, (_, i) => `${metadata.name}-${i}`);
      return names
        .filter((name) => !state.lost.includes(name))
        .map((name) => ({ metadata: { name }, status: running }));
    });
  return selector ? workers : [...store, ...workers];
}

const LISTS = {
  jobs,
  pods: () => pods(flag('selector')),
  deployments: () =>
    objects('Deployment').map(({ metadata }) => ({
      metadata,
      status: { conditions: nth('deployments') > 1 ? [{ type: 'Available', status: 'True' }] : [] },
    })),
  serviceaccounts: () => (nth('accounts') > 1 ? [{ metadata: { name: 'default' } }] : []),
  storageclasses: () => [
    {
      metadata: {
        name: 'standard',
        annotations: { 'storageclass.kubernetes.io/is-default-class': String(!has('no-storage')) },
      },
    },
  ],
  events: () => [
    {
      type: 'Warning',
      reason: 'FailedCreate',
      message: 'violates PodSecurity "restricted:latest"',
      involvedObject: { kind: 'Job', name: 'job-wq-2' },
    },
  ],
};

function exec() {
  const command = args.slice(args.indexOf('--') + 1).join(' ');
  const queue = /\{(.*?)\}/.exec(command)[1];
  if (command.includes('HSET')) {
    state.paused.push(queue);
    return end('1\n');
  }
  if (command.includes('HDEL')) {
    state.resumed = true;
    if (has('too-fast')) state.drained = true;
    return end('1\n1-0\n');
  }
  const dead = isDone() && queue === 'pages' ? 3 : 0;
  const done = isDone() ? itemsOf(queue) - dead - (has('item-lost') ? 1 : 0) : 0;
  const results = command.includes('HVALS') ? '4865600\n{"fen":"x"}\n9\n{"fen":"y"}\n' : '';
  return end(`${done || ''}\n\n${dead}\n0\n${results}`);
}

function main() {
  if (has('away') && state.resumed && nth('away') <= 3) {
    return end(
      'The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n',
      1,
    );
  }
  const [verb, what, name] = words;
  switch (verb) {
    case 'config':
      return has('no-context') ? end('error: current-context is not set\n', 1) : end('kind-kind\n');
    case 'version':
      return has('no-answer')
        ? end('Unable to connect to the server: dial tcp 127.0.0.1:6443: connect: connection refused\n', 1)
        : end('{"serverVersion":{"gitVersion":"v1.34.0"}}');
    case 'auth':
      process.stderr.write("Warning: resource 'namespaces' is not namespace scoped\n");
      if (has('forbidden')) process.stdout.write('no\n');
      return has('forbidden') ? end('', 1) : end('yes\n');
    case 'get':
      return end(JSON.stringify({ items: LISTS[what]() }));
    case 'apply': {
      const path = flag('filename');
      const { parseAllDocuments } = require('yaml');
      for (const file of readdirSync(path)) {
        const text = readFileSync(join(path, file), 'utf8');
        appendFileSync(join(folder, 'applied.yaml'), `---\n${text}`);
        for (const document of parseAllDocuments(text, { uniqueKeys: false })) {
          const each = document.toJS();
          state.objects[`${each.kind} ${each.metadata.name}`] = each;
        }
      }
      if (has('hangs') && objects('Job').length > 0) return setInterval(() => undefined, 1_000_000);
      return end('applied\n');
    }
    case 'exec':
      return exec();
    case 'logs':
      return end('Working on apple\n');
    case 'delete':
      if (what === 'pod') state.lost.push(name);
      else if (has('stays')) return end('Error from server (Forbidden): namespaces is forbidden\n', 1);
      return end('deleted\n');
    case 'create': {
      const [, pod] = /\/pods\/(.*)\/eviction$/.exec(flag('raw') ?? '') ?? [];
      if (pod && has('budget') && nth('budget') === 1) {
        return end(
          "Error from server (TooManyRequests): Cannot evict pod as it would violate the pod's disruption budget.\n",
          1,
        );
      }
      if (pod) state.lost.push(pod);
      return end('created\n');
    }
    default:
      return end(`unknown command ${args.join(' ')}, namespace ${namespace}\n`, 1);
  }
}
main();
