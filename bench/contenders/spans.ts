import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { instrumentWorkQueues } from '../../otel';
import { defineQueue, runWorker } from '../../worker';
import { ContenderProcess } from '../harness/contender-process';

/** Counts spans, and drops them: what is left is making them. */
class Counter implements SpanProcessor {
  ended = 0;

  onStart(): void {}

  onEnd(): void {
    this.ended++;
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}

/** This package with a span of OpenTelemetry for each call of the handler. */
const counter = new Counter();
trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [counter] }));
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
instrumentWorkQueues();

const contender = new ContenderProcess();
const { queue } = contender.orders;
void runWorker(defineQueue({ name: queue }), contender.handle);
contender.mustHear('spans ended', () => counter.ended);
