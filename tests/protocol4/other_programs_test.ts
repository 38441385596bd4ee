import { testTusUploads } from "./test_tus_uploads.ts";

// More sizes, curl without TLS and rclone in tests/long/.
testTusUploads([[1, 20], [500_000, 2 * 1024 ** 2], [Infinity, 0]]);
