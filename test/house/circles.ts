import type { ImportGraph } from './read-imports';

/**
 * The ways round in which files import each other, `a.ts → b.ts → a.ts`: the shortest first, and none that has an import
 * in common with one before it, so that one wrong import is one line.
 */
export function circles(graph: ImportGraph): string[] {
  const ways = [...graph.keys()].sort().flatMap((file) => {
    const way = shortestWayBack(graph, file);
    return way ? [[...way, file]] : [];
  });
  const told = new Set<string>();
  return ways
    .sort((a, b) => a.length - b.length)
    .filter((way) => {
      const imports = way.slice(1).map((file, i) => `${way[i]} → ${file}`);
      if (imports.some((each) => told.has(each))) return false;
      for (const each of imports) told.add(each);
      return true;
    })
    .map((way) => way.join(' → '));
}

function shortestWayBack(graph: ImportGraph, start: string): string[] | undefined {
  const cameFrom = new Map<string, string>();
  let edge = [start];
  while (edge.length > 0) {
    const next: string[] = [];
    for (const file of edge) {
      for (const { target } of graph.get(file) ?? []) {
        if (target === start) return wayTo(file, cameFrom);
        if (cameFrom.has(target)) continue;
        cameFrom.set(target, file);
        next.push(target);
      }
    }
    edge = next;
  }
  return undefined;
}

function wayTo(file: string, cameFrom: ReadonlyMap<string, string>): string[] {
  const before = cameFrom.get(file);
  return before === undefined ? [file] : [...wayTo(before, cameFrom), file];
}
