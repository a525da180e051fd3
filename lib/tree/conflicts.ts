import { ApiObject, Chart } from 'cdk8s';
import type { Construct, IConstruct } from 'constructs';
import { isOneStore, type QueueStore } from './one-store';

// What is right in each construct and wrong between two of them. It is seen at synth, when all of them are made, across
// all charts of the app. Marks are metadata of the constructs, so one that leaves the tree is not counted.

const NAMED = 'cdk8s-redis-work-queue/named';
const FILL = 'cdk8s-redis-work-queue/fill';
const PODS = 'cdk8s-redis-work-queue/pods';

/** A queue that a construct fills. */
export interface Filled {
  readonly queueName: string;
  readonly redis: QueueStore;
}

/** Refuses, at synth, another object of the kind, name and namespace of one that the construct has made itself. */
export function refuseOthersOfItsNames(construct: Construct) {
  construct.node.addMetadata(NAMED, true);
  construct.node.addValidation({
    validate: () => {
      const own = construct.node.children.filter(ApiObject.isApiObject);
      const names = new Set(own.map(identity));
      const named = construct.node.root.node.findAll().filter(isNamed(names));
      return own.flatMap((object) => {
        const other = named.find((each) => each !== object && identity(each) === identity(object));
        if (!other || !isReportedBy(object, other, named) || !isRendered(object, other)) return [];
        const { namespace } = object.metadata;
        return [
          `${object.node.path} and ${other.node.path} are both the ${object.kind} "${object.name}"` +
            `${namespace ? ` in the namespace ${namespace}` : ''}, and the cluster keeps one of them. ` +
            `Rename one${nameProp(object)}.${acrossCharts(object, other)}`,
        ];
      });
    },
  });
}

function identity({ apiGroup, kind, name, metadata }: ApiObject): string {
  return JSON.stringify([apiGroup, kind, metadata.namespace, name]);
}

function isNamed(names: ReadonlySet<string>) {
  return (construct: IConstruct): construct is ApiObject =>
    ApiObject.isApiObject(construct) && names.has(identity(construct));
}

/** Of two objects of this package the later one throws; a foreign object throws nothing itself. */
function isReportedBy(object: ApiObject, other: ApiObject, inOrder: readonly ApiObject[]): boolean {
  return inOrder.indexOf(other) < inOrder.indexOf(object) || !isMarked(other.node.scope, NAMED);
}

/** Whether they are still the same with all patches. */
function isRendered(...objects: ApiObject[]): boolean {
  const names = objects.map((object) => {
    const { name, namespace } = object.toJson().metadata;
    return JSON.stringify([name, namespace]);
  });
  return new Set(names).size === 1;
}

const STORE_OF_JOB = ', or by the `jobName` that a default store is named after';

function nameProp({ kind }: ApiObject): string {
  const props: { readonly [kind: string]: string } = {
    Job: '`jobName`, or the `name` of a FillJob',
    CronJob: '`cronJobName`',
    ConfigMap: '`jobName`, or the `name` of a FillJob',
    Pod: `\`podName\`${STORE_OF_JOB}`,
    StatefulSet: '`statefulSetName`',
    Deployment: '`deploymentName`',
    PodDisruptionBudget: '`deploymentName`',
    HorizontalPodAutoscaler: '`deploymentName`',
    ScaledObject: '`deploymentName`',
    TriggerAuthentication: '`deploymentName`',
    Service: `\`serviceName\`${STORE_OF_JOB}`,
    NetworkPolicy: `\`serviceName\`${STORE_OF_JOB}`,
  };
  return props[kind] ? `, by ${props[kind]}` : '';
}

function acrossCharts(one: Construct, other: Construct): string {
  const [chart, otherChart] = [Chart.of(one), Chart.of(other)];
  if (chart === otherChart) return '';
  const clusters = ' Charts for two clusters belong in two Apps';
  // Where they name two already, it is not a namespace that is missing.
  if (chart.namespace !== otherChart.namespace) return `${clusters}.`;
  return `${clusters}; charts for two namespaces say so: new Chart(app, "a", { namespace }).`;
}

/**
 * Refuses, at synth, a workload of another kind whose pods have the same label. By that label policies and budgets find them,
 * so an egress policy of one would confine the pods of both, and a budget with pods of a Job allows no drain.
 *
 * @param label value of the label
 */
export function refuseOthersOfItsPods(construct: Construct, workload: ApiObject, label: string) {
  construct.node.addMetadata(PODS, label);
  construct.node.addValidation({
    validate: () => {
      const marked = construct.node.root.node.findAll().filter((each) => labelOfPods(each) === label);
      const earlier = marked.slice(0, marked.indexOf(construct)).map(({ node }) => node.defaultChild as ApiObject);
      const { namespace } = workload.metadata;
      const other = earlier.find(({ kind, metadata }) => kind !== workload.kind && metadata.namespace === namespace);
      if (!other) return [];
      return [
        `${workload.node.path} is a ${workload.kind}, ${other.node.path} a ${other.kind}, and both know their pods by the name ` +
          `"${label}": policies and budgets of one would be for the pods of both. ` +
          `Rename one${nameProp(workload)}.${acrossCharts(workload, other)}`,
      ];
    },
  });
}

function labelOfPods({ node }: IConstruct): string | undefined {
  return node.metadata.find(({ type }) => type === PODS)?.data;
}

/** Refuses, at synth, another construct that fills the same queue. Any number may work on it. */
export function refuseOtherFills(construct: Construct, filled: Filled) {
  construct.node.addMetadata(FILL, filled);
  construct.node.addValidation({
    validate: () => {
      const fills = construct.node.root.node.findAll().filter((each) => isMarked(each, FILL));
      const earlier = fills.slice(0, fills.indexOf(construct));
      const other = earlier.find((each) => {
        const { queueName, redis } = filledBy(each);
        return queueName === filled.queueName && isOneStore(redis, filled.redis, each, construct);
      });
      if (!other) return [];
      return [
        `The queue ${JSON.stringify(filled.queueName)} is filled by ${other.node.path} too, on one store. A queue takes ` +
          'one batch at a time, and the fill that comes second would fail. Leave `items` or `filler` out of one of them, whose ' +
          `workers then share the queue, or give it another \`queueName\`.${acrossCharts(other, construct)}`,
      ];
    },
  });
}

function filledBy(construct: IConstruct): Filled {
  return construct.node.metadata.find(({ type }) => type === FILL)?.data;
}

function isMarked(construct: IConstruct | undefined, mark: string): boolean {
  return construct?.node.metadata.some(({ type }) => type === mark) ?? false;
}
