/** Milliseconds the store has for an answer about a login: its own patience is longer than that of people. */
const patience = 1_000;

/** The store's answer. Rejects when it takes too long, whatever becomes of it later. */
export async function inTime<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the store did not answer in time")), patience);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
