import type { Asker } from "./plan.ts";

/** An asker that is made at its first question: most runs have none. */
export function lateAsker(make: () => Promise<Asker>): Asker {
  let made: Promise<Asker> | undefined;
  const asker = () => made ??= make();
  return {
    welcome: async (folder) => (await asker()).welcome(folder),
    server: async () => (await asker()).server(),
    name: async () => (await asker()).name(),
    file: async () => (await asker()).file(),
    offer: async (answers, path) => (await asker()).offer(answers, path),
  };
}
