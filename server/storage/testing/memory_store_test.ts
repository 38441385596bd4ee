import { MemoryStore } from "./memory_store.ts";
import { storeConformance } from "./store_conformance.ts";

storeConformance("MemoryStore", () => {
  const store = new MemoryStore();
  return Promise.resolve({ store, restart: () => Promise.resolve(new MemoryStore(store.memory)) });
});
