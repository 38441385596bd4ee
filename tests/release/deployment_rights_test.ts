import { testRightsOfOthers, testRightsToServe } from "./test_deployment_rights.ts";

testRightsOfOthers();
// In a container in tests/long/.
testRightsToServe("packaging/sealpost.service");
