import { listenText, parseListenAddress } from './listen-address';

test.each([
  ['9464', { host: '127.0.0.1', port: 9464 }, '127.0.0.1:9464'],
  [':0', { host: undefined, port: 0 }, 'localhost:0'],
  ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }, '0.0.0.0:80'],
  ['metrics.example:9464', { host: 'metrics.example', port: 9464 }, 'metrics.example:9464'],
  ['[::1]:9464', { host: '::1', port: 9464 }, '[::1]:9464'],
])('%s is an address to listen on', (given, address, text) => {
  expect(parseListenAddress(given)).toEqual(address);
  expect(listenText(address)).toBe(text);
});

test.each([
  '',
  'localhost',
  '::1:9464',
  '[127.0.0.1]:9464',
  '[::1]',
  'a b:1',
  '127.0.0.1:65536',
  '127.0.0.1:',
  '-1',
  '1e3',
])('%j is none', (given) => {
  expect(parseListenAddress(given)).toBeUndefined();
});
