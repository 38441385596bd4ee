/** A line for each group of nodes that reach each other. */
export function circles(arrows: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const reached = new Map([...arrows.keys()].map((node) => [node, reachable(arrows, node)]));
  const groups = new Set<string>();
  for (const node of arrows.keys()) {
    if (!reached.get(node)?.has(node)) continue;
    const group = [...arrows.keys()].filter((other) =>
      reached.get(node)?.has(other) && reached.get(other)?.has(node)
    );
    groups.add(group.sort().join(", "));
  }
  return [...groups].map((group) => `a circle of ${group}`);
}

function reachable(
  arrows: ReadonlyMap<string, readonly string[]>,
  start: string,
): ReadonlySet<string> {
  const found = new Set<string>();
  const left = [...arrows.get(start) ?? []];
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    left.push(...arrows.get(node) ?? []);
  }
  return found;
}
