import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { diagnosisOf } from './diagnosis';
import { type Kubectl, KubectlError } from './kubectl';
import { type Manifests, synthesize } from './manifests';
import { type Options, Refusal } from './options';
import type { Outcome, Verdict } from './report';
import type { Scenario } from './scenarios';
import { Trial } from './trial';

/** Where examples say that an image of your own belongs. No registry has it. */
const PLACEHOLDER = 'registry.example/';

/** The level that every scenario has to pass, and a label to find what an interrupted machine left behind. */
const LABELS = {
  'pod-security.kubernetes.io/enforce': 'restricted',
  'pod-security.kubernetes.io/enforce-version': 'latest',
  'pod-security.kubernetes.io/warn': 'restricted',
  'cdk8s-redis-work-queue/e2e': 'true',
};

export interface SuiteOptions extends Options {
  /** The repository. */
  readonly root: string;
  /** A folder for manifests. */
  readonly scratch: string;
  readonly kubectl: Kubectl;
  readonly stop: AbortSignal;
  readonly say: (line: string) => void;
}

/** Runs scenarios, one after the other, each in a namespace of its own, which is gone when it ends. */
export class Suite {
  readonly outcomes: Outcome[] = [];
  /** Namespaces that are there, or may be. */
  readonly left = new Set<string>();

  constructor(private readonly options: SuiteOptions) {}

  /** @throws Refusal an `--image` that no manifest has */
  async run(): Promise<void> {
    const { scenarios, root, scratch, images, stop, say } = this.options;
    const synthesized = new Map<Scenario, Manifests>();
    for (const scenario of scenarios) {
      if (scenario.skipped !== undefined) continue;
      say(`${scenario.name}: cdk8s synth`);
      const folder = join(scratch, scenario.name);
      mkdirSync(folder, { recursive: true });
      synthesized.set(scenario, await synthesize(root, scenario, folder, images, stop));
    }
    const unused = [...images].find(([, to]) => ![...synthesized.values()].some((each) => each.images.has(to)));
    if (unused) {
      const known = new Set([...synthesized.values()].flatMap((each) => [...each.images]));
      throw new Refusal(
        `--image ${unused.join('=')}: no manifest says ${unused[0]}. Images there are: ${[...known].sort().join(', ')}`,
        2,
      );
    }

    for (const scenario of scenarios) {
      const why = await this.reasonToSkip(scenario, synthesized.get(scenario));
      if (why === undefined) this.outcomes.push(await this.inNamespace(scenario, synthesized.get(scenario)!));
      else this.outcomes.push(withoutTrial(scenario, { kind: 'skipped', why }));
    }
  }

  private async reasonToSkip(scenario: Scenario, manifests: Manifests | undefined): Promise<string | undefined> {
    if (scenario.skipped !== undefined || !manifests) return scenario.skipped;
    const missing = [...manifests.images].find((image) => image.startsWith(PLACEHOLDER));
    if (missing !== undefined) return `build its image, then --image ${missing}=YOURS`;
    if (scenario.storage && !(await this.options.kubectl.hasDefaultStorageClass())) {
      return 'the cluster has no default StorageClass';
    }
    return undefined;
  }

  private async inNamespace(scenario: Scenario, manifests: Manifests): Promise<Outcome> {
    const { kubectl, namespacePrefix, timeout, stop } = this.options;
    const namespace = `${namespacePrefix}-${scenario.name}-${randomLetters(6)}`;
    const say = (line: string) => this.options.say(`${scenario.name}: ${line}`);
    say(`namespace ${namespace}`);
    // Before it is made, so that an interruption meanwhile leaves nothing.
    this.left.add(namespace);
    let outcome: Outcome;
    try {
      await kubectl.createNamespace(namespace, LABELS);
      outcome = await new Trial(kubectl, scenario, manifests, { namespace, timeout, stop, say }).run();
      if (outcome.verdict.kind === 'failed') {
        say(outcome.verdict.why);
        for (const line of await diagnosisOf(kubectl, namespace)) say(line);
      }
    } catch (error) {
      if (stop.aborted) {
        await this.remove(namespace, say);
        throw stop.reason;
      }
      if (!(error instanceof KubectlError)) {
        await this.remove(namespace, say);
        throw error;
      }
      outcome = withoutTrial(scenario, { kind: 'failed', why: error.message });
    }
    const removed = await this.remove(namespace, say);
    if (removed || outcome.verdict.kind === 'failed') return outcome;
    return { ...outcome, verdict: { kind: 'failed', why: `the namespace ${namespace} could not be deleted` } };
  }

  /** Whatever has happened, an interruption included. */
  private async remove(namespace: string, say: (line: string) => void): Promise<boolean> {
    const { kubectl, keep, stop } = this.options;
    if (keep) {
      this.left.delete(namespace);
      say(`kept: kubectl delete namespace ${namespace}`);
      return true;
    }
    for (let attempt = 1; ; attempt++) {
      try {
        // Who presses Ctrl-C does not want to wait. The cluster goes on by itself.
        await kubectl.unstoppable().deleteNamespace(namespace, { wait: !stop.aborted });
        this.left.delete(namespace);
        return true;
      } catch (error) {
        if (!(error instanceof KubectlError)) throw error;
        say(error.message);
        if (attempt === 3) return false;
      }
    }
  }
}

function withoutTrial({ name }: Scenario, verdict: Verdict): Outcome {
  return { scenario: name, lost: [], seconds: 0, verdict };
}

function randomLetters(length: number): string {
  return Array.from({ length }, () => 'abcdefghijklmnopqrstuvwxyz'[randomInt(26)]).join('');
}
