import { testTreeBesideModel } from "../../storage/tree_beside_model.ts";

testTreeBesideModel({ runs: 1_000 });
