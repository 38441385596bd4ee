import { MemoryStore } from "./memory_store.ts";
import { placedContentsConformance } from "./suites/placed_contents_conformance.ts";
import { storeConformance } from "./suites/store_conformance.ts";
import type { StoreUnderTest } from "./store_under_test.ts";

function open(): Promise<StoreUnderTest<MemoryStore>> {
  const store = new MemoryStore();
  return Promise.resolve({
    store,
    show: (staged, location) => store.place(staged.name, location),
    restart: () => Promise.resolve(new MemoryStore(store.memory)),
  });
}

storeConformance("MemoryStore", open);
placedContentsConformance("MemoryStore", open);
