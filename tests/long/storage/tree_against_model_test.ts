import { testTreeAgainstModel } from "../../storage/tree_against_model.ts";

testTreeAgainstModel({ runs: 1_000 });
