import { testShortages } from "../../scarcity/test_shortages.ts";

testShortages(() => true);
