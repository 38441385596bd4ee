import { testRightsToServe } from "../../release/test_deployment_rights.ts";

testRightsToServe("packaging/Containerfile");
