package org.nself.incidents.api;

import com.fasterxml.uuid.Generators;
import com.fasterxml.uuid.impl.TimeBasedEpochGenerator;
import java.util.UUID;

/**
 * Makes ids: UUIDs of version 7 (RFC 9562), in rising order within this process. PostgreSQL makes
 * them only from 18 on.
 */
public final class Ids {

  private final TimeBasedEpochGenerator generator = Generators.timeBasedEpochGenerator();

  public UUID next() {
    return generator.generate();
  }
}
