package org.nself.incidents.web.input;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs what may take the processor for more than a few milliseconds on other threads than the
 * carriers of virtual threads, on which all requests depend. An interface, because the pool belongs
 * to a package that depends on this one.
 */
public interface ProcessorPool {

  /** Runs tasks at once in the thread of the caller, for tests. */
  ProcessorPool NONE =
      new ProcessorPool() {
        @Override
        public <T extends @Nullable Object> T run(String account, Supplier<T> task) {
          return task.get();
        }
      };

  /**
   * Computes a value and waits for it.
   *
   * @param account whose turn is used
   * @throws org.nself.incidents.web.error.ApiException {@code rate_limited} if too many tasks of
   *     the account wait, or it has half of the threads and its turn does not come in 5 s; {@code
   *     unavailable} if its turn does not come for another reason
   */
  <T extends @Nullable Object> T run(String account, Supplier<T> task);
}
