// Stands in for kubectl and for a cluster that has nothing but Jobs and a Redis: `get` and `patch` of Jobs, which are in
// the file JOBS by namespace, and `port-forward` to REDIS_PORT. It refuses what Kubernetes refuses. CALLS takes each call.
const { appendFileSync, readFileSync, writeFileSync } = require('node:fs');
const net = require('node:net');

const args = process.argv.slice(2);
appendFileSync(process.env.CALLS, `${JSON.stringify(args)}\n`);
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined);
const [verb, kind, name] = args;
const namespace = option('--namespace') ?? 'default';
const jobs = JSON.parse(readFileSync(process.env.JOBS, 'utf8'));
const here = jobs.filter(({ metadata }) => metadata.namespace === namespace);

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 1;
}

function main() {
  if (process.env.FAILS?.startsWith(`${verb} `)) return fail(process.env.FAILS.slice(verb.length + 1));
  if (process.env.HANGS === verb) return setInterval(() => undefined, 1_000_000);
  if (verb === 'port-forward') return forward();
  if (verb === 'get' && kind === 'jobs') return console.log(JSON.stringify({ items: here }));
  const job = here.find(({ metadata }) => metadata.name === name);
  if (!job) return fail(`Error from server (NotFound): jobs.batch "${name}" not found`);
  if (verb === 'get') return console.log(JSON.stringify(job));
  if (verb === 'patch' && args.includes('--type=merge')) return patch(job);
  return fail(`error: unknown command ${args.join(' ')}`);
}

function patch(job) {
  const spec = { ...job.spec, ...JSON.parse(option('-p')).spec };
  const invalid = (why) => fail(`The Job "${name}" is invalid: ${why}`);
  if (spec.completions !== job.spec.completions) {
    if (spec.completionMode !== 'Indexed') return invalid('spec.completions: Invalid value: field is immutable');
    if (spec.completions !== spec.parallelism)
      return invalid('spec.completions: Invalid value: can only be modified in tandem with spec.parallelism');
  }
  const highest = Math.max(
    -1,
    ...(spec.successPolicy?.rules ?? []).flatMap((rule) => (rule.succeededIndexes ?? '').split(/[-,]/).map(Number)),
  );
  if (highest >= spec.completions)
    return invalid(`spec.successPolicy.rules[0].succeededIndexes: Invalid value: "${highest}": too large index`);
  job.spec = spec;
  writeFileSync(process.env.JOBS, JSON.stringify(jobs));
  console.log(`job.batch/${name} patched`);
}

function forward() {
  const server = net.createServer((near) => {
    const far = net.connect(Number(process.env.REDIS_PORT), '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1', () => console.log(`Forwarding from 127.0.0.1:${server.address().port} -> 6379`));
}

main();
