import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

// biome-ignore lint/suspicious/noExplicitAny: manifests have no type
type Manifest = any;

export interface EntryPodOptions {
  /** Its folder, which stands for the root of the container's file system. */
  readonly root: string;
  /** Variables that the manifest leaves to the cluster, or that take the place of its own. */
  readonly env?: Record<string, string>;
}

/** A container with a bundle, of a synthesized Job: its ConfigMaps as files, its environment, its command. */
export class EntryPod {
  output = '';
  private readonly process: ChildProcess;

  constructor(manifests: Manifest[], pod: Manifest, container: Manifest, { root, env }: EntryPodOptions) {
    const maps = new Map(manifests.filter(({ kind }) => kind === 'ConfigMap').map((map) => [map.metadata.name, map]));
    const rooted = (text: string) => text.replaceAll(/(?<=^|[' ])\/(bundle|worker)(?=$|[/'])/g, `${root}/$1`);
    for (const { name, mountPath } of container.volumeMounts) {
      const folder = join(root, mountPath);
      const volume = pod.volumes.find((each: Manifest) => each.name === name);
      mkdirSync(folder, { recursive: true });
      if (volume.emptyDir) continue;
      for (const { configMap } of volume.projected.sources) {
        const { data = {}, binaryData = {} } = maps.get(configMap.name);
        for (const [file, text] of Object.entries<string>(data)) writeFileSync(join(folder, file), rooted(text));
        for (const [file, base64] of Object.entries<string>(binaryData)) {
          writeFileSync(join(folder, file), Buffer.from(base64, 'base64'));
        }
      }
      chmodSync(folder, 0o555);
    }
    const variables = container.env.map(({ name, value }: Manifest) => [name, value ?? 'from the cluster']);
    const [command, ...args] = [...container.command, ...(container.args ?? [])].map(rooted);
    this.process = spawn(command === 'node' ? process.execPath : String(command), args, {
      cwd: rooted(container.workingDir),
      env: { PATH: process.env.PATH, ...Object.fromEntries(variables), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (data) => {
        this.output += data;
      });
    }
  }

  /** How often it has written a text so far. */
  count(text: string): number {
    return this.output.split(text).length - 1;
  }

  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.process.exitCode !== null) throw new Error(`ended without "${text}":\n${this.output}`);
      await sleep(5);
    }
  }

  async exit(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'close');
    return this.process.exitCode;
  }

  kill(signal: NodeJS.Signals) {
    this.process.kill(signal);
  }
}
