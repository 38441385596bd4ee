import { testCostOfRequests } from "../../costs/test_cost_of_requests.ts";

testCostOfRequests({ count: 100 });
