import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { type UiOptions, UiServer } from '../../ui/server';

const PAGE = join(__dirname, '../../build/ui/page');

export interface Asked {
  /** @default GET */
  readonly method?: string;
  /** Beside those that Node.js sends by itself; an array sends one several times. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it asked for
  readonly json: any;
}

/** The server of the page, in this process, and requests to it as anybody may send them. */
export class UiUnderTest {
  private constructor(private readonly server: UiServer) {}

  static async start(redisUrl: string, options: Partial<UiOptions> = {}): Promise<UiUnderTest> {
    const log = { info: () => {}, warn: () => {} };
    const server = await UiServer.start({
      store: { url: redisUrl, log },
      storeName: 'redis:6379',
      port: 0,
      orAnyPort: false,
      writable: true,
      page: PAGE,
      ...options,
    });
    return new UiUnderTest(server);
  }

  close(): Promise<void> {
    return this.server.close();
  }

  get url(): URL {
    return new URL(this.server.url);
  }

  /** What a browser sends as the origin of the page. */
  get origin(): string {
    return this.url.origin;
  }

  async ask(path: string, { method = 'GET', headers = {}, body }: Asked = {}): Promise<Answered> {
    const request = this.send(path, { method, headers });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    response.setEncoding('utf8');
    let text = '';
    for await (const chunk of response) text += chunk;
    const isJson = response.headers['content-type']?.startsWith('application/json');
    return { status: response.statusCode as number, headers: response.headers, text, json: isJson && JSON.parse(text) };
  }

  /** Changes something as the page does. */
  change(path: string, body: unknown = {}, headers: Asked['headers'] = {}): Promise<Answered> {
    return this.ask(path, {
      method: 'POST',
      headers: { origin: this.origin, 'x-rwq': '1', 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  /** A request whose body is still to come. */
  send(path: string, { method = 'GET', headers = {} }: Asked): ClientRequest {
    const { hostname: host, port } = this.url;
    const request = httpRequest({ host, port, path, method, agent: false, headers: { ...headers } });
    request.on('error', () => {});
    return request;
  }

  /** Follows the events, until it is closed. */
  async follow(query = ''): Promise<EventsUnderTest> {
    const request = this.send(`/api/events${query}`, {});
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return new EventsUnderTest(request, response);
  }
}

export class EventsUnderTest {
  /** What came, oldest first. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it waits for
  readonly seen: { readonly event: string; readonly data: any }[] = [];
  private text = '';

  constructor(
    private readonly request: ClientRequest,
    readonly response: IncomingMessage,
  ) {
    response.setEncoding('utf8').on('data', (chunk) => this.take(chunk));
    response.on('error', () => {});
  }

  get status(): number {
    return this.response.statusCode as number;
  }

  /** The last of a kind. */
  // biome-ignore lint/suspicious/noExplicitAny: each test knows what it waits for
  last(event: string): any {
    return this.seen.findLast((each) => each.event === event)?.data;
  }

  close(): void {
    this.request.destroy();
  }

  private take(chunk: string): void {
    const blocks = (this.text + chunk).split('\n\n');
    this.text = blocks.pop() as string;
    for (const block of blocks) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      if (event !== undefined) this.seen.push({ event, data: JSON.parse(data as string) });
    }
  }
}
