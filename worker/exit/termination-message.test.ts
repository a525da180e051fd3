import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeTerminationMessage } from './termination-message';

describe('the termination message', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'termination-message-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('is written into the file that the kubelet made', () => {
    const file = join(folder, 'termination-log');
    writeFileSync(file, '');
    writeTerminationMessage(file, 'Queue empty');
    expect(readFileSync(file, 'utf8')).toBe('Queue empty');
  });

  test('is no longer than what Kubernetes keeps', () => {
    const file = join(folder, 'termination-log');
    writeFileSync(file, '');
    writeTerminationMessage(file, 'x'.repeat(10_000));
    expect(readFileSync(file)).toHaveLength(4_096);
  });

  test('makes a file that somebody asked for', () => {
    const file = join(folder, 'mine');
    writeTerminationMessage(file, 'Queue empty');
    expect(existsSync(file)).toBe(true);
  });

  test('ends no worker where it cannot be written', () => {
    expect(() => writeTerminationMessage(join(folder, 'no/such/folder'), 'Queue empty')).not.toThrow();
  });
});
