import { ApiObject, App, Chart, JsonPatch } from 'cdk8s';
import { FillJob, RedisStore, RedisWorkQueueCronJob, RedisWorkQueueDeployment, RedisWorkQueueJob } from '..';

const MINIMAL = { queueName: 'q', image: 'worker' };

/** What synth says of an app with charts of these names. */
function errorsOf(
  make: (...charts: Chart[]) => void,
  namespaces: (string | undefined)[] = [undefined, undefined],
): string {
  const app = new App();
  const charts = namespaces.map((namespace, index) => new Chart(app, 'abc'[index] as string, { namespace }));
  make(...charts);
  try {
    app.synthYaml();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const job = (chart: Chart, id: string, props: object = {}) =>
  new RedisWorkQueueJob(chart, id, { ...MINIMAL, queueName: id, ...props });
const external = (chart: Chart, host = 'redis.example.com', props: object = {}) =>
  RedisStore.external(chart, `store-${chart.node.children.length}`, { host, ...props });

describe('two objects of one kind, name and namespace', () => {
  test.each<[string, (a: Chart, b: Chart) => void, RegExp]>([
    [
      'two Jobs',
      (a) => {
        job(a, 'one', { jobName: 'fruit' });
        job(a, 'two', { jobName: 'fruit' });
      },
      /\[a\/two\] a\/two\/Resource and a\/one\/Resource are both the Job "fruit", and the cluster keeps one of them\. Rename one, by `jobName`, or/,
    ],
    [
      'two Services',
      (a) => {
        RedisStore.pod(a, 'one', { serviceName: 'redis' });
        RedisStore.persistent(a, 'two', { serviceName: 'redis' });
      },
      /\[a\/two\] a\/two\/Service and a\/one\/Service are both the Service "redis".* by `serviceName`/,
    ],
    [
      'two Pods',
      (a) => {
        RedisStore.pod(a, 'one', { podName: 'redis' });
        RedisStore.pod(a, 'two', { podName: 'redis' });
      },
      /both the Pod "redis"/,
    ],
    [
      'two StatefulSets',
      (a) => {
        RedisStore.persistent(a, 'one', { statefulSetName: 'redis' });
        RedisStore.persistent(a, 'two', { statefulSetName: 'redis' });
      },
      /both the StatefulSet "redis"/,
    ],
    [
      'two fills, and their ConfigMaps',
      (a) => {
        for (const queueName of ['one', 'two']) {
          new FillJob(a, queueName, { name: 'fill', queueName, items: ['a'], redis: external(a) });
        }
      },
      /two\/Scripts and a\/one\/Scripts are both the ConfigMap "fill".*\n.*both the Job "fill"/,
    ],
    [
      'a fill and a Job',
      (a) => {
        job(a, 'one', { jobName: 'fruit', items: ['a'] });
        job(a, 'two', { jobName: 'fruit-fill' });
      },
      /\[a\/two\] a\/two\/Resource and a\/one\/Fill\/Resource are both the Job "fruit-fill"/,
    ],
    [
      'an object of the user, before or after',
      (a) => {
        new ApiObject(a, 'mine', { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'one' } });
        job(a, 'one', { jobName: 'one' });
        job(a, 'two', { jobName: 'two' });
        new ApiObject(a, 'other', { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'two' } });
      },
      /a\/one\/Resource and a\/mine are both the Job "one".*\n.*a\/two\/Resource and a\/other are both the Job "two"/,
    ],
    [
      'in two charts',
      (a, b) => {
        job(a, 'one', { jobName: 'fruit' });
        job(b, 'two', { jobName: 'fruit' });
      },
      /\[b\/two\] b\/two\/Resource and a\/one\/Resource are .* Charts for two clusters belong in two Apps/,
    ],
  ])('are refused: %s', (_, make, message) => {
    expect(errorsOf(make as never)).toMatch(message);
  });

  test('are named with their namespace', () => {
    const make = (a: Chart, b: Chart) => [a, b].map((chart) => job(chart, 'it', { jobName: 'fruit', gate: false }));
    expect(errorsOf(make as never, ['jobs', 'jobs'])).toMatch(/both the Job "fruit" in the namespace jobs, and/);
  });

  test.each<[string, (a: Chart, b: Chart) => void, (string | undefined)[]?]>([
    [
      'in two namespaces',
      (a, b) => {
        for (const chart of [a, b]) job(chart, 'it', { jobName: 'fruit', items: ['a'] });
      },
      ['a', 'b'],
    ],
    [
      'of two kinds',
      (a) => {
        RedisStore.pod(a, 'one', { podName: 'redis', serviceName: 'redis' });
        job(a, 'two', { jobName: 'redis', redis: external(a) });
      },
    ],
    [
      'of which one was renamed by a patch',
      (a) => {
        const props = { jobName: 'fruit', gate: false, redis: external(a) };
        job(a, 'one', props);
        ApiObject.of(job(a, 'two', props)).addJsonPatch(JsonPatch.replace('/metadata/name', 'other'));
      },
    ],
    [
      'of which one left the tree',
      (a) => {
        job(a, 'one', { jobName: 'fruit', items: ['a'] });
        a.node.tryRemoveChild('one');
        job(a, 'two', { jobName: 'fruit', items: ['a'] });
      },
    ],
  ])('are no conflict %s', (...[, make, namespaces]) => {
    expect(errorsOf(make as never, namespaces)).toBe('');
  });
});

