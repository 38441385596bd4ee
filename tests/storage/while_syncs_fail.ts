/**
 * Has each sync of a file's data fail, as on a disk that fails once, until one was tried that
 * `work` leads to.
 */
export async function whileSyncsFail(work: () => Promise<unknown>): Promise<void> {
  const { syncData } = Deno.FsFile.prototype;
  const tried = Promise.withResolvers<void>();
  Deno.FsFile.prototype.syncData = () => {
    tried.resolve();
    return Promise.reject(new Error("The disk failed once"));
  };
  try {
    await work();
    await tried.promise;
  } finally {
    Deno.FsFile.prototype.syncData = syncData;
  }
}
