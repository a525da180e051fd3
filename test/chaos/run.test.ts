import { FAULT_KINDS } from '../../chaos/schedule';
import { CAN_ISSUE, MovableClock, NO_MOVABLE_CLOCK } from '../../local/redis';
import { chaos, endRuns } from './chaos-command';

afterAll(endRuns);

/** All that a run said which did not end well, for the message of the failure. */
const complaints = (code: number | null, output: string) => (code === 0 ? '' : `exit ${code}\n${output}`);

test.concurrent('one fault of each kind: nothing lost, nothing booked twice, and each rerun has its fault', async () => {
  const faults = FAULT_KINDS.length;
  const run = `--items 3000 --faults ${faults} --every 600 --lease 3000 --seed 1`;
  const { code, output, line } = await chaos(...run.split(' '));
  const missing = MovableClock.available ? 0 : 1;
  if (missing) console.warn(`a step of Redis' clock was NOT TESTED: ${NO_MOVABLE_CLOCK}`);
  expect(complaints(code, output)).toBe('');
  expect(output).toContain(`${faults - missing} of ${faults} faults happened`);
  expect(line).toMatch(
    /^lost 0, unexpected 0, booked twice 0, reruns ([1-9]\d*) \(\1 explained\)(, dead (\d+) \(\3 explained\))?$/,
  );
});

const WELL = /^lost 0, unexpected 0, booked twice 0, reruns (\d+) \(\1 explained\)(, dead (\d+) \(\3 explained\))?$/;

test.concurrent('a slot that moves, also only half, under load: nothing lost, nothing made anew', async () => {
  const run = '--cluster --items 2000 --faults 8 --every 600 --lease 3000 --seed 2 --only slot';
  const { code, output, line } = await chaos(...run.split(' '));
  expect(complaints(code, output)).toBe('');
  expect(output).toContain('slot half moved for a while');
  expect(line).toMatch(WELL);
});

test.concurrent('primaries that die, fall silent and are replaced, named by sentinels: nothing lost, though replicas lag', async () => {
  const run = '--sentinel --items 500 --faults 3 --every 1000 --lease 3000 --seed 1 --only primary,failover';
  const { code, output, line } = await chaos(...run.split(' '));
  expect(complaints(code, output)).toBe('');
  expect(output).toContain('3 of 3 faults happened');
  expect(line).toMatch(WELL);
}, 300_000);

const why = CAN_ISSUE ? '' : ' (not run: there is no openssl)';

(CAN_ISSUE ? test.concurrent : test.skip)(
  `certificates and passwords that are replaced while workers run, and die: nothing lost, nothing charged${why}`,
  async () => {
    const run = '--tls --items 500 --faults 6 --every 800 --lease 5000 --seed 1';
    const only = 'certificate,password,worker kill -9 among';
    const { code, output, line } = await chaos(...run.split(' '), '--only', only);
    expect(complaints(code, output)).toBe('');
    expect(output).toMatch(/6 of 6 faults happened: (?=.*2 × certificate replaced)(?=.*2 × password rotated)/);
    expect(line).toMatch(WELL);
  },
);

test.concurrent('a crowd of incarnations that die or fall silent at once: all that they held is done, and each rerun has its fault', async () => {
  const run = '--incarnations 100 --items 2000 --faults 4 --every 1000 --lease 3000 --seed 1 --only crowd';
  const { code, output, line } = await chaos(...run.split(' '));
  expect(complaints(code, output)).toBe('');
  expect(output).toContain('100 simulated incarnations: 100 × exit 0');
  expect(line).toMatch(WELL);
});

const LEFT_EARLY = /, [1-3] of them with nothing left to cl/;

test.concurrent('workers with nothing left to claim leave while their last item, and the worker that has it, meet faults', async () => {
  // Whether one leaves before the others depends on where the last faults meet the last items: one of three courses has it.
  const outputs: string[] = [];
  for (const seed of [1, 2, 3]) {
    const run = `--items 500 --faults 6 --every 400 --lease 3000 --seed ${seed} --only worker,connections`;
    const { code, output, line } = await chaos(...run.split(' '));
    expect(complaints(code, output)).toBe('');
    expect(line).toMatch(WELL);
    outputs.push(output);
    if (LEFT_EARLY.test(output)) return;
  }
  expect(outputs.join('\n')).toMatch(LEFT_EARLY);
});

test.concurrent('the Job of the walkthrough, without indexes', async () => {
  const run = '--items 500 --faults 3 --every 400 --lease 3000 --seed 1 --only worker --completion-mode NonIndexed';
  const { code, output, line } = await chaos(...run.split(' '));
  expect(complaints(code, output)).toBe('');
  expect(output).not.toContain('nothing left to claim');
  expect(line).toMatch(WELL);
});

test('tells what it takes', async () => {
  expect(await chaos('--cluster', '--replicated')).toMatchObject({
    code: 2,
    output: expect.stringContaining('--cluster and --replicated are given together'),
  });
  expect(await chaos('--help')).toMatchObject({ code: 0, output: expect.stringContaining('--items') });
  expect(await chaos('--items', 'many')).toMatchObject({
    code: 2,
    output: expect.stringContaining('--items is "many"'),
  });
  expect(await chaos('--completion-mode', 'indexed')).toMatchObject({
    code: 2,
    output: expect.stringContaining('--completion-mode is "indexed"; allowed are: Indexed, NonIndexed'),
  });
  expect(await chaos('--broken', 'slot move that loses a key')).toMatchObject({
    code: 2,
    output: expect.stringContaining('needs --cluster'),
  });
  expect(await chaos('--only', 'earthquake')).toMatchObject({
    code: 2,
    output: expect.stringContaining('SCRIPT FLUSH'),
  });
});
