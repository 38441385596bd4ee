import { testExactSizes } from "../../field/test_server_sizes.ts";

testExactSizes([0, 1, 15, 16, 1000, 65_537, 1 << 20]);
