import { type Colour, element, SANS, svgFile, text } from './svg';

const [WIDTH, HEIGHT] = [640, 812];

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly colour: Colour;
  readonly dashed?: boolean;
}

/** What main.ts creates, and the way of an item through it. */
export function flow(): string {
  const shapes = [
    text('What is created, and the way of an item', 24, 36, 'ink bold', { style: 'font-size: 17px' }),

    box({ x: 24, y: 54, width: 592, height: 84, colour: 'blue' }),
    text('Job job-wq-2-fill', 44, 80, 'blue bold'),
    text('pushes the items, once, then seals: the total is fixed', 44, 102, 'ink'),
    text('ConfigMaps job-wq-2-fill (scripts), job-wq-2-fill-… (items)', 44, 124, 'faint'),

    box({ x: 24, y: 176, width: 592, height: 306, colour: 'magenta', dashed: true }),
    text('Service redis, Pod redis-master', 176, 204, 'magenta bold'),
    text('NetworkPolicy redis-clients: no others get in', 176, 226, 'faint'),
    arrow('ink', 'M109 138V252'),
    step(1, 128, 157),
    text('fill and seal', 144, 162, 'ink'),

    box({ x: 44, y: 254, width: 130, height: 58, colour: 'ink' }),
    text('waiting', 109, 279, 'ink bold middle'),
    text('list job2', 109, 300, 'faint middle'),
    arrow('ink', 'M174 283H296'),
    step(2, 214, 266),
    text('claim', 230, 271, 'ink'),

    box({ x: 298, y: 254, width: 134, height: 58, colour: 'ink' }),
    text('in hand', 365, 279, 'ink bold middle'),
    text('under a lease', 365, 300, 'faint middle'),
    arrow('green', 'M432 283H494'),

    box({ x: 496, y: 254, width: 100, height: 58, colour: 'green' }),
    text('done', 546, 279, 'green bold middle'),
    text('counted', 546, 300, 'faint middle'),
    step(3, 464, 264),

    arrow('yellow', 'M330 312V424H276'),
    step(4, 248, 344),
    text('failed', 264, 349, 'yellow'),
    text('or crashed', 234, 370, 'yellow'),
    arrow('yellow', 'M205 388V285'),
    text('when due', 197, 349, 'yellow end'),
    box({ x: 44, y: 388, width: 230, height: 78, colour: 'yellow' }),
    text('waits for a retry', 60, 413, 'yellow bold'),
    text('after a growing backoff,', 60, 434, 'faint'),
    text('at once if its pod crashed', 60, 454, 'faint'),

    arrow('red', 'M400 312V424H444'),
    step(5, 422, 344),
    text('no attempts left', 438, 349, 'red'),
    box({ x: 446, y: 388, width: 150, height: 78, colour: 'red' }),
    text('dead letter', 462, 413, 'red bold'),
    text('kept: payload', 462, 434, 'faint'),
    text('and error', 462, 454, 'faint'),

    box({ x: 24, y: 532, width: 592, height: 164, colour: 'blue' }),
    box({ x: 44, y: 552, width: 252, height: 70, colour: 'red', dashed: true }),
    text('a pod crashes', 60, 580, 'red bold'),
    text('a new one takes its place', 60, 604, 'faint'),
    arrow('red', 'M109 552V468', true),
    text('lease over: items go back', 119, 514, 'red'),
    box({ x: 312, y: 552, width: 284, height: 70, colour: 'ink' }),
    text('gate: waits for the seal', 328, 580, 'ink'),
    text('worker: your handler', 328, 604, 'ink bold'),
    arrow('ink', 'M365 550V314'),
    arrow('ink', 'M365 314V550'),
    text('claims, renews, settles', 376, 514, 'ink'),
    text('Job job-wq-2', 44, 650, 'blue bold'),
    text('parallelism 2: two pods at a time', 172, 650, 'ink'),
    text('ConfigMaps job-wq-2-gate (script), job-wq-2-worker-… (bundle)', 44, 674, 'faint'),

    arrow('green', 'M60 696V738'),
    step(6, 82, 716),
    text('drained: sealed, none waiting, none in hand, none to retry', 98, 721, 'ink'),
    box({ x: 24, y: 740, width: 340, height: 56, colour: 'green' }),
    text('workers exit 0, Job Complete', 44, 764, 'green bold'),
    text('every item is done', 44, 785, 'faint'),
    arrow('red', 'M580 696V738'),
    box({ x: 380, y: 740, width: 236, height: 56, colour: 'red' }),
    text('exit 80, Job Failed', 394, 764, 'red bold'),
    text('dead letters, not tolerated', 394, 785, 'faint'),
  ];
  return svgFile({
    width: WIDTH,
    height: HEIGHT,
    title: 'The objects of a work queue, and the way of an item through them',
    description:
      'Job job-wq-2-fill pushes the items of its ConfigMaps into the list job2 of the Redis in Pod redis-master, once, and ' +
      'seals it. The Redis is reached by Service redis, and NetworkPolicy redis-clients lets only its clients in. The pods ' +
      'of Job job-wq-2 wait for the seal in an init container, gate. Then their workers claim items under a lease, which ' +
      'they renew, and settle each: it is done; or it failed and waits for a retry, after a growing backoff; or it has no ' +
      'attempts left and is kept as a dead letter. When a pod crashes, its lease runs out, its items go back and are claimed ' +
      'again at once, and the Job starts a new pod. The queue is drained when it is sealed and no item waits, is in hand or ' +
      'is to be retried. Then the workers exit with 0, and the Job is Complete: every item is done. With dead letters, unless ' +
      'they are tolerated, workers exit with 80, and the Job fails.',
    font: SANS,
    fontSize: 16,
    shapes,
  });
}

function box({ colour, dashed, ...place }: Box): string {
  return element('rect', { class: `${colour}-line line${dashed ? ' dashed' : ''}`, ...place, rx: 8 });
}

/** A line of straight pieces, with a head where it ends. */
function arrow(colour: Colour, path: string, dashed = false): string {
  const [, way, end] = /([HV])([\d.]+)$/.exec(path) ?? [];
  const before = path.slice(0, -(String(end).length + 1));
  const [x, y] = endOf(before);
  const [toX, toY] = way === 'H' ? [Number(end), y] : [x, Number(end)];
  const [dx, dy] = [Math.sign(toX - x), Math.sign(toY - y)];
  const corner = (side: number) => `${toX - 9 * dx + 5 * side * dy} ${toY - 9 * dy + 5 * side * dx}`;
  return [
    element('path', { class: `${colour}-line line${dashed ? ' dashed' : ''}`, d: path }),
    element('path', { class: colour, d: `M${toX} ${toY}L${corner(1)}L${corner(-1)}Z` }),
  ].join('\n');
}

/** Where a path of M, H and V leads. */
function endOf(path: string): [number, number] {
  let [x, y] = [0, 0];
  for (const [, way, first, second] of path.matchAll(/([MHV])([\d.]+)(?: ([\d.]+))?/g)) {
    if (way !== 'V') x = Number(first);
    if (way !== 'H') y = Number(second ?? first);
  }
  return [x, y];
}

/** The number of a step on the way. */
function step(number: number, x: number, y: number): string {
  return [
    element('circle', { class: 'blue', cx: x, cy: y, r: 10 }),
    text(String(number), x, y + 5, 'paper bold middle', { style: 'font-size: 13px' }),
  ].join('\n');
}
