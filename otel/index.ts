/**
 * `cdk8s-redis-work-queue/otel`: spans of OpenTelemetry. It needs the package `@opentelemetry/api`.
 *
 * @packageDocumentation
 */
export { type InstrumentOptions, instrumentWorkQueues } from './instrument';
