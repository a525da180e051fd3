import type { Construct } from 'constructs';

/**
 * Takes a construct whose constructor fails out of the tree, with all that it has made. A chart whose author catches the
 * error synthesizes as if the construct had never been there.
 */
export function leaveTree(construct: Construct): void {
  construct.node.scope?.node.tryRemoveChild(construct.node.id);
}
