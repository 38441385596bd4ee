/** Seconds of a file that is not in the table. */
const OTHERS = 15;

/** Seconds that files of `tests/long/` take on a machine with two cores, if it is more than 15. */
export const EXPECTED_SECONDS: Readonly<Record<string, number>> = {
  "tests/long/bench/beside_old_test.ts": 16,
  "tests/long/bench/protocol4_scenarios_test.ts": 150,
  "tests/long/protocol4/hostile_answers_test.ts": 240,
  "tests/long/cluster/awaited_database_test.ts": 40,
  "tests/long/cluster/crash_loop_test.ts": 120,
  "tests/long/cluster/gateway_test.ts": 20,
  "tests/long/cluster/haproxy_test.ts": 8,
  "tests/long/cluster/s3_contents_test.ts": 60,
  "tests/long/cluster/shared_accounts_test.ts": 50,
  "tests/long/cluster/shared_contents_test.ts": 90,
  "tests/long/cluster/shared_costs_test.ts": 60,
  "tests/long/cluster/haproxy_cluster_test.ts": 50,
  "tests/long/cluster/taken_over_upload_test.ts": 45,
  "tests/long/cluster/two_servers_test.ts": 40,
  "tests/long/cluster/doctor_database_test.ts": 25,
  "tests/long/cluster/doctor_test.ts": 25,
  "tests/long/cluster/migrate_test.ts": 150,
  "tests/long/cluster/s3_crashes_test.ts": 120,
  "tests/long/cluster/s3_server_test.ts": 45,
  "tests/long/cluster/postgres_losses_test.ts": 30,
  "tests/long/cluster/postgres_rows_test.ts": 60,
  "tests/long/cluster/postgres_sessions_test.ts": 30,
  "tests/long/cluster/s3_uploads_test.ts": 100,
  "tests/long/cluster/shared_bans_test.ts": 40,
  "tests/long/costs/cost_of_requests_test.ts": 10,
  "tests/long/field/clients_at_sizes_test.ts": 90,
  "tests/long/field/clients_combined_test.ts": 120,
  "tests/long/field/clients_in_the_field_test.ts": 10,
  "tests/long/field/clients_named_together_test.ts": 70,
  "tests/long/field/clients_nearly_deviating_test.ts": 8,
  "tests/long/field/clients_pausing_test.ts": 70,
  "tests/long/field/servers_at_foreign_codes_test.ts": 90,
  "tests/long/stopping/stopped_process_test.ts": 18,
  "tests/long/fairness/charged_test.ts": 120,
  "tests/long/fairness/greedy_test.ts": 130,
  "tests/long/fairness/many_uploads_test.ts": 25,
  "tests/long/crashes/power_cut_test.ts": 60,
  "tests/long/faults/faults_test.ts": 40,
  "tests/long/fuzz/million_inputs_test.ts": 300,
  "tests/long/protocol4/download_interruptions_test.ts": 60,
  "tests/long/protocol4/folder_interruptions_test.ts": 120,
  "tests/long/protocol4/fuzzed_frames_test.ts": 70,
  "tests/long/protocol4/wrong_batches_test.ts": 4,
  "tests/long/protocol4/harmed_plays_test.ts": 160,
  "tests/long/protocol4/many_small_files_test.ts": 240,
  "tests/long/protocol4/upload_interruptions_test.ts": 60,
  "tests/long/release/package_test.ts": 120,
  "tests/long/protocol4/memory_of_uploads_test.ts": 110,
  "tests/long/protocol4/untaken_answers_test.ts": 100,
  "tests/long/storage/million_rows_test.ts": 110,
  "tests/long/storage/removed_contents_test.ts": 14,
  "tests/long/storage/pauses_test.ts": 45,
  "tests/long/storage/crashed_commits_test.ts": 8,
  "tests/long/rogue/attacks_on_server_test.ts": 90,
  "tests/long/field/servers_again_test.ts": 25,
  "tests/long/waiting/restarted_server_test.ts": 20,
  "tests/long/web/slow_readers_test.ts": 20,
};

/**
 * How long the files of a run take, by what was expected of them and what those before them took: a
 * busy machine is slower for all of them.
 */
export class Expectation {
  #expected = 0;
  #taken = 0;

  /** The seconds that a file, named by its path from the project's folder, is going to take. */
  of(file: string): number {
    const pace = this.#expected === 0 ? 1 : Math.max(1, this.#taken / this.#expected);
    return Math.ceil(secondsOf(file) * pace);
  }

  /** Notes what a file took. */
  took(file: string, seconds: number): void {
    this.#expected += secondsOf(file);
    this.#taken += seconds;
  }
}

function secondsOf(file: string): number {
  return EXPECTED_SECONDS[file] ?? OTHERS;
}
