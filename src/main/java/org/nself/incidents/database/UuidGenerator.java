package org.nself.incidents.database;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.Strings;

/**
 * Generates ids: UUIDs of version 7 (RFC 9562), ascending within this process. PostgreSQL can
 * generate them only since version 18.
 */
public final class UuidGenerator {

  private final TimeBasedEpochGenerator generator = Generators.timeBasedEpochGenerator();

  public UUID next() {
    return generator.generate();
  }

  /** Null where the text is not a UUID in the form with four dashes. */
  public static @Nullable UUID parse(String text) {
    return Strings.uuid(text);
  }
}
