import { Delivery } from './delivery';

function deliveryOf(items: number, ...seen: number[]): Delivery {
  const delivery = new Delivery(items);
  for (const item of seen) delivery.see(item);
  return delivery;
}

test('each item once, over several processes', () => {
  const delivery = deliveryOf(10, 0, 2, 4, 6, 8);
  delivery.add(deliveryOf(10, 1, 3, 5, 7, 9));
  expect(() => delivery.assertExact('ours')).not.toThrow();
});

test.each([
  ['one is missing', [0, 1, 3], [], 'of 4 items 3 were delivered, in 3 deliveries, 0 of them repeated'],
  ['one came twice', [0, 1, 2, 2, 3], [], 'of 4 items 4 were delivered, in 5 deliveries, 1 of them repeated'],
  ['two processes had the same', [0, 1, 2], [2, 3], 'of 4 items 4 were delivered, in 5 deliveries, 1 of them repeated'],
  [
    'one is missing and one came twice',
    [0, 1, 1, 2],
    [],
    'of 4 items 3 were delivered, in 4 deliveries, 1 of them repeated',
  ],
])('a run counts for nothing where %s', (_, one, other, why) => {
  const delivery = deliveryOf(4, ...one);
  delivery.add(deliveryOf(4, ...other));
  expect(() => delivery.assertExact('ours')).toThrow(why);
});
