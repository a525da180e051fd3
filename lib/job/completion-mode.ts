/** How a Job counts its pods. */
export enum CompletionMode {
  /**
   * Each worker has an index, and a lost one is replaced by a clock of its own: about 10 seconds after the first loss of
   * its index, 20 after the second, at most 10 minutes. Workers with nothing left to claim may end and give their nodes
   * back. A tenth of the workers, those with the lowest indexes, stay until the queue is drained, and the first of them
   * that ends with 0 makes the Job Complete.
   *
   * Takes Kubernetes 1.30 or later, and workers on the runtime of this package.
   */
  INDEXED = 'Indexed',
  /**
   * As in the walkthrough: `completions` is unset, and the Job is Complete when one worker has ended with 0 and no other
   * runs. All workers share one clock: after the n-th loss none is replaced for 10 s · 2ⁿ⁻¹, at most 10 minutes.
   */
  NON_INDEXED = 'NonIndexed',
}

/** What a worker does when nothing is left to claim, and others still run the last items. */
export enum IdleWorkers {
  /**
   * It ends with 0, after some seconds, and gives its node back. The workers with the lowest indexes, a tenth of all, stay
   * until the queue is drained: they take over what others lose.
   */
  LEAVE = 'leave',
  /** It waits until the queue is drained. */
  WAIT = 'wait',
}
