import { spawn } from 'node:child_process';

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  // An address with `&` would be two commands for `start`.
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
};

/** Opens an address in the browser of this user; resolves to why that failed, if it did so at once. */
export function openBrowser(url: string): Promise<string | undefined> {
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  return new Promise((resolve) => {
    const child = spawn(command as string, [...args, url], { stdio: 'ignore', detached: true });
    child.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code === 'ENOENT' ? `${command} is not installed` : error.message);
    });
    child.once('spawn', () => {
      child.unref();
      resolve(undefined);
    });
  });
}
