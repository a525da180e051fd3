import type { ApiObjectMetadata } from 'cdk8s';

/** The metadata of an object that has a name of its own or takes that of the chart, which an undefined one would replace. */
export function metadataOf(name: string | undefined): ApiObjectMetadata {
  return name === undefined ? {} : { name };
}