describe('workloads whose pods have one label', () => {
  const cronJob = (chart: Chart, cronJobName: string) =>
    new RedisWorkQueueCronJob(chart, 'cron', {
      ...MINIMAL,
      schedule: '@daily',
      cronJobName,
      items: ['a'],
      redis: external(chart),
    });
  const deployment = (chart: Chart, deploymentName: string) =>
    new RedisWorkQueueDeployment(chart, 'stream', { ...MINIMAL, deploymentName, redis: external(chart) });

  test.each<[string, (a: Chart, b: Chart) => void, RegExp]>([
    [
      'a Job and a Deployment',
      (a) => {
        job(a, 'one', { jobName: 'fruit', redis: external(a) });
        deployment(a, 'fruit');
      },
      /\[a\/stream\] a\/stream\/Resource is a Deployment, a\/one\/Resource a Job, and both know their pods by the name "fruit".*`deploymentName`/,
    ],
    [
      'a Deployment and a CronJob',
      (a, b) => {
        deployment(a, 'fruit');
        cronJob(b, 'fruit');
      },
      /b\/cron\/Resource is a CronJob, a\/stream\/Resource a Deployment,.* by `cronJobName`.* Charts for two clusters/,
    ],
    [
      'the fill of a Job and a Deployment',
      (a) => {
        job(a, 'one', { jobName: 'fruit', items: ['a'], redis: external(a, 'other.example.com') });
        deployment(a, 'fruit-fill');
      },
      /a Deployment, a\/one\/Fill\/Resource a Job, .*"fruit-fill"/,
    ],
    [
      'a Job whose name ends in a hash, which the label does not have',
      (a) => {
        const { podSelector } = job(a, 'one', { redis: external(a) });
        deployment(a, Object.values(podSelector)[0] as string);
      },
      /a Deployment, a\/one\/Resource a Job,/,
    ],
  ])('are refused: %s', (_, make, message) => {
    expect(errorsOf(make as never)).toMatch(message);
  });

  test('are no conflict in two namespaces, or by other names', () => {
    const make = (a: Chart, b: Chart) => {
      deployment(a, 'fruit');
      cronJob(b, 'fruit');
      job(a, 'one', { jobName: 'other', redis: external(a) });
    };
    expect(errorsOf(make as never, ['a', 'b'])).toBe('');
  });
});

describe('two fills of one queue', () => {
  const TWICE = /\[\w\/two\/Fill\] The queue "q" is filled by \w\/one\/Fill too, on one store\. .*`queueName`\./;

  test.each<[string, (a: Chart, b: Chart) => void, RegExp, (string | undefined)[]?]>([
    [
      'two lists of items',
      (a) => {
        const redis = RedisStore.pod(a, 'redis');
        job(a, 'one', { queueName: 'q', items: ['a'], redis });
        job(a, 'two', { queueName: 'q', items: ['b'], redis });
      },
      TWICE,
    ],
    [
      'items and a filler',
      (a) => {
        const redis = external(a);
        job(a, 'one', { queueName: 'q', items: ['a'], redis });
        job(a, 'two', { queueName: 'q', filler: { image: 'filler' }, redis });
      },
      TWICE,
    ],
    [
      'a FillJob of its own and items',
      (a) => {
        const redis = external(a);
        new FillJob(a, 'one', { name: 'fill', queueName: 'q', items: ['a'], redis });
        job(a, 'two', { queueName: 'q', items: ['a'], redis });
      },
      /\[a\/two\/Fill\] The queue "q" is filled by a\/one too/,
    ],
    [
      'by two constructs for one external store',
      (a) => {
        job(a, 'one', { queueName: 'q', items: ['a'], redis: external(a, 'redis.example.com') });
        job(a, 'two', { queueName: 'q', items: ['a'], redis: external(a, 'Redis.example.com', { port: 6379 }) });
      },
      TWICE,
    ],
    [
      'of two charts',
      (a, b) => {
        job(a, 'one', { queueName: 'q', items: ['a'], redis: external(a) });
        job(b, 'two', { queueName: 'q', items: ['a'], redis: external(b) });
      },
      /\[b\/two\/Fill\] The queue "q" is filled by a\/one\/Fill too.* Charts for two clusters belong in two Apps\.$/,
      ['a', 'b'],
    ],
  ])('are refused: %s', (...[, make, message, namespaces]) => {
    expect(errorsOf(make as never, namespaces)).toMatch(message);
  });

  test.each<[string, (a: Chart, b: Chart) => void, (string | undefined)[]?]>([
    [
      'of which one only works',
      (a) => {
        const redis = RedisStore.pod(a, 'redis');
        job(a, 'one', { queueName: 'q', items: ['a'], redis });
        job(a, 'two', { queueName: 'q', redis });
        job(a, 'three', { queueName: 'q', redis });
      },
    ],
    [
      'of two stores',
      (a) => {
        job(a, 'one', { queueName: 'q', items: ['a'] });
        job(a, 'two', { queueName: 'q', items: ['a'] });
        job(a, 'three', { queueName: 'q', items: ['a'], redis: external(a, 'redis.example.com') });
        job(a, 'four', { queueName: 'q', items: ['a'], redis: external(a, 'redis.example.com', { port: 7000 }) });
      },
    ],
    [
      'of two names',
      (a) => {
        const redis = RedisStore.pod(a, 'redis');
        job(a, 'one', { queueName: 'one', items: ['a'], redis });
        job(a, 'two', { queueName: 'two', items: ['a'], redis });
      },
    ],
    [
      'on the Services of two namespaces',
      (a, b) => {
        job(a, 'one', { queueName: 'q', items: ['a'], redis: external(a, 'redis') });
        job(b, 'two', { queueName: 'q', items: ['a'], redis: external(b, 'redis') });
      },
      ['a', 'b'],
    ],
  ])('are no conflict: %s', (...[, make, namespaces]) => {
    expect(errorsOf(make as never, namespaces)).toBe('');
  });
});
