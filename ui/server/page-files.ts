import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { Refusal } from './refusal';

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html'],
  '/app.js': ['app.js', 'text/javascript'],
  '/app.css': ['app.css', 'text/css'],
};

/** The files of the page, and no others. */
export class PageFiles {
  private readonly contents = new Map<string, { readonly type: string; readonly bytes: Buffer }>();

  /** @throws Error one of them is not there */
  constructor(folder: string) {
    for (const [path, [file, type]] of Object.entries(FILES)) {
      this.contents.set(path, { type, bytes: readFileSync(join(folder, file)) });
    }
  }

  answer({ method }: IncomingMessage, response: ServerResponse, path: string): void {
    const content = this.contents.get(path);
    if (!content) throw new Refusal(404, `There is nothing at ${path.slice(0, 100)}; the page is at /.`);
    if (method !== 'GET' && method !== 'HEAD') {
      throw new Refusal(405, `The method is ${method}; allowed is GET.`, { allow: 'GET' });
    }
    const { type, bytes } = content;
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'content-length': bytes.length }).end(bytes);
  }
}
