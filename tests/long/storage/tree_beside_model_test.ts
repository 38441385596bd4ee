import { testTreeBesideModel } from "../../../server/storage/testing/tree_beside_model.ts";

testTreeBesideModel({ runs: 1_000 });
