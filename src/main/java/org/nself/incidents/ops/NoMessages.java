package org.nself.incidents.ops;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.context.MessageSource;
import org.springframework.context.MessageSourceResolvable;
import org.springframework.context.NoSuchMessageException;

/**
 * This service speaks one language and has no catalogue of messages. Said so because Spring's own
 * empty catalogue begins by listing every locale that there is, a twentieth of a start.
 */
final class NoMessages implements MessageSource {

  @Override
  public @Nullable String getMessage(
      String code,
      Object @Nullable [] values,
      @Nullable String otherwise,
      @Nullable Locale locale) {
    return otherwise;
  }

  @Override
  public String getMessage(String code, Object @Nullable [] values, @Nullable Locale locale) {
    throw new NoSuchMessageException(code);
  }

  @Override
  public String getMessage(MessageSourceResolvable message, @Nullable Locale locale) {
    @Nullable String otherwise = message.getDefaultMessage();
    if (otherwise == null) {
      throw new NoSuchMessageException(Arrays.toString(message.getCodes()));
    }
    return otherwise;
  }
}
