package org.nself.incidents.database;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nself.incidents.web.input.Strings;

/**
 * Makes ids: UUIDs of version 7 (RFC 9562), in rising order within this process. PostgreSQL makes
 * them only from 18 on.
 */
public final class UuidGenerator {

  private final TimeBasedEpochGenerator generator = Generators.timeBasedEpochGenerator();

  public UUID next() {
    return generator.generate();
  }

  /** The id that this text is; null where it is not a UUID in the form with four dashes. */
  public static @Nullable UUID parse(String text) {
    return Strings.uuid(text);
  }
}
