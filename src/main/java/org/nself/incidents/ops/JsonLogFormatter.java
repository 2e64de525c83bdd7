package org.nself.incidents.ops;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.nio.charset.Charset;
import java.util.Locale;
import org.nself.incidents.settings.BuildInfo;
import org.slf4j.event.KeyValuePair;
import org.springframework.boot.json.JsonWriter;
import org.springframework.boot.logging.structured.JsonWriterStructuredLogFormatter;

/**
 * Formats a log event as one line of JSON with {@code time level plugin version logger message},
 * the request's {@code request_id account trace_id}, the key-value pairs of the log statement, and
 * the {@code exception}. Named in logback-spring.xml.
 */
public final class JsonLogFormatter extends JsonWriterStructuredLogFormatter<ILoggingEvent> {

  public JsonLogFormatter(ThrowableProxyConverter throwables) {
    super(members -> addMembers(members, throwables), null);
  }

  /** As the inherited method of Spring Boot 4.1, which allocates 37 KB of buffers for each line. */
  @Override
  public byte[] formatAsBytes(ILoggingEvent event, Charset charset) {
    return format(event).getBytes(charset);
  }

  private static void addMembers(
      JsonWriter.Members<ILoggingEvent> members, ThrowableProxyConverter throwables) {
    members.add("time", event -> event.getInstant().toString());
    members.add("level", event -> event.getLevel().toString().toLowerCase(Locale.ROOT));
    members.add("plugin", BuildInfo.NAME);
    members.add("version", BuildInfo.read().version());
    members.add("logger", ILoggingEvent::getLoggerName);
    members.add("message", ILoggingEvent::getFormattedMessage);
    members.addMapEntries(ILoggingEvent::getMDCPropertyMap);
    members
        .from(ILoggingEvent::getKeyValuePairs)
        .whenNotNull()
        .usingExtractedPairs(
            Iterable::forEach, (KeyValuePair pair) -> pair.key, pair -> pair.value);
    members.add("exception", throwables::convert).whenHasLength();
  }
}
