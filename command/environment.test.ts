import { ENV } from '../worker/contract';
import { commandEnvironment, WITHHELD } from './environment';
import { STRING_BYTES } from './payload-text';

const item = { text: 'a b', id: 7, attempt: 2, token: '01-x', queue: 'images' };
const own = {
  WORK_ITEM_ID: '7',
  WORK_ITEM_ATTEMPT: '2',
  WORK_ITEM_TOKEN: '01-x',
  WORK_ITEM_QUEUE: 'images',
};

test('tells the command its item, beside what the worker has', () => {
  expect(commandEnvironment({ PATH: '/bin', WORK_QUEUE_NAME: 'images' }, item)).toEqual({
    ...{ PATH: '/bin', WORK_QUEUE_NAME: 'images' },
    ...own,
    WORK_ITEM: 'a b',
  });
});

test('withholds all that opens the store', () => {
  const store = Object.values(ENV).filter((name) => name.startsWith('REDIS_') && !name.includes('SERVICE'));
  expect(WITHHELD).toEqual(expect.arrayContaining(store));
  const env = Object.fromEntries([...WITHHELD, 'HOME'].map((name) => [name, 'x']));
  expect(commandEnvironment(env, item)).toEqual({ HOME: 'x', ...own, WORK_ITEM: 'a b' });
});

test('has no payload that a variable could not hold, nor that of another item', () => {
  const env = { WORK_ITEM: 'of an outer worker' };
  expect(commandEnvironment(env, { ...item, text: undefined })).toEqual(own);
  const most = STRING_BYTES - 'WORK_ITEM='.length - 1;
  expect(commandEnvironment(env, { ...item, text: 'a'.repeat(most) }).WORK_ITEM).toHaveLength(most);
  expect(commandEnvironment(env, { ...item, text: 'a'.repeat(most + 1) })).toEqual(own);
});
