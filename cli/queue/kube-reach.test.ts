import { CommandError } from '../failures';
import { kubeProblem } from './kube-reach';

const PORT = 40_123;
const silent = (reason: string) =>
  Object.assign(new Error(`Redis at redis://127.0.0.1:${PORT} did not answer for 3 s: ${reason}`), { exitCode: 84 });

test.each([
  ['a replica', silent("ReplyError: READONLY You can't write against a read only replica"), /is a replica\. Name/, 84],
  ['a sentinel', new Error("ERR unknown command 'EVALSHA', with args beginning with: 'edfb'"), /a sentinel\. Name/, 1],
  [
    'a node of a cluster',
    silent('Error: connect ECONNREFUSED 10.0.0.5:6379'),
    /node that has it, 10\.0\.0\.5:6379, is not reachable from here/,
    84,
  ],
  [
    'a node of a cluster that knows its peers by name',
    silent('Error: getaddrinfo ENOTFOUND redis-1.redis-headless'),
    /node that has it, redis-1\.redis-headless, is not/,
    84,
  ],
])('the way to %s is not enough, and the error says so', (_, error, message, exitCode) => {
  const problem = kubeProblem(error, PORT) as CommandError;
  expect(problem).toBeInstanceOf(CommandError);
  expect(problem.message).toMatch(message);
  expect(problem.message).toContain(error.message);
  expect(problem.exitCode).toBe(exitCode);
});

test.each([
  silent(`Error: connect ECONNREFUSED 127.0.0.1:${PORT}`),
  silent('ReplyError: LOADING Redis is loading the dataset in memory'),
  new Error('There is no queue q in this Redis'),
])('$message is left as it is', (error) => {
  expect(kubeProblem(error, PORT)).toBe(error);
});
