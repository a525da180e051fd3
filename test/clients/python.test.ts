import { spawn, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findPython } from '../examples/find-python';

// The tests of clients/python, which are written for pytest, and start a Redis of their own.

const ROOT = join(__dirname, '../..');
const TESTS = 'clients/python/tests';

const python = findPython();
const hasPytest = python !== undefined && spawnSync(python, ['-c', 'import pytest']).status === 0;

if (hasPytest) {
  const files = readdirSync(join(ROOT, TESTS)).filter((name) => /^test_.*\.py$/.test(name));

  // They wait more than they compute.
  test.concurrent.each(files)('%s of clients/python passes with pytest', async (file) => {
    const command = ['-B', '-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-rs', join(TESTS, file)];
    const env = { ...process.env, PYTHONPATH: join(ROOT, 'clients/python') };
    const child = spawn(python, command, { cwd: ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
    const code = await new Promise((resolve) => child.on('close', resolve));
    if (code !== 0) throw new Error(output);
    for (const [line] of output.matchAll(/^SKIPPED.*NOT RUN.*$/gm)) console.warn(line);
  });
} else {
  test('clients/python was NOT TESTED: no python3 here has the modules redis and pytest (apt-get install python3-redis python3-pytest)', () => {
    console.warn('clients/python was NOT TESTED: no python3 here has the modules redis and pytest.');
  });
}
