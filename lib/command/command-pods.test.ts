import { Testing } from 'cdk8s';
import { MODELS } from '../../test/manifest-models';
import {
  type CommandProps,
  EntryBundle,
  RedisWorkQueueDeployment,
  RedisWorkQueueJob,
  type RedisWorkQueueJobProps,
  RunInput,
} from '..';
import { podFailurePolicy } from '../pod';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;
type Props = Partial<RedisWorkQueueJobProps>;

function synth(props: Props = {}): Manifest[] {
  const of = Testing.chart();
  const names = { queueName: 'photos', jobName: 'photos', image: 'registry.example/node-with-ffmpeg:24' };
  new RedisWorkQueueJob(of, 'photos', { ...names, run: ['ffmpeg', '-i', '{}'], ...props });
  return Testing.synth(of);
}

const jobOf = (props?: Props) => synth(props).find(({ kind }) => kind === 'Job').spec;
const workerOf = (props?: Props) => jobOf(props).template.spec.containers[0];

test('the container is a worker that runs the command, on its image and where that works', () => {
  const { command, workingDir, args, name, image, volumeMounts, securityContext, env } = workerOf();
  expect({ name, image, command }).toEqual({
    name: 'worker',
    image: 'registry.example/node-with-ffmpeg:24',
    command: ['node', '/opt/work-queue/unpack.mjs', '--', 'ffmpeg', '-i', '{}'],
  });
  expect([workingDir, args, securityContext.readOnlyRootFilesystem]).toEqual([undefined, undefined, undefined]);
  expect(volumeMounts.map(({ mountPath }: Manifest) => mountPath)).toEqual(['/opt/work-queue']);
  expect(env.map(({ name }: Manifest) => name)).toEqual(expect.arrayContaining(['REDIS_URL', 'WORK_QUEUE_NAME']));
});

test('the pod waits for what a killed command leaves behind, as Node.js does not', () => {
  expect(jobOf().template.spec.shareProcessNamespace).toBe(true);
});

test('each prop of a command is an option of the program', () => {
  const all: Required<CommandProps> = {
    run: ['sh', '-c', 'echo "$$ $(HOME) {}"', '--'],
    runInput: RunInput.STDIN,
    runDeadCodes: [65, 66],
    runLaterCodes: [75],
    runResults: true,
  };
  // A kubelet makes of $$ one dollar sign, so that the words arrive as they were given.
  const words = ['sh', '-c', 'echo "$$$$ $$(HOME) {}"', '--'];
  expect(workerOf(all).command.slice(2)).toEqual([
    ...['--input', 'stdin', '--dead', '65,66', '--later', '75', '--results', '--'],
    ...words,
  ]);
  const none = { runInput: RunInput.ARGUMENT, runDeadCodes: [], runLaterCodes: [], runResults: false };
  const options = ['--input', 'argument', '--dead', '', '--later', '', '--'];
  expect(workerOf(none).command.slice(2, -3)).toEqual(options);
});

test('its exit codes are ours, so it is judged and indexed as the worker of an entry', () => {
  const { podFailurePolicy: policy, completionMode } = jobOf();
  expect(policy).toEqual(podFailurePolicy('worker'));
  expect(completionMode).toBe('Indexed');
});

test('Kubernetes takes it, a Deployment runs it too, and a snapshot leaves the program out', () => {
  const of = Testing.chart();
  new RedisWorkQueueDeployment(of, 'stream', { queueName: 'stream', image: 'node:24', run: ['true'] });
  const objects = [...synth(), ...Testing.synth(of)];
  for (const object of objects) new (MODELS[object.kind] as (typeof MODELS)[string])(object).validate();
  const parts = EntryBundle.redact(objects).filter(({ binaryData }) => binaryData);
  expect(parts.map(({ binaryData }) => binaryData)).toEqual(Array(2).fill({ 'part-0': '<bundle>' }));
  expect(JSON.stringify(objects.find(({ kind }) => kind === 'Deployment').spec)).toContain('"--","true"');
});

test.each<[Props, RegExp]>([
  [{ image: undefined, entry: './worker.ts' } as never, /: run is "ffmpeg -i \{\}"\. It is given beside `entry`/],
  [{ command: ['a'] }, /: run is .*It is given beside `command`/],
  [{ args: ['a'] }, /: run is .*It is given beside `args`/],
  [{ image: undefined } as never, /: image is undefined\. Name the image of the worker/],
  [
    { runDeadCodes: [65, 66], runLaterCodes: [75, 66] },
    /: runLaterCodes\[1\] is 66\. It is in `runDeadCodes`, too, .*Remove one of them/,
  ],
  [
    { volumeMounts: [{ mountPath: '/opt/work-queue/', volume: { name: 'a', emptyDir: {} } }] },
    /It is the path of the program that runs the command too/,
  ],
])('%j is refused', (props, message) => {
  expect(() => synth(props)).toThrow(message);
});
