import { loadGroup } from "../groups.ts";

await loadGroup("protocol3");
