package org.nself.incidents.ops;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Locale;
import org.nself.incidents.settings.BuildInfo;
import org.slf4j.event.KeyValuePair;
import org.springframework.boot.json.JsonWriter;
import org.springframework.boot.logging.structured.StructuredLogFormatter;

/**
 * A line of the log: one JSON object with {@code time level plugin version logger message}, then
 * the request's {@code request_id account trace_id}, then what the statement itself adds. Named in
 * logback-spring.xml.
 */
public final class JsonLogFormatter implements StructuredLogFormatter<ILoggingEvent> {

  private final JsonWriter<ILoggingEvent> writer;

  public JsonLogFormatter(ThrowableProxyConverter throwables) {
    String version = BuildInfo.read().version();
    this.writer =
        JsonWriter.<ILoggingEvent>of(
                members -> {
                  members.add("time", event -> event.getInstant().toString());
                  members.add(
                      "level", event -> event.getLevel().toString().toLowerCase(Locale.ROOT));
                  members.add("plugin", BuildInfo.NAME);
                  members.add("version", version);
                  members.add("logger", ILoggingEvent::getLoggerName);
                  members.add("message", ILoggingEvent::getFormattedMessage);
                  members
                      .add()
                      .usingPairs((event, pairs) -> event.getMDCPropertyMap().forEach(pairs));
                  members
                      .add()
                      .usingPairs(
                          (event, pairs) -> {
                            if (event.getKeyValuePairs() != null) {
                              for (KeyValuePair pair : event.getKeyValuePairs()) {
                                pairs.accept(pair.key, pair.value);
                              }
                            }
                          });
                  members
                      .add("exception", event -> throwables.convert(event))
                      .when(text -> text != null && !text.toString().isEmpty());
                })
            .withNewLineAtEnd();
  }

  @Override
  public String format(ILoggingEvent event) {
    return writer.writeToString(event);
  }
}
